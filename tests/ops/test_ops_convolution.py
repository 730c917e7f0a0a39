"""Convolution and its gradients against loops, SciPy, finite differences and the seeds."""

import numpy as np
import ops_slow_loops as slow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops_finite_differences import check_gradient
from scipy.signal import correlate2d

from quizgen.ops import (
    conv2d,
    conv2d_filter_gradient,
    conv2d_input_gradient,
    correlation_matrix,
    flatten,
    flip,
    matmul,
    total,
    transposed_convolution_matrix,
)

N = 3
quick = settings(max_examples=80, deadline=None, database=None, derandomize=True)


@st.composite
def layers(draw):
    """Sizes of a layer whose kernel fits: image, kernel, channels, filters, stride, padding, dilation."""
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    dilation, padding = draw(st.integers(1, 2)), draw(st.integers(0, 2))
    image = tuple(max(1, dilation * (f - 1) + 1 - 2 * padding) + draw(st.integers(0, 4)) for f in kernel)
    return (
        image,
        kernel,
        draw(st.integers(1, 3)),
        draw(st.integers(1, 3)),
        draw(st.integers(1, 3)),
        padding,
        dilation,
    )


def image_and_kernel(layer, seed=1, whole=True):
    image, kernel, channels, filters = layer[:4]
    rng = np.random.default_rng(seed)
    x = rng.integers(-4, 5, size=(*image, channels, N))
    w = rng.integers(-3, 4, size=(*kernel, channels, filters, N))
    return (x, w) if whole else (x + rng.normal(size=x.shape), w + rng.normal(size=w.shape))


@given(layers())
@quick
def test_conv2d_against_loops(layer):
    x, w = image_and_kernel(layer)
    stride, padding, dilation = layer[4:]
    b = np.arange(w.shape[3] * N).reshape(-1, N)
    fast = conv2d(x, w, stride, padding, dilation, b)
    assert fast.dtype == np.int64
    for n in range(N):
        np.testing.assert_array_equal(
            fast[..., n], slow.conv2d(x[..., n], w[..., n], stride, padding, dilation, b[:, n])
        )


@given(layers())
@quick
def test_without_channels_is_one_channel(layer):
    x, w = image_and_kernel(layer)
    sliding = layer[4:]
    x, w = x[:, :, :1], w[:, :, :1, :1]
    z = conv2d(x, w, *sliding)
    np.testing.assert_array_equal(conv2d(x[:, :, 0], w[:, :, 0, 0], *sliding), z[:, :, 0])
    np.testing.assert_array_equal(
        conv2d_filter_gradient(x[:, :, 0], z[:, :, 0], *sliding, size=w.shape[:2]),
        conv2d_filter_gradient(x, z, *sliding, size=w.shape[:2])[:, :, 0, 0],
    )
    np.testing.assert_array_equal(
        conv2d_input_gradient(z[:, :, 0], w[:, :, 0, 0], *sliding, size=x.shape[:2]),
        conv2d_input_gradient(z, w, *sliding, size=x.shape[:2])[:, :, 0],
    )


@given(layers())
@quick
def test_gradients_are_adjoint_to_the_convolution(layer):
    """<g, conv(x, w)> = <x, input gradient> = <w, filter gradient>, exactly, in whole numbers."""
    x, w = image_and_kernel(layer)
    z = conv2d(x, w, *layer[4:])
    g = np.random.default_rng(2).integers(-5, 6, size=z.shape)
    dw = conv2d_filter_gradient(x, g, *layer[4:], size=w.shape[:2])
    dx = conv2d_input_gradient(g, w, *layer[4:], size=x.shape[:2])
    assert dw.dtype == dx.dtype == np.int64
    assert (dw.shape, dx.shape) == (w.shape, x.shape)
    np.testing.assert_array_equal(total(g * z), total(x * dx))
    np.testing.assert_array_equal(total(g * z), total(w * dw))


@pytest.mark.parametrize(
    "layer",
    [
        ((4, 4), (3, 3), 1, 1, 1, 1, 1),
        ((5, 4), (2, 3), 2, 3, 2, 1, 1),
        ((6, 5), (2, 2), 2, 1, 3, 0, 2),
        ((3, 5), (3, 3), 1, 2, 2, 2, 2),
    ],
)
def test_gradients_against_finite_differences(layer):
    x, w = image_and_kernel(layer, whole=False)
    g = np.random.default_rng(3).normal(size=conv2d(x, w, *layer[4:]).shape)
    dx = conv2d_input_gradient(g, w, *layer[4:], size=x.shape[:2])
    dw = conv2d_filter_gradient(x, g, *layer[4:], size=w.shape[:2])
    check_gradient(lambda v: total(g * conv2d(v, w, *layer[4:])), x, dx)
    check_gradient(lambda v: total(g * conv2d(x, v, *layer[4:])), w, dw)


@given(layers())
@quick
def test_default_sizes(layer):
    """The default image is the smallest, the default kernel the largest, that give a map of this size."""
    x, w = image_and_kernel(layer)
    stride, padding, dilation = layer[4:]
    z = conv2d(x, w, *layer[4:])
    kernel = conv2d_filter_gradient(x, z, *layer[4:]).shape[:2]
    assert conv2d(x, np.ones((*kernel, *w.shape[2:])), *layer[4:]).shape == z.shape
    for axis in (0, 1):
        larger = [side + (axis == place) for place, side in enumerate(kernel)]
        with pytest.raises(ValueError, match=r"fit|kernel turns"):
            conv2d_filter_gradient(x, z, *layer[4:], size=tuple(larger))
    smallest = [
        stride * (positions - 1) + dilation * (side - 1) + 1 - 2 * padding
        for positions, side in zip(z.shape[:2], w.shape[:2], strict=True)
    ]
    if min(smallest) >= 1:
        assert list(conv2d_input_gradient(z, w, *layer[4:]).shape[:2]) == smallest


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 3), st.integers(1, 3))
@quick
def test_conv2d_against_scipy(height, width, rows, cols):
    rng = np.random.default_rng([height, width, rows, cols])
    x, w = rng.normal(size=(height, width, 1)), rng.normal(size=(rows, cols, 1))
    full = conv2d(x, w, padding=(rows - 1, cols - 1))[..., 0]
    np.testing.assert_allclose(full, correlate2d(x[..., 0], w[..., 0], "full"), rtol=1e-12, atol=1e-12)
    if rows <= height and cols <= width:
        valid = correlate2d(x[..., 0], w[..., 0], "valid")
        np.testing.assert_allclose(conv2d(x, w)[..., 0], valid, rtol=1e-12, atol=1e-12)
    if rows % 2 and cols % 2:
        same = conv2d(x, w, padding=(rows // 2, cols // 2))[..., 0]
        np.testing.assert_allclose(same, correlate2d(x[..., 0], w[..., 0], "same"), rtol=1e-12, atol=1e-12)


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 2), st.integers(0, 2))
@quick
def test_matrices_are_the_gradients(rows, cols, more_rows, more_cols):
    rng = np.random.default_rng([rows, cols, more_rows, more_cols])
    w = rng.integers(-4, 5, size=(rows, cols, N))
    g = rng.integers(-4, 5, size=(more_rows + 1, more_cols + 1, N))
    size = (rows + more_rows, cols + more_cols)
    x = rng.integers(-4, 5, size=(*size, N))
    np.testing.assert_array_equal(
        matmul(correlation_matrix(g, size), flatten(x)), flatten(conv2d_filter_gradient(x, g))
    )
    np.testing.assert_array_equal(
        matmul(transposed_convolution_matrix(w, size), flatten(g)), flatten(conv2d_input_gradient(g, w))
    )


def test_seed_000_task_2():
    x = np.array([[3, 2, 3, 4], [4, 0, 1, 4], [3, 1, 2, 3], [4, 3, 4, 4]])[..., None]
    w = np.array([[0, 1, -2], [0, 1, 0], [-1, 0, 2]])[..., None]
    assert conv2d(x, w, padding=1)[..., 0].tolist() == [
        [3, 0, 11, 3],
        [5, -3, 1, 6],
        [13, 3, 0, 3],
        [5, 0, 0, 7],
    ]
    assert conv2d(x, flip(w), padding=1)[..., 0].tolist() == [
        [7, -6, 4, 6], [5, -2, 1, 9], [7, 3, -4, 1], [3, 7, 3, 8],
    ]  # fmt: skip


def test_seed_000_task_5():
    x = np.array([[0, 4, 0], [4, 0, 3], [1, 4, 0]])[..., None]
    w = np.array([[0, 1], [-1, 1]])[..., None]
    g = np.array([[-0.1, -0.3], [0.1, 0.2]])[..., None]
    dw = [[-0.8, 0.2], [0.5, -0.5]]
    dx = [[0, -0.1, -0.3], [0.1, 0.3, -0.1], [-0.1, -0.1, 0.2]]
    m = [[-.1, -.3, 0, .1, .2, 0, 0, 0, 0], [0, -.1, -.3, 0, .1, .2, 0, 0, 0],
         [0, 0, 0, -.1, -.3, 0, .1, .2, 0], [0, 0, 0, 0, -.1, -.3, 0, .1, .2]]  # fmt: skip
    m_f = [[0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [-1, 0, 0, 0], [1, -1, 1, 0],
           [0, 1, 0, 1], [0, 0, -1, 0], [0, 0, 1, -1], [0, 0, 0, 1]]  # fmt: skip
    assert conv2d(x, w)[..., 0].tolist() == [[0, 3], [3, -1]]
    np.testing.assert_allclose(conv2d_filter_gradient(x, g)[..., 0], dw, atol=1e-15)
    np.testing.assert_allclose(conv2d_input_gradient(g, w)[..., 0], dx, atol=1e-15)
    assert correlation_matrix(g, 3)[..., 0].tolist() == m
    assert transposed_convolution_matrix(w, 3)[..., 0].tolist() == m_f
    np.testing.assert_allclose(np.array(m) @ x.ravel(), np.ravel(dw), atol=1e-15)
    np.testing.assert_allclose(np.array(m_f) @ g.ravel(), np.ravel(dx), atol=1e-15)


def test_seed_002():
    """A 2x2 kernel over 6x5 leaves 5x4; 48x64x10 under 3x3 with 20 filters leaves 46x62x20."""
    assert conv2d(np.ones((6, 5, 1)), np.ones((2, 2, 1))).shape == (5, 4, 1)
    assert conv2d(np.ones((48, 64, 10, 1)), np.ones((3, 3, 10, 3, 1))).shape == (46, 62, 3, 1)


def test_large_whole_numbers_stay_exact():
    x, w = np.full((2, 2, 1), 2**53 + 1), np.ones((2, 2, 1), dtype=int)
    assert conv2d(x, w).item() == 4 * (2**53 + 1)
