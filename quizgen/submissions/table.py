"""Any CSV file -> columns of text with the line of every row. Nothing is interpreted, nothing is lost."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from quizgen.csvtext import decode, delimiter_of, drowned_rows
from quizgen.errors import QuizgenError, printable
from quizgen.submissions.archive import ZIP, Entry, entries, is_archive
from quizgen.submissions.savedfile import KEY, KIND, Saved, is_saved, read_saved

MAX_COLUMNS = 5_000
SHOWN = 300  # characters of a refused line that are kept in a list
SAVED = (KEY, "exam", "tag", "student", "saved", "answers", "file")  # headings of what pages saved; answers as JSON
_PREFACE = re.compile(r"(?:[ \t]*\r?\n)*(?:sep=(?P<sign>[,;|\t])[,;|\t]*\r?\n(?:[ \t]*\r?\n)*)?", re.IGNORECASE)
MISSING_QUOTE = 'A quotation mark " may be missing, or one too many.'


@dataclass(frozen=True)
class Reject:
    """A row that could not be used: where it stands, why, and what it says."""

    file: str
    line: int
    student: str
    reason: str
    text: str


@dataclass(frozen=True)
class Table:
    """A file's columns, all texts; `lines` is the line of each row.

    `delimiter` is that of a text file, '' for others; `broken`: whether any cell holds a line break.
    """

    file: str
    headings: list[str]
    columns: list[pa.Array]
    lines: np.ndarray
    rejects: list[Reject]
    delimiter: str = ""
    broken: bool = False

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(self.lines)


def read_table(path: Path) -> Table:
    """Read a file; raises QuizgenError if it is no table at all. Rows of another width are refused one by one."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise QuizgenError(f"cannot be read: {error.strerror}", where=str(path)) from None
    if is_archive(data, str(path)):
        return saved_table(entries(data, str(path)), str(path), str(path))
    if data[:4] == ZIP:
        from quizgen.workbook import read_workbook

        return _of_rows(read_workbook(data, str(path)), str(path))
    text = decode(data, str(path))
    if is_saved(text):
        return saved_table([Entry(str(path), data)], str(path))
    return parse_json(text, str(path)) if text.lstrip()[:1] in ("[", "{") else parse_table(text, str(path))


def saved_table(files: Iterable[Entry], where: str, folder: str = "") -> Table:
    """The files that pages saved, a row each, and why others cannot be used; their names are told within a folder."""
    rows, rejects = [], []
    for entry in files:
        name = f"{folder}/{entry.name}" if folder else entry.name
        try:
            text, reason = ("", entry.reason) if entry.reason else (decode(entry.data, name), "")
        except QuizgenError as error:
            text, reason = "", error.what
        found = Saved(reason=reason) if reason else read_saved(text)
        if found.reason:
            shown = [printable(part)[:SHOWN] for part in (found.student or found.tag, found.reason, text)]
            rejects.append(Reject(name, 1, *shown))
            continue
        answers = json.dumps(dict(found.answers or {}), ensure_ascii=False)
        rows.append([KIND, found.exam, found.tag, found.student, found.saved, answers, name])
    columns = [pa.array([row[i] for row in rows], pa.string()) for i in range(len(SAVED))]
    return Table(where, list(SAVED), columns, np.ones(len(rows), dtype=np.int64), rejects)


def typed_by_hand(table: Table) -> Table:
    """The table without rows in which a quotation mark is missing; raises QuizgenError if one is in the headings.

    Such a mark makes one cell of many rows. Programs quote rightly, and write texts with line breaks and commas.
    """
    if not table.delimiter:
        return table
    if any(re.search(drowned_rows(table.delimiter, i), heading) for i, heading in enumerate(table.headings)):
        where = f"{table.file}:1"
        raise QuizgenError("the headings run over into the next rows", where=where, hint=MISSING_QUOTE)
    return _without_drowned(table, table.delimiter) if table.broken else table


def parse_table(text: str, file: str) -> Table:
    """Read a text; quotes, line breaks in cells and rows cut short by a spreadsheet are understood.

    Blank lines above the headings are passed over, and so is the line `sep=;` that spreadsheets know.
    """
    text, delimiter, above = without_preface(text)
    if above:
        table = _parsed(text, delimiter, file, above)
        rejects = [replace(reject, line=reject.line + above) for reject in table.rejects]
        return replace(table, lines=table.lines + above, rejects=rejects)
    return _parsed(text, delimiter, file, 0)


def without_preface(text: str) -> tuple[str, str, int]:
    """The text from its headings on, its delimiter, and the number of lines above."""
    match = _PREFACE.match(text)
    assert match  # it matches nothing at least
    rest = text[match.end() :]
    return rest, match["sign"] or delimiter_of(rest), text.count("\n", 0, match.end())


def parse_json(text: str, file: str) -> Table:
    """Read a JSON file: a list of records, or of lists with the headings first; one list more may stand around it."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise QuizgenError(f"this is no JSON: {error}", where=file) from None
    while isinstance(data, list) and len(data) == 1 and isinstance(data[0], list):
        data = data[0]
    if isinstance(data, list) and data and all(isinstance(record, dict) for record in data):
        headings = list(dict.fromkeys(name for record in data for name in record))
        data = [headings, *([record.get(name, "") for name in headings] for record in data)]
    if not isinstance(data, list) or not data or not all(isinstance(row, list) for row in data):
        raise QuizgenError("this JSON is no list of records", where=file)
    return _of_rows([(line, [_cell(cell) for cell in row]) for line, row in enumerate(data, start=1)], file)


def _cell(value: object) -> str:
    """A value of a JSON file as it would be typed."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode("utf-8")  # half a character in an escape is none


def _of_rows(rows: Sequence[tuple[int, list[str]]], file: str) -> Table:
    """A table of rows of cells with their lines; the first row that says something holds the headings."""
    rows = [(line, row) for line, row in rows if any(cell.strip() for cell in row)]
    if not rows:
        raise QuizgenError("the file is empty", where=file, hint="A table with a line of headings is needed.")
    headings = rows[0][1]
    while headings and not headings[-1].strip():
        headings = headings[:-1]
    width = len(headings)
    if width > MAX_COLUMNS:
        raise QuizgenError(f"{width:,} columns; the limit is {MAX_COLUMNS:,}", where=file)
    fitting, rejects = [], []
    for line, row in rows[1:]:
        if any(cell.strip() for cell in row[width:]):
            reason = f"{len(row)} cells, but there are {width} headings"
            rejects.append(Reject(file, line, row[0][:SHOWN], reason, ",".join(row)[:SHOWN]))
        else:
            fitting.append((line, [*row, *[""] * (width - len(row))][:width]))
    columns = [pa.array([row[i] for _, row in fitting], pa.string()) for i in range(width)]
    lines = np.array([line for line, _ in fitting], dtype=np.int64)
    return Table(file, [heading.strip() for heading in headings], columns, lines, rejects)


def _parsed(text: str, delimiter: str, file: str, above: int) -> Table:
    """Read a text that begins with its headings, which stand under some other lines."""
    first = f"{file}:{above + 1}"
    try:
        headings = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error as error:
        raise QuizgenError(f"the headings cannot be read: {error}", where=first) from None
    if not any(heading.strip() for heading in headings):
        raise QuizgenError("the first line holds no headings", where=first)
    if text.count('"') % 2:
        raise QuizgenError("a quotation mark is never closed", where=file, hint='Look for a cell with a single ".')
    if len(headings) > MAX_COLUMNS:
        raise QuizgenError(f"{len(headings):,} columns; the limit is {MAX_COLUMNS:,}", where=first)
    odd: list[tuple[int, str]] = []
    arrow = _arrow(text, delimiter, len(headings), odd, file)
    columns = [column.combine_chunks() for column in arrow.columns]
    columns = [c.chunk(0) if isinstance(c, pa.ChunkedArray) and c.num_chunks else c for c in columns]
    numbers = np.setdiff1d(np.arange(1, arrow.num_rows + len(odd) + 1), [number for number, _ in odd])
    breaks = np.zeros(arrow.num_rows + len(odd) + 1, dtype=np.int64)  # line breaks inside the cells of each row
    breaks[numbers] = _breaks(columns, text)
    breaks[np.array([number for number, _ in odd], dtype=np.intp)] = [row.rstrip("\r\n").count("\n") for _, row in odd]
    line_of = np.arange(len(breaks)) + np.cumsum(breaks) - breaks
    lines = line_of[numbers]
    odd = [(int(line_of[number]), row) for number, row in odd]
    table = Table(file, [heading.strip() for heading in headings], [c[1:] for c in columns], lines[1:], [])
    table = _with_odd(table, odd, delimiter)
    return replace(table, delimiter=delimiter, broken=bool(breaks.any()))


def _arrow(text: str, delimiter: str, width: int, odd: list[tuple[int, str]], file: str) -> pa.Table:
    """Read by pyarrow, in one thread so that row numbers are known; rows of another width land in `odd`."""

    def refuse(row: Any) -> str:
        odd.append((row.number, row.text))
        return "skip"

    data = text.encode()
    names = [str(i) for i in range(width)]
    try:
        return pacsv.read_csv(
            pa.BufferReader(data),
            read_options=pacsv.ReadOptions(
                use_threads=False, block_size=min(len(data) + 16, 2**31 - 1), column_names=names
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                invalid_row_handler=refuse,
                ignore_empty_lines=False,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        what = str(error).splitlines()[0].removeprefix("CSV parse error: ")
        raise QuizgenError(f"this is no table: {what}", where=file, hint="Save it as CSV.") from None


def _breaks(columns: list[pa.Array], text: str) -> np.ndarray:
    """How many line breaks stand inside the quoted cells of each row."""
    breaks = np.zeros(len(columns[0]), dtype=np.int64)
    if '"' in text:
        for column in columns:
            breaks += pc.count_substring(column, "\n").to_numpy(zero_copy_only=False)
    return breaks


def _with_odd(table: Table, odd: list[tuple[int, str]], delimiter: str) -> Table:
    """Take rows that are merely cut short; refuse those with too many cells; pass over blank lines."""
    width = len(table.headings)
    more: list[list[str]] = []
    lines: list[int] = []
    rejects = []
    for line, row in odd:
        cells = next(csv.reader(io.StringIO(row, newline=""), delimiter=delimiter), [])
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[width:]):
            reason = f"{len(cells)} cells, but there are {width} headings"
            rejects.append(Reject(table.file, line, cells[0][:SHOWN], reason, row[:SHOWN]))
            continue
        more.append([*cells, *[""] * (width - len(cells))][:width])
        lines.append(line)
    if not more:
        return Table(table.file, table.headings, table.columns, table.lines, rejects)
    added = [pa.array(column, pa.string()) for column in zip(*more, strict=True)]
    together = np.concatenate([table.lines, lines])
    order = pa.array(np.argsort(together, kind="stable"))
    columns = [pa.concat_arrays(pair).take(order) for pair in zip(table.columns, added, strict=True)]
    return Table(table.file, table.headings, columns, np.sort(together), rejects)


def _without_drowned(table: Table, delimiter: str) -> Table:
    """Refuse the rows in which a cell seems to hold further rows."""
    drowned = np.zeros(table.n, dtype=bool)
    for i, column in enumerate(table.columns):
        drowned |= pc.match_substring_regex(column, drowned_rows(delimiter, i)).to_numpy(zero_copy_only=False)
    rejects = list(table.rejects)
    for row in np.flatnonzero(drowned).tolist():
        cells = [column[row].as_py() for column in table.columns]
        reason = f"a cell runs over into what looks like further rows. {MISSING_QUOTE}"
        student = cells[0].split("\n")[0].strip()[:SHOWN]
        rejects.append(Reject(table.file, int(table.lines[row]), student, reason, delimiter.join(cells)[:SHOWN]))
    kept = np.flatnonzero(~drowned)
    columns = [column.take(pa.array(kept)) for column in table.columns]
    return replace(table, columns=columns, lines=table.lines[kept], rejects=rejects)
