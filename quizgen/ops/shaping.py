"""Shapes: the cells of a value flattened, reshaped, turned, padded, stacked and joined."""

import operator

import numpy as np

from quizgen.ops.columns import (
    Array,
    Columns,
    alike,
    check_cells,
    columns,
    ranked,
    same_shape,
    same_variants,
    shape_text,
)
from quizgen.ops.windows import Side, Sliding, pair

_ORDERS = ("rows", "columns")
_BORDERS = ("zeros", "edge")


def flatten(x: Columns, order: str = "rows") -> Array:
    """Return all cells as one vector: (cells, n).

    x: any shape with the variant last
    order: "rows" (row by row, the last axis fastest) or "columns" (column by column, the first axis fastest)

    Raises ValueError for any other order.

    >>> flatten(np.array([[1, 2], [3, 4]])[..., None], order="columns")[:, 0]
    array([1, 3, 2, 4])
    """
    array = columns(x)
    if order not in _ORDERS:
        raise ValueError(f'flatten: order must be "rows" or "columns", not "{order}"')
    turned = array if order == "rows" else array.transpose(*range(array.ndim - 2, -1, -1), array.ndim - 1)
    return turned.reshape(-1, array.shape[-1])


def reshape(x: Columns, shape: int | tuple[int, ...]) -> Array:
    """Return the cells of x, row by row, in another shape.

    x: any shape with the variant last
    shape: whole numbers, without the variant axis

    Raises ValueError if the number of cells differs.

    >>> reshape(np.arange(4)[:, None], (2, 2))[..., 0]
    array([[0, 1],
           [2, 3]])
    """
    array = columns(x)
    sides = _sides("reshape", shape)
    check_cells("reshape", "the result", *sides)
    if np.prod(sides, dtype=np.int64) != np.prod(array.shape[:-1], dtype=np.int64):
        wanted = "x".join(map(str, sides))
        raise ValueError(f"reshape: {shape_text(array)} cannot take the shape {wanted}")
    return np.reshape(array, (*sides, array.shape[-1]))


def flip(x: Columns) -> Array:
    """Return x turned by 180 degrees: both image axes reversed; a vector is reversed.

    x: (cells, n), (rows, columns, n) or more axes, of which the first two are reversed

    Raises ValueError for a number.

    >>> flip(np.array([[0, 1], [-1, 2]])[..., None])[..., 0]
    array([[ 2, -1],
           [ 1,  0]])
    """
    array = columns(x)
    if array.ndim == 1:
        raise ValueError("flip: x must be a vector, a matrix or more, not a number")
    return array[::-1] if array.ndim == 2 else array[::-1, ::-1]


def pad(x: Columns, amount: Side, mode: str = "zeros") -> Array:
    """Return an image with a border.

    x: (height, width, n) or (height, width, channels, n)
    amount: the border's width, or a pair (above and below, left and right)
    mode: "zeros", or "edge" to repeat the outermost cells
    result: (height + 2 amount, width + 2 amount, ..., n)

    Raises ValueError for any other mode or a negative amount.

    >>> pad(np.array([[7]])[..., None], 1)[..., 0]
    array([[0, 0, 0],
           [0, 7, 0],
           [0, 0, 0]])
    """
    image = ranked("pad", "the image", x, 2, 3)
    if mode not in _BORDERS:
        raise ValueError(f'pad: mode must be "zeros" or "edge", not "{mode}"')
    border = pair("pad", "amount", amount, least=0)
    wide = Sliding("pad", (1, 1), (1, 1), border).pad(image)
    if mode == "zeros":
        return wide
    rows, cols = (
        np.clip(np.arange(-width, side + width), 0, side - 1)
        for width, side in zip(border, image.shape[:2], strict=True)
    )
    return np.asarray(image[rows][:, cols])


def stack(*values: Columns) -> Array:
    """Return values of one shape as a value with one axis more, in front: numbers become a vector.

    values: k columns (n,), or k vectors (cells, n), and so on
    result: (k, n), or (k, cells, n), and so on

    Raises ValueError if the shapes differ or nothing is given.

    >>> stack(np.array([1, 2]), 7)
    array([[1, 2],
           [7, 7]])
    """
    if not values:
        raise ValueError("stack: there is nothing to stack")
    arrays = [columns(value) for value in values]
    for array in arrays[1:]:
        if array.shape != arrays[0].shape:
            same_shape("stack", arrays[0], array)
    sides = arrays[0].shape[:-1]
    check_cells("stack", "the result", len(arrays), *sides)
    stacked = np.empty((len(arrays), *sides, same_variants("stack", *arrays)), np.result_type(*arrays))
    for place, array in enumerate(arrays):
        stacked[place] = array
    return stacked


def join(*vectors: Columns) -> Array:
    """Return vectors one after the other as one vector: (k, n) and (m, n) become (k + m, n).

    Raises ValueError if something is no vector or nothing is given.

    >>> join(np.array([[1], [2]]), np.array([[3]]))[:, 0]
    array([1, 2, 3])
    """
    if not vectors:
        raise ValueError("join: there is nothing to join")
    arrays = [ranked("join", "each argument", vector, 1) for vector in vectors]
    n = same_variants("join", *arrays)
    check_cells("join", "the vector", sum(map(len, arrays)))
    return np.concatenate([np.broadcast_to(array, (len(array), n)) for array in alike(*arrays)])


def _sides(op: str, shape: int | tuple[int, ...]) -> tuple[int, ...]:
    given = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    try:
        sides = tuple(operator.index(side) for side in given)
    except TypeError:
        raise ValueError(f"{op}: a size must be a whole number, not {shape}") from None
    if not sides or min(sides) < 1:
        raise ValueError(f"{op}: a size must be at least 1, not {shape}")
    return sides
