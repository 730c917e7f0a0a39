"""Sizes: the side of a map after convolution, pooling and transposed convolution; the receptive field.

Every argument is a column (n,) or a plain number, so one call answers for all variants. Whole numbers in,
whole numbers out. A stride of 0 gives inf or nan in its column.
"""

import numpy as np

from quizgen.ops.columns import Array, Columns, cell_by_cell, numbers, ranked, same_variants


def conv_size(
    size: Columns, kernel: Columns, stride: Columns = 1, padding: Columns = 0, dilation: Columns = 1
) -> Array:
    """Return the side of a feature map after a convolution, in cells: (n,).

    floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1
    (Dumoulin and Visin 2016, A guide to convolution arithmetic, relationship 15).

    >>> conv_size(np.array([224, 218]), np.array([7, 3]), np.array([1, 2]), np.array([0, 1]))
    array([218, 109])
    """
    w, f, s, p, d = (numbers(x) for x in (size, kernel, stride, padding, dilation))
    cell_by_cell("conv_size", w, f, s, p, d)
    return _floored(w + 2 * p - d * (f - 1) - 1, s) + 1


def pool_size(size: Columns, window: Columns, stride: Columns | None = None, padding: Columns = 0) -> Array:
    """Return the side of a feature map after pooling, in cells: (n,). The stride is the window unless given.

    floor((size + 2 padding - window) / stride) + 1
    (Dumoulin and Visin 2016, relationship 7).

    >>> pool_size(np.array([109]), 2)
    array([54])
    """
    w, f, p = numbers(size), numbers(window), numbers(padding)
    s = f if stride is None else numbers(stride)
    cell_by_cell("pool_size", w, f, s, p)
    return _floored(w + 2 * p - f, s) + 1


def transposed_conv_size(
    size: Columns, kernel: Columns, stride: Columns = 1, padding: Columns = 0, output_padding: Columns = 0
) -> Array:
    """Return the side of a feature map after a transposed convolution, in cells: (n,).

    (size - 1) stride - 2 padding + kernel + output_padding
    (Dumoulin and Visin 2016, relationships 13 and 14).

    >>> transposed_conv_size(7, 4, stride=2, padding=1)
    array([14])
    """
    w, f, s, p, a = (numbers(x) for x in (size, kernel, stride, padding, output_padding))
    cell_by_cell("transposed_conv_size", w, f, s, p, a)
    side: Array = (w - 1) * s - 2 * p + f + a
    return side


def receptive_field(kernels: Columns, strides: Columns = 1) -> Array:
    """Return how many input cells (along one axis) a cell of the last layer sees: (n,).

    kernels, strides: one number per layer (layers, n); a plain number of strides holds for every layer.

    1 + sum over layers l of (kernel_l - 1) * product of the strides before l
    (Araujo, Norris and Sim 2019, Computing receptive fields of convolutional neural networks, equation 2).

    Raises ValueError if the two vectors differ in length.

    >>> receptive_field(np.array([[3], [2], [3]]), np.array([[1], [2], [1]]))
    array([8])
    """
    f = ranked("receptive_field", "kernels", kernels, 1)
    s = ranked("receptive_field", "strides", strides, 0, 1)
    s = np.broadcast_to(s, (len(f), s.shape[-1])) if s.ndim == 1 else s
    if len(s) != len(f):
        raise ValueError(f"receptive_field: {len(f)} kernels do not go with {len(s)} strides")
    same_variants("receptive_field", f, s)
    field, jump = 1 + 0 * s[0], 1 + 0 * s[0]
    for kernel, stride in zip(f, s, strict=True):
        field = field + (kernel - 1) * jump
        jump = jump * stride
    return np.asarray(field)


@np.errstate(all="ignore")
def _floored(reach: Array, stride: Array) -> Array:
    if np.result_type(reach, stride) == np.int64 and stride.all():
        return np.asarray(reach // stride)
    return np.asarray(np.floor(reach / stride))
