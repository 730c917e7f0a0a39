"""Pooling: the largest or the mean value of each window, and the gradient's way back through the largest."""

import math

import numpy as np

from quizgen.ops.arithmetic import unsigned_zeros
from quizgen.ops.columns import Array, Columns, check_cells, check_work, ranked, same_variants, shape_text
from quizgen.ops.windows import Side, Sliding, pair


def max_pool(image: Columns, window: Side, stride: Side | None = None, padding: Side = 0) -> Array:
    """Return the largest value of each window.

    image: (height, width, n) or (height, width, channels, n)
    window, stride, padding: whole numbers or pairs; the stride is the window unless given; padding never wins
    result: (height', width', n) or (height', width', channels, n)

    P[i, j, c] = max over u, v of X[i s + u - p, j s + v - p, c]
    (Goodfellow, Bengio and Courville 2016, Deep Learning, section 9.3).

    Raises ValueError if the window does not fit into the image or the padding is not smaller than the window.

    >>> image = np.array([[3, 0, 11, 3], [5, 0, 1, 6], [13, 3, 0, 3], [5, 0, 0, 7]])[..., None]
    >>> max_pool(image, 2)[..., 0]
    array([[ 5, 11],
           [13,  7]])
    """
    x = ranked("max_pool", "the image", image, 2, 3)
    sliding = _sliding("max_pool", window, stride, padding)
    return _largest(sliding, sliding.pad(x, _lowest(x)), _positions(sliding, x))


@np.errstate(all="ignore")
def mean_pool(image: Columns, window: Side, stride: Side | None = None, padding: Side = 0) -> Array:
    """Return the mean value of each window as float64.

    image: (height, width, n) or (height, width, channels, n)
    window, stride, padding: whole numbers or pairs; the stride is the window unless given; padding is zeros
    result: (height', width', n) or (height', width', channels, n)

    P[i, j, c] = 1/(f g) * sum over u, v of X[i s + u - p, j s + v - p, c] for an f x g window
    (LeCun, Bottou, Bengio and Haffner 1998, Gradient-based learning applied to document recognition, II).

    Raises ValueError if the window does not fit into the image or the padding is not smaller than the window.

    >>> mean_pool(np.array([[3, 0], [5, 0]])[..., None], 2)[..., 0]
    array([[2.]])
    """
    x = ranked("mean_pool", "the image", image, 2, 3)
    sliding = _sliding("mean_pool", window, stride, padding)
    positions = _positions(sliding, x)
    wide = sliding.pad(x)
    total = np.zeros((*positions, *x.shape[2:]), dtype=x.dtype)
    for tap in sliding.taps():
        total += wide[sliding.below(tap, positions)]
    mean: Array = total / (sliding.window[0] * sliding.window[1])
    return mean


def max_pool_gradient(
    image: Columns, gradient: Columns, window: Side, stride: Side | None = None, padding: Side = 0
) -> Array:
    """Return dL/dX of max pooling from dL/dP.

    image: (height, width, n) or (height, width, channels, n), the input of the pooling
    gradient: (height', width', n) or (height', width', channels, n), dL/dP
    result: the image's shape

    The first largest cell of each window, row by row, receives its gradient; overlapping windows add up.

    Raises ValueError if the gradient does not have the shape of the pooled image.

    >>> image = np.array([[1, 4], [4, 2]])[..., None]
    >>> max_pool_gradient(image, np.array([[7]])[..., None], 2)[..., 0]
    array([[0, 7],
           [0, 0]])
    """
    op = "max_pool_gradient"
    x, g = ranked(op, "the image", image, 2, 3), ranked(op, "the gradient", gradient, 2, 3)
    sliding = _sliding(op, window, stride, padding)
    positions = _positions(sliding, x)
    if g.shape[:-1] != (*positions, *x.shape[2:-1]):
        raise ValueError(f"{op}: {shape_text(g)} as gradient does not go with {shape_text(x)} as image")
    n = same_variants(op, x, g)
    wide = sliding.pad(x, _lowest(x))
    largest = _largest(sliding, wide, positions)
    result = np.zeros((*wide.shape[:-1], n), dtype=g.dtype)
    waiting = np.ones_like(largest, dtype=np.bool_)
    for tap in sliding.taps():
        below = sliding.below(tap, positions)
        first = waiting & (wide[below] == largest)
        result[below] += np.where(first, g, 0)
        waiting &= ~first
    return sliding.crop(result)


def _sliding(op: str, window: Side, stride: Side | None, padding: Side) -> Sliding:
    sides = pair(op, "window", window)
    border = pair(op, "padding", padding, least=0)
    if border[0] >= sides[0] or border[1] >= sides[1]:
        raise ValueError(f"{op}: padding {padding} must be smaller than the window {window}")
    return Sliding(op, sides, sides if stride is None else pair(op, "stride", stride), border)


def _positions(sliding: Sliding, x: Array) -> tuple[int, int]:
    positions = sliding.positions((x.shape[0], x.shape[1]), "window")
    check_cells(sliding.op, "the result", *positions, *x.shape[2:-1])
    check_work(sliding.op, math.prod((*positions, *x.shape[2:-1], *sliding.window)))
    return positions


def _largest(sliding: Sliding, wide: Array, positions: tuple[int, int]) -> Array:
    first, *others = (wide[sliding.below(tap, positions)] for tap in sliding.taps())
    largest = first.copy()
    for other in others:
        np.maximum(largest, other, out=largest)
    return unsigned_zeros(largest)


def _lowest(x: Array) -> float:
    return -np.inf if x.dtype == np.float64 else int(np.iinfo(np.int64).min)
