"""Sums of products, sums over cells, exp and ln, done so that a column never depends on its neighbours.

NumPy chooses the order of a sum by the lengths and strides of its operands. With two or more columns and the
variant axis contiguous it adds cell after cell; a single column would be added in pairs. So a single column
is computed twice, and one copy is cut off again.
"""

import math
from collections.abc import Callable

import numpy as np

from quizgen.ops.columns import Array, alike, check_work, same_variants


def contract(op: str, subscripts: str, a: Array, b: Array) -> Array:
    """Return the sum of products that `subscripts` names, one per variant; integers stay exact.

    a may be a view with overlapping windows; the variant is the last letter, `n`, of both operands.
    Measured: 28 to 33 million 3x3 kernels over a padded 4x4 image per second; tap by tap it is 8 to 18.
    """
    n = same_variants(op, a, b)
    check_work(op, _products(subscripts, a, b))
    right = np.repeat(b, 2, axis=-1) if n == 1 else b
    operands = [np.broadcast_to(x, (*x.shape[:-1], max(n, 2))) for x in alike(a, right)]
    result: Array = np.einsum(subscripts, *operands, optimize=False)
    return result[..., :n]


def _products(subscripts: str, a: Array, b: Array) -> int:
    """Return how many products of two numbers the sum has for one variant."""
    first, second = subscripts.split("->")[0].split(",")
    sides = dict(zip(first[:-1], a.shape[:-1], strict=True)) | dict(zip(second[:-1], b.shape[:-1], strict=True))
    return math.prod(sides.values())


def fold(ufunc: np.ufunc, x: Array) -> Array:
    """Return the ufunc's reduction of all cells of x, in row-major order, to one number per variant."""
    cells = x.reshape(-1, x.shape[-1])
    if x.shape[-1] == 1:
        cells = np.repeat(cells, 2, axis=-1)
    result: Array = ufunc.reduce(cells, axis=0)
    return result[: x.shape[-1]]


def elementary(function: Callable[..., Array], *arguments: Array) -> Array:
    """Return an elementary function (exp, ln, power, ...) of float64 columns, cell by cell.

    NumPy's power takes a shortcut for an exponent of 2 or 0.5 that all columns share, with another last digit
    in up to 5 % of them; so what is shared is written out first.
    """
    spread = np.broadcast_arrays(*arguments)
    return function(*(np.ascontiguousarray(x, dtype=np.float64) for x in spread))


def unsigned_zeros(x: Array) -> Array:
    """Turn -0 into 0, in place: which of the two NumPy takes for the larger one depends on their order."""
    if x.dtype == np.float64:
        x += 0.0
    return x
