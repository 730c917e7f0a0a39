"""Marks in a filled text: signs with a number, where something else than text stands."""

from __future__ import annotations

import re

_NUMBER = re.compile("[\ue000\ue002](\\d+)\ue001")
_NO_MARKS = str.maketrans(dict.fromkeys("\ue000\ue001\ue002", "\ufffd"))


def clean(text: str) -> str:
    """A text without the signs that marks are made of."""
    return text if text.isascii() else text.translate(_NO_MARKS)


def mark(number: int, *, alone: bool = False) -> str:
    """The mark of a content: in a sentence, or standing alone between paragraphs."""
    opens = "\ue002" if alone else "\ue000"
    return f"{opens}{number}\ue001"


def marks_apart(text: str) -> list[str]:
    """A text cut at its marks: every second part is the number of one."""
    return _NUMBER.split(text)
