"""Pooling against loops, its gradient against finite differences."""

import numpy as np
import ops_slow_loops as slow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops_finite_differences import check_gradient

from quizgen.ops import conv2d, max_pool, max_pool_gradient, mean_pool, relu, total

N = 3
quick = settings(max_examples=80, deadline=None, database=None, derandomize=True)


@st.composite
def poolings(draw):
    """An image of small whole numbers (many ties), a window, a stride and a padding."""
    window = draw(st.integers(1, 3))
    padding = draw(st.integers(0, window - 1))
    height, width = (max(1, window - 2 * padding) + draw(st.integers(0, 4)) for _ in range(2))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return rng.integers(-3, 3, size=(height, width, N)), window, draw(st.integers(1, 4)), padding


@given(poolings())
@quick
def test_pooling_against_loops(pooling):
    x, window, stride, padding = pooling
    largest = max_pool(x, window, stride, padding)
    means = mean_pool(x, window, stride, padding)
    gradient = np.arange(largest.size).reshape(largest.shape) + 1
    back = max_pool_gradient(x, gradient, window, stride, padding)
    assert (largest.dtype, means.dtype, back.dtype) == (np.int64, np.float64, np.int64)
    for n in range(N):
        one = x[..., n]
        np.testing.assert_array_equal(largest[..., n], slow.max_pool(one, window, stride, padding))
        np.testing.assert_array_equal(means[..., n], slow.mean_pool(one, window, stride, padding))
        expected = slow.max_pool_gradient(one, gradient[..., n], window, stride, padding)
        np.testing.assert_array_equal(back[..., n], expected)


@given(poolings())
@quick
def test_channels_are_pooled_one_by_one(pooling):
    x, *sliding = pooling
    both = np.stack([x, 1 - x], axis=2)
    gradient = max_pool(both, *sliding)
    for op in (max_pool, mean_pool):
        np.testing.assert_array_equal(op(both, *sliding)[:, :, 1], op(1 - x, *sliding))
    np.testing.assert_array_equal(
        max_pool_gradient(both, gradient, *sliding)[:, :, 1],
        max_pool_gradient(1 - x, gradient[:, :, 1], *sliding),
    )


@pytest.mark.parametrize(("window", "stride", "padding"), [(2, 2, 0), (3, 1, 0), (3, 2, 1), (2, 3, 1)])
def test_gradient_against_finite_differences(window, stride, padding):
    rng = np.random.default_rng(4)
    x = rng.permutation(6 * 5 * N).reshape(6, 5, N) / 7  # no ties: there the gradient is a convention
    g = rng.normal(size=max_pool(x, window, stride, padding).shape)
    back = max_pool_gradient(x, g, window, stride, padding)
    check_gradient(lambda v: total(g * max_pool(v, window, stride, padding)), x, back)


def test_windows_may_be_oblong():
    x = np.arange(24).reshape(4, 6, 1)
    assert max_pool(x, (2, 3))[..., 0].tolist() == [[8, 11], [20, 23]]
    assert max_pool(x, (2, 3), stride=(2, 1)).shape == (2, 4, 1)


def test_padding_never_wins():
    assert max_pool(np.full((2, 2, 1), -7), 2, padding=1)[..., 0].tolist() == [[-7, -7], [-7, -7]]
    assert max_pool(np.full((1, 1, 1), -np.inf), 2, 1, 1).tolist() == np.full((2, 2, 1), -np.inf).tolist()


def test_the_first_of_equals_gets_the_gradient():
    x = np.zeros((3, 3, 1), dtype=int)
    g = np.array([[1, 10], [100, 1000]])[..., None]
    assert max_pool_gradient(x, g, 2, 1)[..., 0].tolist() == [[1, 10, 0], [100, 1000, 0], [0, 0, 0]]


def test_overlapping_windows_add_up():
    x = np.array([[0, 0, 0], [0, 5, 0], [0, 0, 0]])[..., None]
    g = np.array([[1, 10], [100, 1000]])[..., None]
    assert max_pool_gradient(x, g, 2, 1)[1, 1, 0] == 1111


def test_seed_003():
    """7x7 -> 3x3 kernel -> ReLU -> 3x3 max pooling, stride 2; the gradient goes to the first maximum."""
    x = np.zeros((7, 7, 1))
    x[:, 3] = 1
    w = np.array([[0.2, 0.1, 0.3], [0.1, 0.2, 0.4], [0.3, 0.4, 0.1]])[..., None]
    c = relu(conv2d(x, w))
    np.testing.assert_allclose(c[0, :, 0], [0, 0.8, 0.7, 0.6, 0], atol=1e-15)
    c = c.round(12)
    np.testing.assert_allclose(max_pool(c, 3, 2)[..., 0], [[0.8, 0.7], [0.8, 0.7]])
    dp = np.array([[-0.0731729, -0.0365864], [-0.109759, -0.146346]])[..., None]
    expected = np.zeros((5, 5))
    expected[[0, 0, 2, 2], [1, 2, 1, 2]] = dp.ravel()
    np.testing.assert_array_equal(max_pool_gradient(c, dp, 3, 2)[..., 0], expected)
