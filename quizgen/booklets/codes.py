"""The code on every printed page: it tells a scanner which exam, whose paper, which page."""

from __future__ import annotations

from functools import lru_cache

from quizgen.booklets.model import Booklet

_VERSION, _LEVEL, _MASK = 3, "m", 2  # 29 x 29 dots for up to 61 characters; one mask for all: choosing takes longer
_BORDER = 2  # white dots around it, beside the white of the margin


def code_text(exam: str, tag: str, page: int) -> str:
    """What a page's code says.

    >>> code_text("0a1b", "K7RF-017-M", 3)
    '0A1B/K7RF-017-M/3'
    """
    return f"{exam}/{tag}/{page}".upper()


def code_rows(booklet: Booklet, pages: int) -> list[list[str]]:
    """The codes of the first pages: each a list of rows, a 1 where a dot is dark."""
    return [_rows(code_text(booklet.exam, booklet.tag, page)) for page in range(1, pages + 1)]


@lru_cache(maxsize=1_024)
def _rows(text: str) -> list[str]:
    import segno

    code = segno.make_qr(text, version=_VERSION, error=_LEVEL, mode="alphanumeric", mask=_MASK, boost_error=False)
    return ["".join(map(str, row)) for row in code.matrix_iter(border=_BORDER)]
