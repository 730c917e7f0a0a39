"""Convolution as CNNs mean it (cross-correlation, no turned kernel), its gradients, and both as matrices."""

import math

import numpy as np

from quizgen.ops.arithmetic import contract
from quizgen.ops.columns import (
    Array,
    Columns,
    alike,
    check_cells,
    check_work,
    numbers,
    ranked,
    same_variants,
    shape_text,
    side_text,
)
from quizgen.ops.windows import Pair, Side, Sliding, pair, pair_text


@np.errstate(all="ignore")
def conv2d(
    image: Columns,
    kernel: Columns,
    stride: Side = 1,
    padding: Side = 0,
    dilation: Side = 1,
    bias: Columns = 0,
) -> Array:
    """Return the feature map of a convolution layer before its activation.

    image: (height, width, n) or (height, width, channels, n)
    kernel: (rows, columns, n) or (rows, columns, channels, filters, n)
    bias: (n,) or, with channels, (filters, n)
    result: (height', width', n) or (height', width', filters, n)

    Z[i, j, m] = b[m] + sum over u, v, c of W[u, v, c, m] X[i s + u d - p, j s + v d - p, c]
    with stride s, padding p, dilation d, and X = 0 outside the image
    (Goodfellow, Bengio and Courville 2016, Deep Learning, equations 9.6 and 9.7).

    Raises ValueError if the kernel does not fit into the image or the channels differ.

    >>> image = np.array([[0, 4, 0], [4, 0, 3], [1, 4, 0]])[..., None]
    >>> kernel = np.array([[0, 1], [-1, 1]])[..., None]
    >>> conv2d(image, kernel)[..., 0]
    array([[ 0,  3],
           [ 3, -1]])
    """
    x, w = _image_and_kernel("conv2d", image, kernel)
    sliding = _sliding("conv2d", (w.shape[0], w.shape[1]), stride, padding, dilation)
    height, width = sliding.positions((x.shape[0], x.shape[1]))
    check_cells("conv2d", "the feature map", height, width, *w.shape[3:-1])
    subscripts = "uvijn,uvn->ijn" if w.ndim == 3 else "uvijcn,uvckn->ijkn"
    return _biased(contract("conv2d", subscripts, sliding.view(sliding.pad(x)), w), bias)


@np.errstate(all="ignore")
def conv2d_filter_gradient(
    image: Columns,
    gradient: Columns,
    stride: Side = 1,
    padding: Side = 0,
    dilation: Side = 1,
    size: Side | None = None,
) -> Array:
    """Return dL/dW of a convolution layer from dL/dZ.

    image: (height, width, n) or (height, width, channels, n), the layer's input
    gradient: (height', width', n) or (height', width', filters, n), dL/dZ
    size: the kernel's side or (rows, columns); by default the largest kernel that leaves such a map
    result: the kernel's shape

    dL/dW[u, v, c, m] = sum over i, j of dL/dZ[i, j, m] X[i s + u d - p, j s + v d - p, c]
    (Goodfellow, Bengio and Courville 2016, equation 9.11).

    Raises ValueError if no kernel, or none of this size, turns the image into a map of the gradient's size.

    >>> image = np.array([[0, 4, 0], [4, 0, 3], [1, 4, 0]])[..., None]
    >>> gradient = np.array([[-0.1, -0.3], [0.1, 0.2]])[..., None]
    >>> conv2d_filter_gradient(image, gradient)[..., 0].round(12)
    array([[-0.8,  0.2],
           [ 0.5, -0.5]])
    """
    op = "conv2d_filter_gradient"
    x, g = alike(ranked(op, "the image", image, 2, 3), ranked(op, "the gradient", gradient, 2, 3))
    _check_same_rank(op, x, g, "gradient")
    sliding = _sliding(op, (1, 1), stride, padding, dilation)
    window = _largest_kernel(sliding, x, g) if size is None else pair(op, "size", size)
    sliding = Sliding(op, window, sliding.stride, sliding.padding, sliding.dilation)
    _check_positions(sliding, (x.shape[0], x.shape[1]), g)
    check_cells(op, "the kernel", *window, *x.shape[2:-1], *g.shape[2:-1])
    positions = sliding.view(sliding.pad(x))
    return contract(op, "uvijn,ijn->uvn" if x.ndim == 3 else "uvijcn,ijkn->uvckn", positions, g)


@np.errstate(all="ignore")
def conv2d_input_gradient(
    gradient: Columns,
    kernel: Columns,
    stride: Side = 1,
    padding: Side = 0,
    dilation: Side = 1,
    size: Side | None = None,
) -> Array:
    """Return dL/dX of a convolution layer from dL/dZ; this is also the transposed convolution.

    gradient: (height', width', n) or (height', width', filters, n), dL/dZ
    kernel: (rows, columns, n) or (rows, columns, channels, filters, n)
    size: the image's side or (height, width); by default the smallest image with a map of the gradient's size
    result: (height, width, n) or (height, width, channels, n)

    dL/dX[i s + u d - p, j s + v d - p, c] += W[u, v, c, m] dL/dZ[i, j, m] for all u, v, i, j, m
    (Goodfellow, Bengio and Courville 2016, equation 9.13).

    Raises ValueError if an image of this size does not give a map of the gradient's size.

    >>> gradient = np.array([[-0.1, -0.3], [0.1, 0.2]])[..., None]
    >>> kernel = np.array([[0, 1], [-1, 1]])[..., None]
    >>> conv2d_input_gradient(gradient, kernel)[..., 0].round(12) + 0
    array([[ 0. , -0.1, -0.3],
           [ 0.1,  0.3, -0.1],
           [-0.1, -0.1,  0.2]])
    """
    op = "conv2d_input_gradient"
    g, w = ranked(op, "the gradient", gradient, 2, 3), ranked(op, "the kernel", kernel, 2, 4)
    _check_filters(op, g, w)
    sliding = _sliding(op, (w.shape[0], w.shape[1]), stride, padding, dilation)
    inside = _smallest_image(sliding, g) if size is None else pair(op, "size", size)
    _check_positions(sliding, inside, g)
    wide = sliding.padded(inside)
    check_cells(op, "the padded image", *wide, *w.shape[2:-2])
    check_work(op, math.prod(g.shape[:2]) * math.prod(w.shape[:-1]))
    result = np.zeros((*wide, *w.shape[2:-2], same_variants(op, g, w)), dtype=np.result_type(g, w))
    # One array for the shares of all taps: a fresh one for each tap is up to four times slower.
    share = np.empty((*g.shape[:2], *result.shape[2:]), dtype=result.dtype)
    for tap in sliding.taps():
        _share(op, g, w[tap], share)
        result[sliding.below(tap, (g.shape[0], g.shape[1]))] += share
    return sliding.crop(result)


def correlation_matrix(gradient: Columns, size: Side) -> Array:
    """Return the matrix M with M vec(X) = vec(dL/dW), vec row by row, for stride 1 and no padding.

    gradient: (height', width', n), dL/dZ
    size: the image's side or (height, width)
    result: (rows * columns of the kernel, height * width of the image, n)

    Row (u, v) holds dL/dZ[i, j] in column (i + u, j + v): `conv2d_filter_gradient` as a matrix.

    Raises ValueError if the gradient is larger than the image or the matrix is too large.

    >>> gradient = np.array([[-0.1, -0.3], [0.1, 0.2]])[..., None]
    >>> correlation_matrix(gradient, 3)[0, :, 0]
    array([-0.1, -0.3,  0. ,  0.1,  0.2,  0. ,  0. ,  0. ,  0. ])
    """
    op = "correlation_matrix"
    return _placements(op, ranked(op, "the gradient", gradient, 2), pair(op, "size", size), "gradient")


def transposed_convolution_matrix(kernel: Columns, size: Side) -> Array:
    """Return the matrix M with M vec(dL/dZ) = vec(dL/dX), vec row by row, for stride 1 and no padding.

    kernel: (rows, columns, n)
    size: the image's side or (height, width)
    result: (height * width of the image, height' * width' of the map, n)

    Column (i, j) holds W[u, v] in row (i + u, j + v): the transpose of the matrix of the convolution
    (Dumoulin and Visin 2016, A guide to convolution arithmetic, section 4.1).

    Raises ValueError if the kernel is larger than the image or the matrix is too large.

    >>> kernel = np.array([[0, 1], [-1, 1]])[..., None]
    >>> transposed_convolution_matrix(kernel, 3)[4, :, 0]
    array([ 1, -1,  1,  0])
    """
    op = "transposed_convolution_matrix"
    return _placements(op, ranked(op, "the kernel", kernel, 2), pair(op, "size", size), "kernel", turned=True)


def _share(op: str, gradient: Array, tap: Array, out: Array) -> None:
    """Write what each cell of the gradient passes back through one tap of the kernel."""
    if tap.ndim == 1:
        np.multiply(gradient, tap, out=out)
    else:
        out[...] = contract(op, "ijkn,ckn->ijcn", gradient, tap)


def _placements(op: str, stamp: Array, size: Pair, name: str, turned: bool = False) -> Array:
    """Return one row per position of the stamp: an image of this size, row by row, with the stamp there.

    turned: one column per position instead
    """
    sliding = Sliding(op, (stamp.shape[0], stamp.shape[1]), (1, 1))
    rows, cols = sliding.positions(size, name)
    check_cells(op, "the matrix", rows, cols, *size)
    above, below = (size, (rows, cols)) if turned else ((rows, cols), size)
    placed = np.zeros((*above, *below, stamp.shape[-1]), dtype=stamp.dtype)
    images = placed.transpose(2, 3, 0, 1, 4) if turned else placed
    for i in range(rows):
        for j in range(cols):
            images[i, j, i : i + stamp.shape[0], j : j + stamp.shape[1]] = stamp
    return placed.reshape(math.prod(above), math.prod(below), -1)


def _sliding(op: str, window: Pair, stride: Side, padding: Side, dilation: Side) -> Sliding:
    return Sliding(
        op,
        window,
        pair(op, "stride", stride),
        pair(op, "padding", padding, least=0),
        pair(op, "dilation", dilation),
    )


def _image_and_kernel(op: str, image: Columns, kernel: Columns) -> tuple[Array, Array]:
    x, w = ranked(op, "the image", image, 2, 3), ranked(op, "the kernel", kernel, 2, 4)
    if (x.ndim == 3) != (w.ndim == 3):
        raise ValueError(f"{op}: {shape_text(x)} as image does not go with {shape_text(w)} as kernel")
    if x.ndim == 4 and x.shape[2] != w.shape[2]:
        raise ValueError(f"{op}: the image has {x.shape[2]} channels, the kernel {w.shape[2]}")
    x, w = alike(x, w)
    return x, w


def _check_same_rank(op: str, image: Array, other: Array, name: str) -> None:
    if image.ndim != other.ndim:
        raise ValueError(f"{op}: {shape_text(image)} as image does not go with {shape_text(other)} as {name}")


def _check_filters(op: str, gradient: Array, kernel: Array) -> None:
    if (gradient.ndim == 3) != (kernel.ndim == 3):
        raise ValueError(f"{op}: {shape_text(gradient)} as gradient does not go with {shape_text(kernel)} as kernel")
    if gradient.ndim == 4 and gradient.shape[2] != kernel.shape[3]:
        raise ValueError(f"{op}: the gradient has {gradient.shape[2]} channels, the kernel {kernel.shape[3]} filters")


def _check_positions(sliding: Sliding, size: Pair, gradient: Array) -> None:
    positions = sliding.positions(size)
    if positions != gradient.shape[:2]:
        raise ValueError(
            f"{sliding.op}: a {sliding.window[0]}x{sliding.window[1]} kernel turns a {size[0]}x{size[1]} "
            f"image into {positions[0]}x{positions[1]}, not into the gradient's {side_text(gradient)}"
        )


def _largest_kernel(sliding: Sliding, image: Array, gradient: Array) -> Pair:
    height, width = (
        (side - stride * (positions - 1) - 1) // dilation + 1
        for side, stride, positions, dilation in zip(
            sliding.padded((image.shape[0], image.shape[1])),
            sliding.stride,
            gradient.shape[:2],
            sliding.dilation,
            strict=True,
        )
    )
    if min(height, width) < 1:
        raise ValueError(f"{sliding.op}: no kernel turns {shape_text(image)} into the gradient's {side_text(gradient)}")
    return height, width


def _smallest_image(sliding: Sliding, gradient: Array) -> Pair:
    height, width = (
        stride * (positions - 1) + reach - 2 * padding
        for stride, positions, reach, padding in zip(
            sliding.stride, gradient.shape[:2], sliding.reach, sliding.padding, strict=True
        )
    )
    if min(height, width) < 1:
        raise ValueError(f"{sliding.op}: padding {pair_text(sliding.padding)} leaves no image")
    return height, width


def _biased(feature_map: Array, bias: Columns) -> Array:
    if isinstance(bias, int) and bias == 0:
        return feature_map
    b = numbers(bias)
    if b.ndim > 1 and (b.ndim != feature_map.ndim - 2 or b.shape[:-1] != feature_map.shape[2:-1]):
        raise ValueError(f"conv2d: {shape_text(b)} as bias does not go with {shape_text(feature_map)} as feature map")
    same_variants("conv2d", feature_map, b)
    biased: Array = feature_map + b
    return biased
