"""CSV as people's spreadsheets should see it: no cell that starts a formula, UTF-8, LF."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from quizgen.errors import QuizgenError

_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:e[+-]?\d+)?"
_NUMBERS = re.compile(rf"{_NUMBER}(?:(?: |; ){_NUMBER})*", re.IGNORECASE)


def neutral(text: str) -> str:
    """The text, with an apostrophe before it if a spreadsheet would take it for a formula.

    >>> neutral("=cmd()"), neutral("-3.5"), neutral("-3 0; 1 2"), neutral("Ann")
    ("'=cmd()", '-3.5', '-3 0; 1 2', 'Ann')
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBERS.fullmatch(text) else text


def restored(text: str) -> str:
    """The text without the apostrophe that `neutral` put before it."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text[1:]) else text


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV text with every cell neutral."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows([neutral(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
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
    """The sign between the headings: the commonest of , ; tab | outside quotes in the first line."""
    first = re.sub(r'"[^"]*"', "", text.lstrip().split("\n", 1)[0])
    return max(",;\t|", key=lambda sign: (first.count(sign), sign == ","))
