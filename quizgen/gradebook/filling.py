"""Points into a gradebook's own export: one column is filled, everything else stays as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from quizgen.errors import printable
from quizgen.gradebook.exported import Table, harmless
from quizgen.gradebook.formats import Format, column_to_fill, is_student, possible_points
from quizgen.gradebook.matching import Matched, match
from quizgen.gradebook.results import Record, Results

_COMMA, _POINT = re.compile(r"-?\d+,\d{1,2}"), re.compile(r"-?\d+\.\d+")
MOST_TOLD = 20  # names that a sentence lists


@dataclass(frozen=True)
class Filled:
    """A table with the points in it, how many were entered, what to tell, and whether somebody was left over."""

    table: Table
    column: str
    entered: int
    notices: tuple[str, ...]
    left_over: bool


def fill_in(form: Format, table: Table, results: Results, column: str = "", decimal: str = "") -> Filled:
    """Fill the points of all students into a column. Who is absent or excused keeps the cell that is there."""
    place, heading = column_to_fill(form, table, results.title, column)
    rows = {number: row for number, row in enumerate(table.rows[1:]) if is_student(row)}
    matched = match(table.headings, rows, results.records)
    mark = decimal or (decimal_of(table) if form.comma else ".")
    cells = table.column(place)
    for number, record in matched.students.items():
        cells[number] = record.points.replace(".", mark) if record.has_points else cells[number]
    with_points = [record for record in matched.missing if record.has_points]
    notices = [*_told(table, matched, with_points), *_worth(results, possible_points(table, place))]
    risky = sum(harmless(cell) != cell for row in table.rows for cell in row)
    if risky:
        notices.append(f"{risky} cells would start a formula in a spreadsheet: an apostrophe stands before them now")
    return Filled(
        table=table.with_column(place, heading, cells),
        column=heading,
        entered=sum(record.has_points for record in matched.students.values()),
        notices=tuple(notices),
        left_over=bool(with_points or matched.unclear),
    )


def decimal_of(table: Table) -> str:
    """The decimal mark of the numbers in a table: a comma if more of them have one.

    >>> from quizgen.gradebook.exported import Way
    >>> decimal_of(Table((("a",), ("1,5",), ("2,25",), ("x",)), Way()))
    ','
    """
    cells = [cell.strip() for row in table.rows[1:] for cell in row]
    commas, points = (sum(pattern.fullmatch(cell) is not None for cell in cells) for pattern in (_COMMA, _POINT))
    return "," if commas > points else "."


def _told(table: Table, matched: Matched, missing: list[Record]) -> list[str]:
    """Who was left over, both ways."""
    lines = []
    if missing:
        lines.append(f"not in {table.file}: {_listed([record.student for record in missing])}")
    strangers = [_row_named(table, number) for number in matched.strangers]
    if strangers:
        lines.append(f"in {table.file} and not among the marked students: {_listed(strangers)}")
    unclear = [_row_named(table, number) for number in matched.unclear]
    if unclear:
        lines.append(f"left alone, for they fit several students, or several rows fit one: {_listed(unclear)}")
    return lines


def _row_named(table: Table, number: int) -> str:
    """A row, by its number in the file and its first words."""
    words = [cell.strip() for cell in table.rows[number + 1] if cell.strip()][:2]
    return f"row {number + 2} ({' '.join(words)[:60]})"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST_TOLD} more" if len(names) > MOST_TOLD else ""
    return printable(", ".join(names[:MOST_TOLD])) + more


def _worth(results: Results, possible: str) -> list[str]:
    """A warning where the gradebook counts other points than the exam."""
    try:
        differs = possible != "" and float(possible.replace(",", ".")) != float(results.max)
    except ValueError:
        return []
    return [f"the gradebook's column is worth {possible} points, the exam {results.max}"] if differs else []
