"""Reductions: one number per variant from all cells of a value of any shape, the variant last."""

import math

import numpy as np

from quizgen.ops.arithmetic import fold, unsigned_zeros
from quizgen.ops.columns import Array, Columns, columns, numbers


@np.errstate(all="ignore")
def total(x: Columns) -> Array:
    """Return the sum of all cells: (n,); true counts as 1, whole numbers stay whole.

    >>> total(np.array([[1, 2], [3, 4]])[..., None])
    array([10])
    """
    return fold(np.add, numbers(x))


@np.errstate(all="ignore")
def product(x: Columns) -> Array:
    """Return the product of all cells: (n,); whole numbers stay whole.

    >>> product(np.array([[2], [5]]))
    array([10])
    """
    return fold(np.multiply, numbers(x))


def largest(x: Columns) -> Array:
    """Return the largest cell: (n,).

    >>> largest(np.array([[2], [5]]))
    array([5])
    """
    return unsigned_zeros(fold(np.maximum, numbers(x)))


def smallest(x: Columns) -> Array:
    """Return the smallest cell: (n,).

    >>> smallest(np.array([[2], [5]]))
    array([2])
    """
    return unsigned_zeros(fold(np.minimum, numbers(x)))


@np.errstate(all="ignore")
def mean(x: Columns) -> Array:
    """Return the mean of all cells as float64: (n,).

    >>> mean(np.array([[2], [5]]))
    array([3.5])
    """
    array = numbers(x)
    average: Array = fold(np.add, array) / math.prod(array.shape[:-1])
    return average


def any_of(x: Columns) -> Array:
    """Return whether some cell is true or not 0: (n,).

    >>> any_of(np.array([[False], [True]]))
    array([ True])
    """
    return fold(np.logical_or, columns(x) != 0)


def all_of(x: Columns) -> Array:
    """Return whether every cell is true or not 0: (n,).

    >>> all_of(np.array([[False], [True]]))
    array([False])
    """
    return fold(np.logical_and, columns(x) != 0)


def count(x: Columns) -> Array:
    """Return how many cells are true or not 0: (n,).

    >>> count(np.array([[3], [0], [-1]]))
    array([2])
    """
    return fold(np.add, (columns(x) != 0).astype(np.int64))
