"""Losses against SciPy; their gradients against finite differences."""

import numpy as np
from ops_finite_differences import check_gradient
from scipy.special import xlogy

from quizgen.ops import (
    binary_cross_entropy,
    binary_cross_entropy_gradient,
    cross_entropy,
    cross_entropy_gradient,
    sigmoid,
    softmax,
    squared_error,
    squared_error_gradient,
)

RNG = np.random.default_rng(11)
Z = RNG.normal(size=(4, 30))
T = np.eye(4)[:, RNG.integers(0, 4, size=30)]
P, Y = RNG.uniform(0.05, 0.95, size=30), RNG.integers(0, 2, size=30)


def test_cross_entropy():
    p = softmax(Z)
    np.testing.assert_allclose(cross_entropy(p, T), -xlogy(T, p).sum(axis=0), rtol=1e-14)
    check_gradient(lambda z: cross_entropy(softmax(z), T), Z, cross_entropy_gradient(p, T))


def test_cross_entropy_at_the_edges():
    p = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert cross_entropy(p, np.array([[1], [0]])).tolist() == [0, np.inf]


def test_binary_cross_entropy():
    np.testing.assert_allclose(binary_cross_entropy(P, Y), -xlogy(Y, P) - xlogy(1 - Y, 1 - P), rtol=1e-14)
    check_gradient(lambda p: binary_cross_entropy(p, Y), P, binary_cross_entropy_gradient(P, Y))
    both = np.stack([1 - P, P])
    np.testing.assert_allclose(binary_cross_entropy(P, Y), cross_entropy(both, np.stack([1 - Y, Y])), rtol=1e-14)


def test_binary_cross_entropy_at_the_edges():
    p, y = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0, 1, 1, 0])
    assert binary_cross_entropy(p, y).tolist() == [0, np.inf, 0, np.inf]
    assert binary_cross_entropy_gradient(p[1:2], y[1:2]).tolist() == [-np.inf]


def test_squared_error():
    a = RNG.normal(size=(2, 3, 30))
    y = RNG.normal(size=(2, 3, 30))
    np.testing.assert_allclose(squared_error(a, y), ((a - y) ** 2).sum(axis=(0, 1)), rtol=1e-14)
    check_gradient(lambda v: squared_error(v, y), a, squared_error_gradient(a, y))


def test_seed_003():
    y_hat = sigmoid(np.array([0.55]))
    np.testing.assert_allclose(y_hat, [0.634136], rtol=1e-6)
    np.testing.assert_allclose(binary_cross_entropy(y_hat, 1), [0.455492], rtol=2e-6)
    np.testing.assert_allclose(binary_cross_entropy_gradient(y_hat, 1), [-1.57695], rtol=1e-5)


def test_seed_000_task_4():
    p = softmax(np.array([[6.5], [-3.5], [9.9]]))
    target = np.array([[0], [0], [1]])
    np.testing.assert_allclose(cross_entropy(p, target), [0.0328299], rtol=2e-6)
    np.testing.assert_allclose(cross_entropy_gradient(p, target)[:, 0], [0.0322954, 1.46621e-06, -0.0322969], rtol=2e-5)
