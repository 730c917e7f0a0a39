"""What each gradebook's importer takes: the file written afresh, and the columns of its export that may be filled.

Sources: the importers of Moodle (grade import, offline grading worksheet) and Canvas, the help pages of Brightspace and
Blackboard; docs/gradebooks.md has the clicks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from quizgen.errors import QuizgenError, did_you_mean
from quizgen.gradebook.exported import Table, Way
from quizgen.gradebook.matching import kind_of
from quizgen.gradebook.results import Record, Results

Rows = Iterator[Sequence[str]]


@dataclass(frozen=True)
class Format:
    """One gradebook.

    `fresh`: headings and rows of a new file, None where only an export can be filled; `fills`: headings of columns that
    hold points; `adds`: whether its importer takes a further column; `comma`: whether it may want decimal commas.
    """

    fresh: Callable[[Results], Rows] | None
    fills: re.Pattern[str]
    way: Way = field(default_factory=Way)
    adds: bool = False
    comma: bool = False
    ending: str = ".csv"


def format_of(name: str) -> Format:
    """The format of a name; raises QuizgenError with the names there are."""
    if name not in FORMATS:
        hint = f"{did_you_mean(name, FORMATS)} There are {', '.join(FORMATS)}.".strip()
        raise QuizgenError(f"no gradebook is called '{name}'", hint=hint, exit_code=2)
    return FORMATS[name]


def new_table(form: Format, results: Results, decimal: str) -> Table:
    """A table with all students, as the importer wants it."""
    if form.fresh is None:
        raise QuizgenError(
            "this gradebook takes points only for columns that it has itself",
            hint="Export it, and say --into FILE.",
            exit_code=2,
        )
    rows = tuple(tuple(row) for row in form.fresh(results))
    place = next((i for i, heading in enumerate(rows[0]) if form.fills.fullmatch(heading)), len(rows[0]) - 1)
    table = Table(rows, form.way)
    return table.with_column(place, rows[0][place], [cell.replace(".", decimal) for cell in table.column(place)])


def column_to_fill(form: Format, table: Table, title: str, wanted: str) -> tuple[int, str]:
    """The place and heading of the column that the points go into; one past the last is a new column.

    Without a wanted one: the only column that can be meant, or the only one that is called like the exam.
    """
    headings = table.headings
    if wanted:
        same = [i for i, heading in enumerate(headings) if heading.strip().casefold() == wanted.strip().casefold()]
        if len(same) == 1:
            return same[0], headings[same[0]]
        what = f"{'no column is' if not same else f'{len(same)} columns are'} headed '{wanted}'"
        raise QuizgenError(what, where=table.file, hint=did_you_mean(wanted, headings))
    protected = [i for row in table.rows[1:4] for i, cell in enumerate(row) if cell.strip() == "(read only)"]
    open_ones = [i for i, text in enumerate(headings) if form.fills.fullmatch(text.strip()) and i not in protected]
    if not open_ones and form.adds:  # the gradebook may speak another language
        open_ones = [i for i, text in enumerate(headings) if title.casefold() in text.casefold()]
    named = [i for i in open_ones if title.casefold() in headings[i].casefold()]
    for places in (open_ones, named):
        if len(places) == 1:
            return places[0], headings[places[0]]
    if not open_ones and form.adds:
        return len(headings), title
    what = f"{len(open_ones)} columns could hold the points" if open_ones else "no column could hold the points"
    known = "; ".join(headings[i] for i in open_ones[:6])
    raise QuizgenError(what, where=table.file, hint=f"Say which: --column '...'. {known}".strip())


def is_student(row: Sequence[str]) -> bool:
    """Whether a row of an export is a student: not empty, and none of Canvas's own."""
    own = any(cell.strip() == "Points Possible" for cell in row[:1]) or "Manual Posting" in map(str.strip, row)
    return any(cell.strip() for cell in row) and not own and row[0].strip() != "Student, Test"


def possible_points(table: Table, place: int) -> str:
    """What the gradebook says a column is worth, where it says so; else nothing."""
    if place >= len(table.headings):
        return ""
    told = re.search(r"(?:MaxPoints|Total Pts): *(?:up to )?(\d+(?:[.,]\d+)?)", table.headings[place])
    if told:
        return told[1]
    if table.headings[place].strip() == "Grade" and "Maximum Grade" in table.headings:
        return next(iter(table.column(table.headings.index("Maximum Grade"))), "")
    row = next((row for row in table.rows[1:4] if row and row[0].strip() == "Points Possible"), ())
    return row[place] if place < len(row) else ""


def _moodle(results: Results) -> Rows:
    """Any headings; whoever imports says which column is what."""
    yield ["student", *results.details, results.title]
    for record in results.records:
        yield [record.student, *(record.details.get(name, "") for name in results.details), record.points]


def _canvas(results: Results) -> Rows:
    """Its own headings and no others: whatever stands after the section is taken for an assignment."""
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", results.title]
    yield ["    Points Possible", "", "", "", "", results.max]
    for record in results.records:
        number = _detail(record, "number") or record.student
        section = next((text for name, text in record.details.items() if name.casefold() == "section"), "")
        yield [_name(record), _detail(record, "canvas"), number, _detail(record, "login"), section, record.points]


def _brightspace(results: Results) -> Rows:
    """Ids behind a #, and a mark at the end of each line; names are not wanted."""
    item = " ".join(re.sub(r'[/"*<>+=|,%#]', " ", results.title).split())
    yield ["OrgDefinedId", "Username", f"{item} Points Grade", "End-of-Line Indicator"]
    for record in results.records:
        number, login = _detail(record, "number") or record.student, _detail(record, "login")
        yield [f"#{number}", f"#{login}" if login else "", record.points, "#"]


def _plain(results: Results) -> Rows:
    """Everything, for a spreadsheet."""
    yield ["student", *results.details, "status", "points", "max", *(["grade"] if results.has_grades else [])]
    for record in results.records:
        told = [record.status, record.points, results.max, *([record.grade] if results.has_grades else [])]
        yield [record.student, *(record.details.get(name, "") for name in results.details), *told]


def _detail(record: Record, kind: str) -> str:
    """The first of a student's ids of a kind."""
    return next((text for name, text in record.details.items() if text and kind_of(name) == kind), "")


def _name(record: Record) -> str:
    """A student's name as far as the roster has one."""
    known = {name.casefold(): text for name, text in record.details.items()}
    return known.get("name") or known.get("full name") or known.get("roster student") or record.student


FORMATS: Mapping[str, Format] = {
    "moodle": Format(
        _moodle, re.compile(r"(?!(?:Course|Category) total\b|.* total \(Real\)).*\(Real\)|Grade"), adds=True, comma=True
    ),
    "canvas": Format(_canvas, re.compile(r".*\(\d+\)")),
    "brightspace": Format(_brightspace, re.compile(r"(?!Calculated Final|Adjusted Final).*Points Grade(?: <.*)?")),
    "blackboard": Format(
        None, re.compile(r"(?!(?:Weighted )?Total \[).*\[Total Pts: .*\] *\|\d+"), comma=True, ending=".xls"
    ),
    "csv": Format(_plain, re.compile(r"(?i)points|grade|marks?|score"), way=Way(marked=True), adds=True, comma=True),
}
