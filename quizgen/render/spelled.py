"""One right answer as a text of its kind."""

from __future__ import annotations

import numpy as np

from quizgen.problem.model import Answer
from quizgen.render.numbers import plain, worked

MOST_PLACES = 4  # right places of a location that are named


def spelled(answer: Answer, cells: np.ndarray) -> str:
    """What is right, as a student would write it; `cells` is the value of the answer's step in one variant."""
    match answer.kind:
        case "choice":
            return _option(answer, float(cells))
        case "location":
            return _places(cells, answer.first)
        case "shape":
            return plain(cells, worked).replace(" ", " x ")
        case "by hand":
            return ""
        case "formula":
            assert answer.formula is not None
            return answer.formula.source
    return plain(cells, worked) if cells.size else ""


def _option(answer: Answer, number: float) -> str:
    """The word that a number stands for."""
    return answer.options[int(number) - 1] if 1 <= number <= len(answer.options) else ""


def _places(mask: np.ndarray, first: int) -> str:
    """The places where something holds, `2 3 or 4 1`."""
    places = [f"{row + first} {column + first}" for row, column in np.argwhere(mask > 0).tolist()]
    more = [f"{len(places) - MOST_PLACES} others"] if len(places) > MOST_PLACES else []
    return " or ".join([*places[:MOST_PLACES], *more])
