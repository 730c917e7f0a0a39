"""A table as a gradebook exports it, and written back the same way: encoding, delimiter, quotes, line ends."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from pathlib import Path

from quizgen.csvtext import decode, delimiter_of, neutral
from quizgen.errors import QuizgenError

MAX_BYTES = 64 << 20  # no course's gradebook is larger
_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"\xef\xbb": "utf-8"}


@dataclass(frozen=True)
class Way:
    """How a table is written: its encoding, whether a byte order mark stands before it, delimiter, quotes, line end."""

    encoding: str = "utf-8"
    marked: bool = False
    delimiter: str = ","
    quoted: bool = False
    end: str = "\n"


@dataclass(frozen=True)
class Table:
    """Rows of cells, the first of them headings; `file` is told in messages."""

    rows: tuple[tuple[str, ...], ...]
    way: Way
    file: str = ""

    @property
    def headings(self) -> tuple[str, ...]:
        """The first row."""
        return self.rows[0]

    def column(self, place: int) -> list[str]:
        """A column below its heading; short rows have nothing there."""
        return [row[place] if place < len(row) else "" for row in self.rows[1:]]

    def with_column(self, place: int, heading: str, cells: list[str]) -> Table:
        """The table with one column replaced, or added on the right; no other cell changes."""
        new = [heading, *cells]
        return replace(self, rows=tuple(_with_cell(row, place, new[i]) for i, row in enumerate(self.rows)))


def read_table(path: Path) -> Table:
    """Read an export; raises QuizgenError if it is no table of text."""
    try:
        size, data = path.stat().st_size, b""
        if size <= MAX_BYTES:
            data = path.read_bytes()
    except OSError as error:
        raise QuizgenError(f"cannot be read: {error.strerror}", where=str(path)) from None
    if size > MAX_BYTES:
        raise QuizgenError(f"has {size:,} bytes, too many for a gradebook", where=str(path))
    if data[:4] == b"PK\x03\x04":
        raise QuizgenError("this is a spreadsheet or a zip", where=str(path), hint="Export it as CSV or plain text.")
    text = decode(data, str(path))
    delimiter = delimiter_of(text)
    try:
        rows = [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)]
    except csv.Error as error:
        raise QuizgenError(f"cannot be read as a table: {error}", where=str(path)) from None
    if not rows or not any(rows[0]):
        raise QuizgenError("has no headings", where=str(path))
    first = text.split("\n", 1)[0]
    way = Way(
        encoding=_encoding(data),
        marked=data[:2] in _MARKS,
        delimiter=delimiter,
        quoted=first.lstrip("\ufeff").count('"') >= 2 * len(rows[0]),
        end="\r\n" if first.endswith("\r") else "\n",
    )
    return Table(tuple(rows), way, str(path))


def written(table: Table) -> bytes:
    """The table as a file. A cell that a spreadsheet would take for a formula gets an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(
        out,
        delimiter=table.way.delimiter,
        lineterminator=table.way.end,
        quoting=csv.QUOTE_ALL if table.way.quoted else csv.QUOTE_MINIMAL,
    )
    writer.writerows([harmless(cell) for cell in row] for row in table.rows)
    mark = "\ufeff" if table.way.marked else ""
    return (mark + out.getvalue()).encode(table.way.encoding)


def harmless(cell: str) -> str:
    """A cell that starts no formula; a lone dash, no grade in many gradebooks, and Canvas's own guard may stand.

    >>> harmless("-"), harmless('="=Ann"'), harmless("=1+1"), harmless("Ann")
    ('-', '="=Ann"', "'=1+1", 'Ann')
    """
    guarded = cell.startswith('="') and cell.endswith('"') and '"' not in cell[2:-1]
    return cell if cell.strip() == "-" or guarded else neutral(cell)


def _encoding(data: bytes) -> str:
    """The encoding that `decode` found."""
    if data[:2] in _MARKS:
        return _MARKS[data[:2]]
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _with_cell(row: tuple[str, ...], place: int, cell: str) -> tuple[str, ...]:
    if place < len(row):
        return (*row[:place], cell, *row[place + 1 :])
    return (*row, *[""] * (place - len(row)), cell) if row else row
