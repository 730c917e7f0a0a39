"""Values of many variants as texts, as a student would write them."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.language.tolerance import leading_exponent, round_half_up
from quizgen.problem.kinds import TOLERANT
from quizgen.problem.model import Answer
from quizgen.render.numbers import WORKED_FIGURES
from quizgen.render.spelled import spelled
from quizgen.world.values import Value


def texts_of(value: Value) -> np.ndarray:
    """Values as texts, `3 0; 5 -3`, to 12 figures; empty where there is none."""
    cells = value.cells.astype(float).reshape(math.prod(value.largest), value.n)
    with np.errstate(invalid="ignore"):
        cells = round_half_up(cells, WORKED_FIGURES - 1 - leading_exponent(np.nan_to_num(cells), WORKED_FIGURES))
    if not value.axes:
        result: np.ndarray = _written(cells[0]).to_numpy(zero_copy_only=False)
        return result
    if not len(cells):
        return np.full(value.n, "", dtype=object)
    width = value.largest[-1]
    rows = [pc.binary_join_element_wise(*map(_written, cells[i : i + width]), " ") for i in range(0, len(cells), width)]
    joined = pc.binary_join_element_wise(*rows, "; ") if len(rows) > 1 else rows[0]
    return np.asarray(pc.replace_substring_regex(joined, r"[; ]+$", "").to_numpy(zero_copy_only=False), dtype=object)


def right_answers(answer: Answer, value: Value) -> np.ndarray:
    """What is right, as a text of the answer's kind; `value` is the value of its step."""
    if answer.kind in TOLERANT:
        return texts_of(value)
    return np.array([spelled(answer, value.column(i)) for i in range(value.n)], dtype=object)


def read_texts(answer: Answer, value: Value) -> np.ndarray:
    """How typed answers were understood; of a formula nothing, since its numbers say nothing to people."""
    if answer.kind == "formula":
        return np.full(value.n, "", dtype=object)
    if answer.kind == "location":
        return texts_of(Value(value.cells + answer.first - 1, value.shape))
    return texts_of(value) if answer.kind != "choice" else right_answers(answer, value)


def _written(numbers: np.ndarray) -> pa.Array:
    """Numbers as their shortest texts, nan as nothing."""
    return pc.fill_null(pc.cast(pa.array(numbers, from_pandas=True), pa.string()), "")
