"""CSV as people's spreadsheets should see it: no cell that starts a formula, UTF-8, LF."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from quizgen.errors import QuizgenError

FORMULA = re.compile(r"[=+\-@\t\r]")
_SIGNS = frozenset("=+-@\t\r")  # the same signs: to look one up is what most texts cost
_NUMBER = r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:e[+-]?\d+)?"
_HEAD = 200_000  # characters in which the first line is looked for
NUMBERS = re.compile(rf"{_NUMBER}(?:(?: |; ){_NUMBER})*", re.IGNORECASE)


def neutral(text: str) -> str:
    """The text, with an apostrophe before it if a spreadsheet would take it for a formula.

    >>> neutral("=cmd()"), neutral("-3.5"), neutral("-3 0; 1 2"), neutral("Ann")
    ("'=cmd()", '-3.5', '-3 0; 1 2', 'Ann')
    """
    return f"'{text}" if text[:1] in _SIGNS and not NUMBERS.fullmatch(text) else text


def restored(text: str) -> str:
    """The text without the apostrophe that `neutral` put before it."""
    return text[1:] if text[:1] == "'" and FORMULA.match(text[1:]) else text


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV text with every cell neutral, headings too."""
    return write_rows([[neutral(heading) for heading in headings]]) + write_rows(
        [neutral(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )


def write_rows(rows: Iterable[Sequence[object]]) -> str:
    """Rows of a CSV text whose cells are neutral already."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def decode(data: bytes, where: str) -> str:
    """Bytes of a text file as text: UTF-8 with or without a mark, UTF-16 with one, else Windows' cp1252."""
    if not data.strip():
        raise QuizgenError("the file is empty", where=where, hint="A table with a line of headings is needed.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif b"\0" in data[:100_000]:
        place = data.index(b"\0")
        raise QuizgenError(f"this is no text file (byte {place + 1} is zero)", where=where, hint="Save it as CSV.")
    else:
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError:
            raise QuizgenError("this is no text file", where=where, hint="Save it as CSV in UTF-8.") from None


def delimiter_of(text: str) -> str:
    """The sign between the headings: the commonest of , ; tab | in the first line, outside quotes and brackets.

    >>> delimiter_of("student;conv[1,1];conv[1,2]")
    ';'
    """
    first = re.sub(r'"[^"]*"|\[[^\]\n]*\]', "", text.lstrip()[:_HEAD]).split("\n", 1)[0]
    return max(",;\t|", key=lambda sign: (first.count(sign), sign == ","))


def drowned_rows(delimiter: str, column: int) -> str:
    """A pattern, for `re` and pyarrow, of cells that have a line break before what looks like further rows.

    One quotation mark too few or too many makes such a cell of all the rows below. The first column's may end before
    the next delimiter; there a delimiter before the line break tells. What people do write: a matrix in brackets, and
    lines in which a space follows the delimiter.

    >>> [bool(re.search(drowned_rows(",", 1), cell)) for cell in ("5,1\\nbob,6", "5, 1\\n6, 2", "[[5,1],\\n[6,2]]")]
    [True, False, False]
    """
    line = rf"\n.*[{delimiter}]"
    pattern = rf"(?s)^\s*[^\s\[].*{line}(?:[^ ]|$)|{line}(?:(?:[^ ].*)?[^\]\s])?\s*$"
    return pattern if column else rf"{pattern}|[{delimiter}].*\n"
