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


def texts_of(value: Value) -> pa.Array:
    """Values as a column of texts, `3 0; 5 -3`, to 12 figures; empty where there is none."""
    cells = value.cells.astype(float).reshape(math.prod(value.largest), value.n)
    if not len(cells):
        return pa.array([""] * value.n, pa.string())
    written = _written(cells)
    if not value.axes:
        return written[0]
    width = value.largest[-1]
    rows = [pc.binary_join_element_wise(*written[i : i + width], " ") for i in range(0, len(cells), width)]
    if np.isnan(cells[width - 1]).any():  # narrower than the widest beside them, which must not show
        rows = [pc.ascii_rtrim(row, " ") for row in rows]
    joined = pc.binary_join_element_wise(*rows, "; ") if len(rows) > 1 else rows[0]
    return pc.ascii_rtrim(joined, "; ") if np.isnan(cells[-1]).any() else joined


def right_answers(answer: Answer, value: Value) -> pa.Array:
    """What is right, as a column of texts of the answer's kind; `value` is the value of its step."""
    if answer.kind in TOLERANT:
        return texts_of(value)
    if answer.kind == "shape" and not np.any(value.cells != np.rint(value.cells), where=value.inside):
        return pc.replace_substring(texts_of(value), " ", " x ")  # whole numbers: `spelled` would write the same
    if value.axes:
        return pa.array([spelled(answer, value.column(i)) for i in range(value.n)], pa.string())
    numbers, place = np.unique(value.cells, return_inverse=True)
    return pa.array([spelled(answer, number) for number in numbers], pa.string()).take(pa.array(place))


def read_texts(answer: Answer, value: Value) -> pa.Array:
    """How typed answers were understood; of a formula nothing, since its numbers say nothing to people."""
    if answer.kind == "formula":
        return pa.array([""] * value.n, pa.string())
    if answer.kind == "location":
        return texts_of(Value(value.cells + answer.first - 1, value.shape))
    return texts_of(value) if answer.kind != "choice" else right_answers(answer, value)


def _written(cells: np.ndarray) -> list[pa.Array]:
    """Rows of numbers as their shortest texts, nan as nothing; each different number is rounded and written once."""
    bits = pa.array(np.ascontiguousarray(cells).view(np.int64).ravel()).dictionary_encode()  # 0 and -0 are different
    numbers = bits.dictionary.to_numpy().view(float)
    figures = round_half_up(numbers, WORKED_FIGURES - 1 - leading_exponent(numbers, WORKED_FIGURES))
    words = pc.fill_null(pc.cast(pa.array(figures, from_pandas=True), pa.string()), "")
    texts = words.take(bits.indices)
    return [texts.slice(i * cells.shape[1], cells.shape[1]) for i in range(len(cells))]
