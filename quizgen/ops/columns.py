"""Columns: arrays whose last axis is the variant, the checks every op makes on them, and the size limit."""

import math
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
"""An int64, float64 or bool array whose last axis is the variant."""

Columns: TypeAlias = np.ndarray[Any, np.dtype[Any]] | float
"""What an op takes: an array with the variant axis last, or a plain number that holds for every variant."""

LIMIT = 65_536
"""The most numbers that one variant's value may consist of."""

WORK_LIMIT = 1_000_000
"""The most multiplications that one op may take for one variant."""

_KINDS = ("a number", "a vector", "a matrix", "a matrix with channels", "a 4-dimensional array")
_TYPES = frozenset(map(np.dtype, (np.bool_, np.int64, np.float64)))
_SCALARS = frozenset((np.bool_, np.int64, np.float64))
_INT64_MAX = np.iinfo(np.int64).max


def columns(x: Columns) -> Array:
    """Return x as a C-contiguous bool, int64 or float64 array with a variant axis.

    Every op begins here, so that no result depends on the memory layout of an argument.

    Raises ValueError for anything that is not a number.

    >>> columns(3), columns(np.float32([0.5]))
    (array([3]), array([0.5]))
    """
    if isinstance(x, np.ndarray) and x.ndim and x.dtype in _TYPES and x.flags.c_contiguous and x.flags.aligned:
        return x
    if type(x) in _SCALARS:
        return np.array([x])
    array = np.atleast_1d(np.asarray(x))
    if array.dtype.kind == "b":
        return np.ascontiguousarray(array)
    if array.dtype.kind in "iu" and not _overflows(array):
        return np.ascontiguousarray(array, dtype=np.int64)
    if array.dtype.kind == "f":
        return np.ascontiguousarray(array, dtype=np.float64)
    raise ValueError(f"values of type {array.dtype} are no numbers of 64 bits")


def numbers(x: Columns) -> Array:
    """Return x as `columns` does, with true and false as 1 and 0."""
    array = columns(x)
    return array.astype(np.int64) if array.dtype == np.bool_ else array


def reals(x: Columns) -> Array:
    """Return x as `columns` does, as float64."""
    return columns(x).astype(np.float64, copy=False)


def alike(*arrays: Array) -> list[Array]:
    """Return the arrays with their common type: float64 as soon as one of them is."""
    dtype = np.result_type(*arrays)
    return [array.astype(dtype, copy=False) for array in arrays]


class ColumnError(ValueError):
    """Some columns hold values that an op cannot work with; the other columns would have been fine.

    `bad`: mask of those columns, (n,), or (1,) if the value is the same for all.
    """

    def __init__(self, message: str, bad_cells: Array) -> None:
        super().__init__(message)
        self.bad = np.logical_or.reduce(bad_cells, axis=tuple(range(bad_cells.ndim - 1)))


def whole(op: str, what: str, x: Columns) -> Array:
    """Return x as int64; raise ValueError if some number in it is not whole."""
    array = numbers(x)
    if array.dtype == np.int64:
        return array
    broken = np.asarray(~(np.abs(array) < 2.0**53) | (np.floor(array) != array))
    if broken.any():
        raise ColumnError(f"{op}: {what} must be a whole number, not {array[broken][0]:.6g}", broken)
    return array.astype(np.int64)


def ranked(op: str, what: str, x: Columns, *ranks: int) -> Array:
    """Return x as numbers if a variant's value has one of these ranks (0 number, 1 vector, 2 matrix, ...).

    >>> ranked("flip", "the image", 3, 2, 3)
    Traceback (most recent call last):
    ValueError: flip: the image must be a matrix or a matrix with channels, not a number
    """
    array = numbers(x)
    if array.ndim - 1 not in ranks:
        wanted = " or ".join(_KINDS[rank] for rank in ranks)
        raise ValueError(f"{op}: {what} must be {wanted}, not {shape_text(array)}")
    return array


def shape_text(array: Array) -> str:
    """Return the shape of one variant's value in words, such as `a vector of 4` or `a 3x3 matrix`."""
    if array.ndim == 1:
        return "a number"
    if array.ndim == 2:
        return f"a vector of {array.shape[0]}"
    return f"a {side_text(array)} {'matrix' if array.ndim == 3 else 'array'}"


def side_text(array: Array) -> str:
    """Return the sides of one variant's value, such as `3x3`."""
    return "x".join(str(side) for side in array.shape[:-1])


def same_shape(op: str, a: Array, b: Array) -> None:
    """Raise ValueError unless a variant's two values have the same shape."""
    if a.shape[:-1] != b.shape[:-1]:
        raise ValueError(f"{op}: {shape_text(a)} does not go with {shape_text(b)}")
    same_variants(op, a, b)


def cell_by_cell(op: str, *arrays: Array) -> None:
    """Raise ValueError unless all values have the same shape or are plain numbers."""
    shaped = [array for array in arrays if array.ndim > 1]
    for array in shaped[1:]:
        same_shape(op, shaped[0], array)
    same_variants(op, *arrays)


def same_variants(op: str, *arrays: Array) -> int:
    """Return the common number of variants; raise ValueError if there is none."""
    found: set[int] = {array.shape[-1] for array in arrays}
    if len(found) == 1:
        return found.pop()
    counts = sorted(found - {1})
    if len(counts) > 1:
        raise ValueError(f"{op}: columns of {counts[0]} and of {counts[1]} variants cannot be combined")
    return counts[0] if counts else 1


def check_cells(op: str, what: str, *sides: int) -> None:
    """Raise ValueError if an array with these sides would be too large for one variant.

    >>> check_cells("pad", "the padded image", 300, 300)
    Traceback (most recent call last):
    ValueError: pad: the padded image would make 90,000 numbers per variant; the limit is 65,536
    """
    cells = math.prod(sides)
    if cells > LIMIT:
        raise ValueError(f"{op}: {what} would make {cells:,} numbers per variant; the limit is {LIMIT:,}")


def check_work(op: str, products: int) -> None:
    """Raise ValueError if an op would take too many multiplications for one variant.

    >>> check_work("conv2d", 10_000_000)
    Traceback (most recent call last):
    ValueError: conv2d: 10,000,000 multiplications per variant; the limit is 1,000,000
    """
    if products > WORK_LIMIT:
        raise ValueError(f"{op}: {products:,} multiplications per variant; the limit is {WORK_LIMIT:,}")


def _overflows(array: Array) -> bool:
    return array.dtype == np.uint64 and bool((array > _INT64_MAX).any())
