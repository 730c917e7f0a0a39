"""What keeps carrying and cell credit honest: impossible values, constants and dead worlds earn nothing."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from quizgen.problem.model import Answer
from quizgen.world.values import Value, same_shape

_EQUAL = 1e-9  # relative; numbers this close differ by rounding only
_EXCEPTIONS = 8  # one cell in so many may differ in an array that is hardly more than a constant


def possible(answer: Answer, value: Value, own: Value) -> np.ndarray:
    """Mask of typed values that could be right: within bounds, whole where a count is asked, of the own shape."""
    if value.axes != own.axes:  # a place
        return np.asarray(((value.cells >= 1) & (value.cells <= own.shape)).all(axis=0))
    cells, blank = value.cells, np.isnan(value.cells)
    fine = np.isfinite(cells) | blank
    if answer.between:
        low, high = answer.between
        fine &= blank | ((cells >= low) & (cells <= high))
    if answer.kind == "integer":
        fine &= blank | (cells == np.floor(cells))
    result: np.ndarray = fine.all(axis=_axes(value)) & same_shape(value, own)
    return result


@np.errstate(invalid="ignore")
def monotonous(value: Value) -> np.ndarray:
    """Mask of the arrays of one and the same number, but for at most one in eight of their cells that are not blank."""
    if not value.axes or not value.cells.size:
        return np.zeros(value.n, dtype=bool)
    filled = count_of(~np.isnan(value.cells.reshape(-1, value.n))).astype(np.int64)
    most = _most_near_the_start(value) if (filled == math.prod(value.largest)).all() else most_equal(value)
    return np.asarray((filled > 1) & (filled - most <= filled // _EXCEPTIONS))


def _monotonous(value: Value, among: np.ndarray) -> np.ndarray:
    """The monotonous arrays among some columns: glances at pairs of neighbours find that nearly all vary too much."""
    flat: np.ndarray = among & ~_soon_varied(value)
    for look in (lambda some: ~_varied(some), monotonous):
        rows = np.flatnonzero(flat)
        if rows.size:
            flat[rows] = look(value if rows.size == value.n else value.take(rows))
    return flat


def _soon_varied(value: Value) -> np.ndarray:
    """Mask of arrays that vary already in their first cells, as far as that shows beside the largest of all columns."""
    cells = value.cells.reshape(-1, value.n)
    most = len(cells) // _EXCEPTIONS
    first = cells[: min(len(cells) // 2, 2 * most + 2) * 2]
    if not first.size:
        return np.zeros(value.n, dtype=bool)
    largest = max(float(first.max()), -float(first.min()))  # nan if a cell is: then nothing shows
    with np.errstate(invalid="ignore"):
        unequal = np.abs(first[::2] - first[1::2]) > (len(cells) + 2) * _EQUAL * largest
    return np.asarray(count_of(unequal) > most)


def _varied(value: Value) -> np.ndarray:
    """Mask of full arrays with more unequal pairs of neighbours than a monotonous one may have; others may vary too."""
    cells = value.cells.reshape(-1, value.n)
    one, other = cells[0 : len(cells) // 2 * 2 : 2], cells[1::2]
    with np.errstate(invalid="ignore"):
        unequal = np.abs(one - other) > (len(cells) + 2) * _EQUAL * np.maximum(np.abs(one), np.abs(other))
    return np.asarray(count_of(unequal) > len(cells) // _EXCEPTIONS)


class Work:
    """The work that an answer asks for, as its right value tells; found once, for all own worlds held against it."""

    def __init__(self, truth: Value) -> None:
        self.truth = truth

    @cached_property
    def _varies(self) -> np.ndarray:
        """Mask of the columns in which the right value is not monotonous."""
        return ~_monotonous(self.truth, np.ones(self.truth.n, dtype=bool))

    @cached_property
    def _may_flatten(self) -> bool:
        return self.truth.axes > 0 and bool(self._varies.any())

    @cached_property
    def _filled(self) -> np.ndarray:
        return _filled(self.truth)

    @cached_property
    def _half(self) -> np.ndarray:
        """For each column, the fewest cells that are half of those that are not zero."""
        return np.asarray(self._filled // 2 + self._filled % 2)

    def flattened(self, own: Value) -> np.ndarray:
        """Mask of the arrays that are monotonous while the right one is not."""
        if not own.axes or not self._may_flatten:
            return np.zeros(own.n, dtype=bool)
        return _monotonous(own, self._varies)

    def degenerate(self, own: Value) -> np.ndarray:
        """Mask of the own worlds that leave no work to do: one constant, or most non-zero cells gone.

        Where a mistake changed the shape, the shares of non-zero cells are compared.
        """
        if own.shape is self.truth.shape:  # as for most mistakes
            fewer = _filled(own) < self._half
        else:
            cells, all_cells = (np.maximum(value.shape, 1).prod(axis=0) for value in (own, self.truth))
            fewer = 2 * _filled(own).astype(np.int64) * all_cells < self._filled * cells
        return np.asarray(fewer | self.flattened(own) if self._may_flatten else fewer)

    def none_in(self, answer: Answer, own: Value) -> np.ndarray:
        """Mask of the own worlds in which an answer is no work any more."""
        if answer.kind == "formula":
            return np.zeros(own.n, dtype=bool)
        if answer.kind == "location":  # where any place would be right
            own_everywhere, truly = (np.where(v.inside, v.cells, 1.0).all(axis=_axes(v)) for v in (own, self.truth))
            return np.asarray(own_everywhere & ~truly)
        return self.degenerate(own)


def flattened(value: Value, truth: Value) -> np.ndarray:
    """Mask of the arrays that are monotonous while the right one is not."""
    return Work(truth).flattened(value)


def leaves_no_work(answer: Answer, own: Value, truth: Value) -> np.ndarray:
    """Mask of the own worlds in which an answer is no work any more."""
    return Work(truth).none_in(answer, own)


def most_equal(expected: Value) -> np.ndarray:
    """For each column, the most cells that one constant would get right."""
    cells = np.sort(np.where(expected.inside, expected.cells, np.nan).reshape(-1, expected.n), axis=0)
    best = run = np.zeros(expected.n, dtype=np.int64)
    close = np.abs(np.diff(cells, axis=0)) <= _EQUAL * np.abs(cells[1:])
    for i in range(len(cells)):
        same = close[i - 1] if i else np.zeros(expected.n, dtype=bool)
        run = np.where(same, run + 1, ~np.isnan(cells[i]))
        best = np.maximum(best, run)
    return best


def _most_near_the_start(value: Value) -> np.ndarray:
    """For full arrays, how often the commonest of the first cells occurs: a constant shows there, or is too rare."""
    cells = value.cells.reshape(-1, value.n)
    near = _EQUAL * np.abs(cells)
    counts = [count_of(np.abs(cells - cells[i]) <= near) for i in range(len(cells) // _EXCEPTIONS + 1)]
    most: np.ndarray = np.maximum.reduce(counts)
    return most


def _filled(value: Value) -> np.ndarray:
    """For each column, how many of its cells are not zero."""
    cells = value.cells.reshape(-1, value.n)
    counted = count_of(cells != 0)
    if cells.size and np.isnan(cells.max()):  # which is not 0 either
        counted -= count_of(np.isnan(cells))
    return counted


def count_of(mask: np.ndarray) -> np.ndarray:
    """How many cells of each column a mask (cells, n) holds; in bytes as long as they are enough, which is quicker."""
    if len(mask) < 256:
        return np.asarray(np.add.reduce(mask.view(np.uint8), axis=0, dtype=np.uint8))
    return np.asarray(mask.sum(axis=0))


def _axes(value: Value) -> tuple[int, ...]:
    """All axes but the variant's."""
    return tuple(range(value.axes))
