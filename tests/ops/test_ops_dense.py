"""The dense layer, shapes and positions against NumPy and plain loops."""

import numpy as np
import ops_slow_loops as slow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops_finite_differences import check_gradient

from quizgen.ops import (
    affine,
    affine_input_gradient,
    argmax,
    at,
    flatten,
    flip,
    join,
    matmul,
    one_hot,
    outer,
    pad,
    reshape,
    sgd_step,
    stack,
    total,
    transpose,
)

N = 3
RNG = np.random.default_rng(10)
W, V, B, G = (RNG.normal(size=(*shape, N)) for shape in ((3, 4), (4,), (3,), (3,)))
quick = settings(max_examples=60, deadline=None, database=None, derandomize=True)


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5))
@quick
def test_products_against_loops(rows, inner, cols):
    rng = np.random.default_rng([rows, inner, cols])
    a, b = (rng.integers(-9, 10, size=(*shape, N)) for shape in ((rows, inner), (inner, cols)))
    bias = rng.integers(-9, 10, size=(rows, N))
    for n in range(N):
        product = slow.matmul(a[..., n], b[..., n])
        np.testing.assert_array_equal(matmul(a, b)[..., n], product)
        np.testing.assert_array_equal(matmul(a, b[:, 0])[..., n], product[:, 0])
        np.testing.assert_array_equal(affine(a, b[:, 0], bias)[..., n], product[:, 0] + bias[:, n])
        np.testing.assert_array_equal(affine_input_gradient(a, bias)[..., n], a[..., n].T @ bias[:, n])
        np.testing.assert_array_equal(outer(a[:, 0], b[0])[..., n], np.outer(a[:, 0, n], b[0, :, n]))
        np.testing.assert_array_equal(transpose(a)[..., n], a[..., n].T)


def test_gradients_of_the_dense_layer():
    check_gradient(lambda w: total(G * affine(w, V, B)), W, outer(G, V))
    check_gradient(lambda v: total(G * affine(W, v, B)), V, affine_input_gradient(W, G))
    check_gradient(lambda b: total(G * affine(W, V, b)), B, G)


def test_sgd_step():
    np.testing.assert_allclose(sgd_step(W, 2 * W, 0.5), np.zeros_like(W), atol=1e-16)
    rate = np.array([0, 1, 2])
    assert sgd_step(np.full((2, 3), 5), np.full((2, 3), 2), rate).tolist() == [[5, 3, 1], [5, 3, 1]]


def test_seed_000_task_5b():
    w = np.array([[0, 1], [-1, 1]])[..., None]
    dw = np.array([[-0.8, 0.2], [0.5, -0.5]])[..., None]
    np.testing.assert_allclose(sgd_step(w, dw, 0.1)[..., 0], [[0.08, 0.98], [-1.05, 1.05]], rtol=1e-15)


@pytest.mark.parametrize("shape", [(), (4,), (2, 3), (2, 3, 4), (2, 2, 3, 2)])
def test_flatten_in_both_orders(shape):
    x = np.arange(np.prod(shape, dtype=int) * N).reshape(*shape, N)
    for n in range(N):
        assert flatten(x)[:, n].tolist() == x[..., n].ravel("C").tolist()
        assert flatten(x, "columns")[:, n].tolist() == x[..., n].ravel("F").tolist()


def test_reshape():
    x = np.arange(6 * N).reshape(2, 3, N)
    assert reshape(x, (3, 2))[..., 1].tolist() == x[..., 1].reshape(3, 2).tolist()
    np.testing.assert_array_equal(reshape(x, 6), flatten(x))
    np.testing.assert_array_equal(reshape(flatten(x), (2, 3)), x)


def test_flip():
    x = np.arange(2 * 3 * 4 * N).reshape(2, 3, 4, N)
    np.testing.assert_array_equal(flip(x), np.rot90(x, 2))
    np.testing.assert_array_equal(flip(x[:, :, 0]), np.rot90(x[:, :, 0], 2))
    np.testing.assert_array_equal(flip(x[:, 0, 0]), x[::-1, 0, 0])
    np.testing.assert_array_equal(flip(flip(x)), x)


@pytest.mark.parametrize("amount", [0, 1, 3, (2, 0), (1, 2)])
@pytest.mark.parametrize("mode", ["zeros", "edge"])
def test_pad(amount, mode):
    v, h = amount if isinstance(amount, tuple) else (amount, amount)
    x = np.arange(2 * 3 * 2 * N).reshape(2, 3, 2, N) + 1
    for image in (x, x[:, :, 0]):
        widths = [(v, v), (h, h)] + [(0, 0)] * (image.ndim - 2)
        expected = np.pad(image, widths, mode="constant" if mode == "zeros" else "edge")
        np.testing.assert_array_equal(pad(image, amount, mode), expected)


def test_one_hot_and_argmax():
    labels = np.array([3, 1, 2])
    assert one_hot(labels, 3).tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    np.testing.assert_array_equal(argmax(one_hot(labels, 4)), labels)
    assert argmax(np.array([[1, 2], [1, 2], [0, 2]])).tolist() == [1, 1]


def test_at():
    v = np.arange(12).reshape(4, 3)
    assert at(v, 2).tolist() == [3, 4, 5]
    assert at(v, np.array([1, 2, 4])).tolist() == [0, 4, 11]
    assert at(v, (4, 1)).tolist() == [[9, 10, 11], [0, 1, 2]]
    assert at(v, np.array([[1, 2, 3], [4, 4, 4]])).tolist() == [[0, 4, 8], [9, 10, 11]]
    assert at(v[:, :1], np.array([1, 3])).tolist() == [0, 6]
    assert at(v, np.array([1.0, 2.0, 4.0])).tolist() == [0, 4, 11]


def test_stack_and_join():
    a, b = np.array([1, 2]), np.array([3, 4])
    assert stack(a, b, 9).tolist() == [[1, 2], [3, 4], [9, 9]]
    matrix = stack(stack(a, b), stack(b, a))
    assert matrix[..., 0].tolist() == [[1, 3], [3, 1]]
    assert stack(a, 0.5).tolist() == [[1.0, 2.0], [0.5, 0.5]]
    assert stack(a > 1, b > 1).dtype == bool
    assert join(stack(a, b), stack(9)).tolist() == [[1, 2], [3, 4], [9, 9]]
    assert join(stack(a), stack(0.5)).tolist() == [[1.0, 2.0], [0.5, 0.5]]
