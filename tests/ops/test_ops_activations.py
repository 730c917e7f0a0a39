"""Activations against SciPy and finite differences."""

import numpy as np
from ops_finite_differences import check_gradient
from scipy import special

from quizgen.ops import (
    matmul,
    relu,
    relu_gradient,
    sigmoid,
    sigmoid_gradient,
    softmax,
    softmax_jacobian,
    total,
)

X = np.random.default_rng(5).normal(size=(4, 30)) * 3


def test_relu():
    x = np.array([-2, 0, 3])
    assert relu(x).tolist() == [0, 0, 3]
    assert relu_gradient(x).tolist() == [0, 0, 1]
    assert relu(x).dtype == relu_gradient(x).dtype == np.int64
    np.testing.assert_array_equal(relu(X), np.where(X > 0, X, 0))
    assert not np.signbit(relu(np.array([-0.0, -5.0]))).any()
    check_gradient(lambda v: total(relu(v)), X, relu_gradient(X))


def test_sigmoid():
    np.testing.assert_allclose(sigmoid(X), special.expit(X), rtol=4e-16)
    assert sigmoid(np.array([-np.inf, -800.0, 0.0, 800.0, np.inf])).tolist() == [0, 0, 0.5, 1, 1]
    check_gradient(lambda v: total(sigmoid(v)), X, sigmoid_gradient(X))
    s = special.expit(X)
    np.testing.assert_allclose(sigmoid_gradient(X), s * (1 - s), rtol=1e-12)


def test_softmax():
    np.testing.assert_allclose(softmax(X), special.softmax(X, axis=0), rtol=1e-14)
    np.testing.assert_allclose(softmax(X).sum(axis=0), 1, rtol=1e-15)
    assert softmax(np.array([[1e4], [0.0], [-1e4]]))[:, 0].tolist() == [1, 0, 0]
    np.testing.assert_allclose(softmax(X + 700), softmax(X), rtol=1e-12)


def test_softmax_jacobian():
    jacobian = softmax_jacobian(softmax(X))
    g = np.random.default_rng(6).normal(size=X.shape)
    check_gradient(lambda v: total(g * softmax(v)), X, matmul(jacobian, g))
    for n in range(X.shape[1]):
        p = special.softmax(X[:, n])
        np.testing.assert_allclose(jacobian[..., n], np.diag(p) - np.outer(p, p), rtol=1e-10, atol=1e-15)


def test_seed_000_task_3():
    p = softmax(np.array([[6.5], [-3.5], [9.9]]))[:, 0]
    np.testing.assert_allclose(p, [0.0322954, 1.46621e-06, 0.967703], rtol=3e-6)
