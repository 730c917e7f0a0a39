"""What is right of an answer in words, text by text."""

from __future__ import annotations

import numpy as np

from quizgen.problem.model import Answer
from quizgen.render.spelled import spelled


def right_texts(answer: Answer, value: np.ndarray) -> list[str]:
    """What is right of an answer in words; the first as we would write it. Several places may be right."""
    if answer.kind == "location":
        places = np.argwhere(value > 0) + answer.first
        return [f"{row} {column}" for row, column in places.tolist()]
    text = spelled(answer, value)
    return [text] if text else []
