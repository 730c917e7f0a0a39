"""Answers in words, as platforms compare them: letter by letter, so every usual spelling is listed."""

from __future__ import annotations

import numpy as np

from quizgen.problem.model import Answer
from quizgen.render.spelled import spelled

_TIMES = (" x ", "x", " × ", "×", " * ", "*", " ", ", ", ",")
_APART = (" ", ", ", ",", " , ", "; ", ";")


def right_texts(answer: Answer, value: np.ndarray) -> list[str]:
    """What is right of an answer in words; the first as we would write it. Several places may be right."""
    if answer.kind == "location":
        places = np.argwhere(value > 0) + answer.first
        return [f"{row} {column}" for row, column in places.tolist()]
    text = spelled(answer, value)
    return [text] if text else []


def spellings(kind: str, text: str) -> list[str]:
    """The usual spellings of an answer in words, the given one first.

    >>> spellings("location", "2 3")[:4]
    ['2 3', '2, 3', '2,3', '2 , 3']
    """
    if kind not in ("shape", "location"):
        return [text]
    parts = text.replace("x", " ").split()
    bare = [between.join(parts) for between in (_TIMES if kind == "shape" else _APART)]
    return list(dict.fromkeys([text, *bare, *(f"({inside})" for inside in bare)]))
