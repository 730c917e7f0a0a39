"""Oracles: every formula once more, cell by cell in plain Python, for ONE variant (no variant axis)."""

from itertools import product

import numpy as np


def conv_size(w, f, s, p, d):
    """Count the positions instead of computing them."""
    reach = d * (f - 1) + 1
    return len([start for start in range(0, w + 2 * p, s) if start + reach <= w + 2 * p])


def conv2d(x, w, stride=1, padding=0, dilation=1, bias=None):
    """x: (h, w, c), w: (kh, kw, c, k), bias: (k,)."""
    height, width, channels = x.shape
    rows, cols, _, filters = w.shape
    out = np.zeros(
        (
            conv_size(height, rows, stride, padding, dilation),
            conv_size(width, cols, stride, padding, dilation),
            filters,
        ),
        dtype=np.result_type(x, w),
    )
    for i, j, m in np.ndindex(out.shape):
        for u, v, c in product(range(rows), range(cols), range(channels)):
            a, b = i * stride + u * dilation - padding, j * stride + v * dilation - padding
            if 0 <= a < height and 0 <= b < width:
                out[i, j, m] += w[u, v, c, m] * x[a, b, c]
    return out if bias is None else out + bias


def windows(x, window, stride, padding):
    """Yield (i, j), and the list of the cells (a, b) inside the image below the window."""
    height, width = x.shape
    for i, j in np.ndindex(conv_size(height, window, stride, padding, 1), conv_size(width, window, stride, padding, 1)):
        cells = product(range(i * stride - padding, i * stride - padding + window),
                        range(j * stride - padding, j * stride - padding + window))  # fmt: skip
        yield (i, j), [(a, b) for a, b in cells if 0 <= a < height and 0 <= b < width]


def max_pool(x, window, stride, padding=0):
    pooled = {at: max(x[cell] for cell in cells) for at, cells in windows(x, window, stride, padding)}
    return as_array(pooled)


def mean_pool(x, window, stride, padding=0):
    pooled = {at: sum(x[cell] for cell in cells) / window**2 for at, cells in windows(x, window, stride, padding)}
    return as_array(pooled)


def max_pool_gradient(x, gradient, window, stride, padding=0):
    out = np.zeros(x.shape, dtype=gradient.dtype)
    for at, cells in windows(x, window, stride, padding):
        first = max(cells, key=lambda cell: x[cell])  # max keeps the first of equals
        out[first] += gradient[at]
    return out


def as_array(cells):
    height, width = (max(at[axis] for at in cells) + 1 for axis in (0, 1))
    return np.array([[cells[i, j] for j in range(width)] for i in range(height)])


def matmul(a, b):
    return np.array([[sum(a[r, k] * b[k, c] for k in range(len(b))) for c in range(b.shape[1])] for r in range(len(a))])


def receptive_field(kernels, strides):
    """Walk back from one cell of the last layer to the span of input cells it sees."""
    first, last = 0, 0
    for kernel, stride in reversed(list(zip(kernels, strides, strict=True))):
        first, last = first * stride, last * stride + kernel - 1
    return last - first + 1
