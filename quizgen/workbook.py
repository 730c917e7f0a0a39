"""Workbooks (XLSX; ODS only to read): rows of texts out of a stranger's file, and a sheet whose cells stay as typed.

Reading runs nothing: a formula is the text that it is. A date is marked as one, since nobody knows any more whether
`3/4` was typed. Writing gives the same bytes for the same rows.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable, Sequence
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import numpy as np
import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from quizgen.errors import QuizgenError
from quizgen.opendocument import A_DATE, is_opendocument, read_opendocument

MOST_BYTES = 1 << 28  # unpacked; nobody's class is larger, and a hostile file may be small outside
MOST_CELLS = 5_000_000
_GREY = "D9D9D9"
_TEXT = "@"  # the number format of cells that hold text


def read_workbook(data: bytes, where: str) -> list[tuple[int, list[str]]]:
    """The rows of a workbook's first visible sheet that holds something, each with its number, all cells as texts.

    Raises QuizgenError if it is no workbook.
    """
    try:
        with ZipFile(io.BytesIO(data)) as packed:
            if sum(member.file_size for member in packed.infolist()) > MOST_BYTES:
                raise QuizgenError("this workbook is too large", where=where, hint="Save it as CSV.")
            if is_opendocument(packed):
                if found := read_opendocument(packed, where, MOST_CELLS, MOST_BYTES):
                    return found
                raise _empty(where)
            if "xl/workbook.xml" not in packed.namelist():
                raise QuizgenError("this is no workbook", where=where, hint="Save it as XLSX or as CSV.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a spreadsheet's file holds besides its cells
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
            for sheet in book.worksheets:
                if sheet.sheet_state == "visible" and (rows := _rows(sheet, where)):
                    return rows
    except QuizgenError:
        raise
    except (BadZipFile, InvalidFileException, MemoryError, RecursionError) as error:
        raise QuizgenError(f"this workbook is damaged: {error}", where=where, hint="Save it as CSV.") from None
    except Exception as error:  # whatever a damaged file makes a parser say
        what = f"this workbook cannot be read: {type(error).__name__}"
        raise QuizgenError(what, where=where, hint="Save it as CSV.") from None
    raise _empty(where)


def _empty(where: str) -> QuizgenError:
    return QuizgenError("the file is empty", where=where, hint="A table with a line of headings is needed.")


def write_workbook(headings: Sequence[str], rows: Iterable[Sequence[str | None]]) -> bytes:
    """A workbook of one sheet in which every cell is text; None is a cell that is not asked, and grey."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("answers")
    sheet.freeze_panes = "B2"
    for i, heading in enumerate(headings, start=1):
        column = sheet.column_dimensions[get_column_letter(i)]
        column.width, column.number_format = max(8, min(40, len(heading) + 2)), _TEXT
    bold, grey = Font(bold=True), PatternFill("solid", fgColor=_GREY)
    sheet.append([_written(sheet, heading, font=bold) for heading in headings])
    for row in rows:
        sheet.append([_written(sheet, text or "", fill=grey if text is None else None) for text in row])
    book.properties.created = np.datetime64("2000-01-01T00:00:00").item()
    out = io.BytesIO()
    book.save(out)
    return _undated(out.getvalue())


def _rows(sheet: Any, where: str) -> list[tuple[int, list[str]]]:
    """The rows of a sheet that say something."""
    rows: list[tuple[int, list[str]]] = []
    cells = 0
    sheet.reset_dimensions()  # what the file says of its size may be wrong
    for line, row in enumerate(sheet.iter_rows(), start=1):
        texts = [_typed(cell) for cell in row]
        cells += len(texts)
        if cells > MOST_CELLS:
            raise QuizgenError("this workbook is too large", where=where, hint="Save it as CSV.")
        if any(text.strip() for text in texts):
            rows.append((line, texts))
    return rows


def _typed(cell: Any) -> str:
    """A cell as it was typed, as far as the file still knows."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("_x000D_", "\r")
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (int, float)):
        percent = "%" in (cell.number_format or "")
        return f"{value * 100:.15g}%" if percent else f"{value:.15g}" if isinstance(value, float) else str(value)
    if hasattr(value, "isoformat"):
        return f"{value.isoformat()}{A_DATE}"
    return str(value)


def _written(sheet: Any, text: str, *, font: Font | None = None, fill: PatternFill | None = None) -> Any:
    """A cell of text, whatever it looks like."""
    cell = WriteOnlyCell(sheet, value=openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type, cell.number_format = "s", _TEXT
    if font:
        cell.font = font
    if fill:
        cell.fill = fill
    return cell


def _undated(data: bytes) -> bytes:
    """A zip file without the times at which its parts were written."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as packed, ZipFile(out, "w", ZIP_DEFLATED) as plain:
        for name in packed.namelist():
            content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2000-01-01T00:00:00Z", packed.read(name))
            plain.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    return out.getvalue()
