"""What keeps carrying and cell credit honest: impossible values, constants and dead worlds earn nothing."""

from __future__ import annotations

import numpy as np

from quizgen.problem.model import Answer
from quizgen.world.values import Value, same_shape

_EQUAL = 1e-9  # relative; numbers this close differ by rounding only


def possible(answer: Answer, value: Value, own: Value) -> np.ndarray:
    """Mask of typed values that could be right: within bounds, whole where a count is asked, of the own shape."""
    cells, blank = value.cells, np.isnan(value.cells)
    fine = np.isfinite(cells) | blank
    if answer.between:
        low, high = answer.between
        fine &= blank | ((cells >= low) & (cells <= high))
    if answer.kind == "integer":
        fine &= blank | (cells == np.floor(cells))
    result: np.ndarray = fine.all(axis=_axes(value)) & same_shape(value, own)
    return result


def constant(value: Value) -> np.ndarray:
    """Mask of the columns that hold one and the same number in all of their cells, more than one."""
    if not value.axes:
        return np.zeros(value.n, dtype=bool)
    inside = value.inside
    high = np.where(inside, value.cells, -np.inf).max(axis=_axes(value), initial=-np.inf)
    low = np.where(inside, value.cells, np.inf).min(axis=_axes(value), initial=np.inf)
    with np.errstate(invalid="ignore"):
        flat = high - low <= _EQUAL * np.maximum(np.abs(high), np.abs(low))
    return np.asarray(flat & (inside.sum(axis=_axes(value)) > 1))


def degenerate(own: Value, truth: Value) -> np.ndarray:
    """Mask of the own worlds that leave no work to do: one constant, or most non-zero cells gone.

    Where a mistake changed the shape, the shares of non-zero cells are compared.
    """
    remain, cells = _filled(own)
    needed, all_cells = _filled(truth)
    result: np.ndarray = (constant(own) & ~constant(truth)) | (2 * remain * all_cells < needed * cells)
    return result


def most_equal(expected: Value) -> np.ndarray:
    """For each column, the most cells that one constant would get right."""
    cells = np.sort(np.where(expected.inside, expected.cells, np.nan).reshape(-1, expected.n), axis=0)
    best = run = np.zeros(expected.n, dtype=np.int64)
    for i in range(len(cells)):
        same = cells[i] == cells[i - 1] if i else np.zeros(expected.n, dtype=bool)
        run = np.where(same, run + 1, ~np.isnan(cells[i]))
        best = np.maximum(best, run)
    return best


def _filled(value: Value) -> tuple[np.ndarray, np.ndarray]:
    """For each column, how many of its cells are not zero, and how many cells it has."""
    return (np.nan_to_num(value.cells) != 0).sum(axis=_axes(value)), np.maximum(value.shape, 1).prod(axis=0)


def _axes(value: Value) -> tuple[int, ...]:
    """All axes but the variant's."""
    return tuple(range(value.axes))
