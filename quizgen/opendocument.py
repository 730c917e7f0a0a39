"""OpenDocument tables (ODS): rows of texts out of a stranger's file.

The file is read from its beginning to its end, and nothing in it is run, looked up or expanded: a document type, in
which entities would be declared, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.parsers import expat
from zipfile import ZipFile

from quizgen.errors import QuizgenError

_KIND = b"application/vnd.oasis.opendocument.spreadsheet"
A_DATE = " (a date)"
_SPACE = "urn:oasis:names:tc:opendocument:xmlns:{}:1.0 "  # of names
_OFFICE, _TABLE, _TEXT, _STYLE, _DRAW = map(_SPACE.format, ("office", "table", "text", "style", "drawing"))
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_FEW = 10_000  # spaces that one element stands for at most
_ROWS = 1_000_000  # that a sheet has at most

Attributes = Mapping[str, str]


def is_opendocument(packed: ZipFile) -> bool:
    """Whether a zip file says that it is an OpenDocument table."""
    if "mimetype" not in packed.namelist():
        return False
    with packed.open("mimetype") as kind:
        return kind.read(len(_KIND)) == _KIND


def read_opendocument(
    packed: ZipFile, where: str, most_cells: int, most_characters: int
) -> list[tuple[int, list[str]]]:
    """The rows of the first visible sheet that holds something, each with its number.

    `most_cells`, `most_characters`: of all rows together, for a cell or row may be said to stand there a million times.
    """
    content = _Content(where, most_cells, most_characters)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = content.document_type
    parser.StartElementHandler, parser.EndElementHandler = content.start, content.end
    parser.CharacterDataHandler = content.said
    with packed.open("content.xml") as file:
        parser.ParseFile(file)
    return content.rows


class _Content:
    """What has been read so far: whole rows, and the row, cell and paragraph in which the parser is."""

    def __init__(self, where: str, cells: int, characters: int) -> None:
        self.where = where
        self.left = {"cells": cells, "characters": characters}
        self.rows: list[tuple[int, list[str]]] = []
        self.style = ""
        self.hidden: set[str] = set()  # styles of sheets that are not shown
        self.wanted = False  # whether the sheet counts
        self.line = 0
        self.row: list[str] = []
        self.blanks = 0  # cells since the last one that says something
        self.repeats = 1  # of the row
        self.cell: Attributes = {}
        self.texts: list[str] = []  # of the cell, each paragraph after a line break
        self.inside = False  # a paragraph
        self.beside = 0  # how deep in a remark or a drawing, which are no part of what a cell says

    def document_type(self, *_: object) -> None:
        """Refuse it: a spreadsheet writes none."""
        raise QuizgenError("this workbook declares a document type", where=self.where, hint="Save it as CSV.")

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        self.beside += _is_beside(name)
        if name == f"{_STYLE}style":
            self.style = attributes.get(f"{_STYLE}name", "")
        elif name == f"{_STYLE}table-properties" and attributes.get(f"{_TABLE}display") == "false":
            self.hidden.add(self.style)
        elif name == f"{_TABLE}table":
            self.wanted = not self.rows and attributes.get(f"{_TABLE}style-name") not in self.hidden
            self.line = 0
        elif name == f"{_TABLE}table-row":
            self.row, self.blanks, self.repeats = [], 0, _times(attributes, "rows")
        elif name in _CELLS:
            self.cell, self.texts = attributes, []
        elif not self.beside:
            self._start_of_text(name, attributes)

    def _start_of_text(self, name: str, attributes: Attributes) -> None:
        """A paragraph begins, or a sign that XML would not keep."""
        if name == f"{_TEXT}p":
            self.texts.append("\n")
            self.inside = True
            self._spend(0, 1)
        elif self.inside and name == f"{_TEXT}s":
            self.texts.append(" " * min(_FEW, int(attributes.get(f"{_TEXT}c", 1))))
            self._spend(0, len(self.texts[-1]))
        elif self.inside and name in (f"{_TEXT}tab", f"{_TEXT}line-break"):
            self.texts.append("\t" if name == f"{_TEXT}tab" else "\n")

    def end(self, name: str) -> None:
        """An element ends."""
        self.beside -= _is_beside(name)
        if name == f"{_TEXT}p" and not self.beside:
            self.inside = False
        elif name in _CELLS and self.wanted:
            self._take_cell()
        elif name == f"{_TABLE}table-row" and self.wanted:
            self._take_row()

    def said(self, text: str) -> None:
        """A text stands here; of several spaces in XML one counts."""
        if self.inside and not self.beside:
            self.texts.append(re.sub(r"[ \t\r\n]+", " ", text))

    def _take_cell(self) -> None:
        """Put a cell into its row; blank ones wait for one that says something."""
        text, times = _typed(self.cell, "".join(self.texts)[1:]), _times(self.cell, "columns")
        if not text.strip():
            self.blanks += times
            return
        self._spend(self.blanks + times, len(text) * times)
        self.row += [""] * self.blanks + [text] * times
        self.blanks = 0

    def _take_row(self) -> None:
        """Put a row to the others, if it says something."""
        if self.row:
            self._spend(len(self.row) * (self.repeats - 1), sum(map(len, self.row)) * (self.repeats - 1))
            if len(self.rows) + self.repeats > _ROWS:
                raise self._too_large()
            self.rows += [(self.line + number, self.row) for number in range(1, self.repeats + 1)]
        self.line += self.repeats

    def _spend(self, cells: int, characters: int) -> None:
        """Stop before a small file becomes a large table."""
        self.left = {"cells": self.left["cells"] - cells, "characters": self.left["characters"] - characters}
        if min(self.left.values()) < 0:
            raise self._too_large()

    def _too_large(self) -> QuizgenError:
        return QuizgenError("this workbook is too large", where=self.where, hint="Save it as CSV.")


def _is_beside(name: str) -> bool:
    """Whether an element is a remark or a drawing."""
    return name == f"{_OFFICE}annotation" or name.startswith(_DRAW)


def _times(attributes: Attributes, what: str) -> int:
    """How many rows or columns an element stands for."""
    return max(1, int(attributes.get(f"{_TABLE}number-{what}-repeated", 1)))


def _typed(cell: Attributes, shown: str) -> str:
    """A cell as it was typed, as far as the file still knows."""
    if formula := cell.get(f"{_TABLE}formula"):
        return re.sub(r"^\w+:", "", formula)  # of:=1+1
    number = cell.get(f"{_OFFICE}value", "")
    match cell.get(f"{_OFFICE}value-type"):
        case "float" | "currency":
            return f"{float(number):.15g}"
        case "percentage":
            return f"{float(number) * 100:.15g}%"
        case "date" | "time" as kind:
            return cell.get(f"{_OFFICE}{kind}-value", "") + A_DATE
        case "boolean":
            return cell.get(f"{_OFFICE}boolean-value", "").upper()
    return cell.get(f"{_OFFICE}string-value") or shown
