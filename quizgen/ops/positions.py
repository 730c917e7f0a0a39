"""Positions in a vector, counted from 1: classes as one-hot vectors, cells at positions, the largest cell."""

import operator

import numpy as np

from quizgen.ops.columns import Array, ColumnError, Columns, check_cells, ranked, same_variants, whole


def one_hot(label: Columns, classes: int) -> Array:
    """Return the one-hot vector of a class.

    label: (n,), counted from 1
    classes: how many classes there are
    result: (classes, n), 1 in row `label`, else 0

    Raises ValueError if some label is no class.

    >>> one_hot(np.array([2, 3]), 3)
    array([[0, 0],
           [1, 0],
           [0, 1]])
    """
    height = _class_count(classes)
    check_cells("one_hot", "the vector", height)
    position = whole("one_hot", "the label", ranked("one_hot", "the label", label, 0))
    _check_positions("one_hot", "label", position, height)
    hot = np.arange(1, height + 1)[:, None] == position
    return np.asarray(hot, dtype=np.int64)


def at(vector: Columns, positions: Columns | tuple[int, ...]) -> Array:
    """Return the cells of a vector at some positions.

    vector: (cells, n)
    positions: counted from 1; (n,) for one cell of each variant, (k, n) or a tuple of k numbers for k cells
    result: (n,) or (k, n)

    Raises ValueError if some position lies outside the vector.

    >>> vector = np.array([[10], [20], [30]])
    >>> at(vector, 2), at(vector, (3, 1))[:, 0]
    (array([20]), array([30, 10]))
    """
    cells = ranked("at", "the vector", vector, 1)
    where = np.array(positions)[:, None] if isinstance(positions, tuple) else positions
    index = whole("at", "a position", ranked("at", "positions", where, 0, 1))
    _check_positions("at", "position", index, len(cells))
    n = same_variants("at", cells, index)
    if index.shape[-1] == 1:  # the same positions in every variant: whole rows
        return np.asarray(cells[index[..., 0] - 1])
    taken = cells[index - 1, np.arange(n) if cells.shape[-1] > 1 else 0]
    return np.asarray(taken)


def argmax(vector: Columns) -> Array:
    """Return the position of the largest cell, counted from 1, the first of equals: (n,).

    vector: (cells, n)

    >>> argmax(np.array([[3], [8], [8]]))
    array([2])
    """
    return np.asarray(ranked("argmax", "the vector", vector, 1).argmax(axis=0) + 1, dtype=np.int64)


def _check_positions(op: str, what: str, positions: Array, last: int) -> None:
    outside = (positions < 1) | (positions > last)
    if outside.any():
        raise ColumnError(f"{op}: {what} {positions[outside][0]} is not between 1 and {last}", outside)


def _class_count(classes: int) -> int:
    try:
        count = operator.index(classes)
    except TypeError:
        raise ValueError(f"one_hot: the number of classes must be whole, not {classes}") from None
    if count < 1:
        raise ValueError(f"one_hot: there must be at least 1 class, not {classes}")
    return count
