"""Losses and their gradients. The natural logarithm throughout; 0 ln 0 is 0, and ln 0 alone gives inf."""

import numpy as np

from quizgen.ops.arithmetic import elementary, fold
from quizgen.ops.columns import Array, Columns, numbers, ranked, reals, same_shape


@np.errstate(all="ignore")
def cross_entropy(p: Columns, target: Columns) -> Array:
    """Return the cross-entropy - sum over i of t_i ln p_i: (n,).

    p: (classes, n), probabilities; target: (classes, n), one-hot
    (Goodfellow, Bengio and Courville 2016, Deep Learning, equation 3.51).

    Raises ValueError if the shapes differ.

    >>> cross_entropy(np.array([[0.2], [0.8]]), np.array([[0], [1]])).round(4)
    array([0.2231])
    """
    q, t = _vectors("cross_entropy", p, target)
    return -fold(np.add, _weighted_ln(t, q))


@np.errstate(all="ignore")
def cross_entropy_gradient(p: Columns, target: Columns) -> Array:
    """Return dL/dz of the cross-entropy behind a softmax with respect to the logits: p - t.

    p: (classes, n), the softmax's output; target: (classes, n), one-hot
    result: (classes, n)
    (Bishop 2006, Pattern recognition and machine learning, equation 4.109).

    Raises ValueError if the shapes differ.

    >>> cross_entropy_gradient(np.array([[0.25], [0.75]]), np.array([[0], [1]]))[:, 0]
    array([ 0.25, -0.25])
    """
    q, t = _vectors("cross_entropy_gradient", p, target)
    gradient: Array = q - t
    return gradient


@np.errstate(all="ignore")
def binary_cross_entropy(p: Columns, y: Columns) -> Array:
    """Return the binary cross-entropy - y ln p - (1 - y) ln(1 - p), cell by cell.

    p: (n,) or any shape with the variant last, probabilities of class 1; y: the same shape, 0 or 1
    (Bishop 2006, equation 4.90).

    Raises ValueError if the shapes differ.

    >>> binary_cross_entropy(np.array([0.634136]), 1).round(4)
    array([0.4555])
    """
    q, t = reals(p), reals(y)
    same_shape("binary_cross_entropy", q, t)
    loss: Array = -(_weighted_ln(t, q) + _weighted_ln(1 - t, 1 - q))
    return loss


@np.errstate(all="ignore")
def binary_cross_entropy_gradient(p: Columns, y: Columns) -> Array:
    """Return dL/dp of the binary cross-entropy, (p - y) / (p (1 - p)), cell by cell.

    p: (n,) or any shape with the variant last, probabilities of class 1; y: the same shape, 0 or 1

    Raises ValueError if the shapes differ.

    >>> binary_cross_entropy_gradient(np.array([0.5]), 1)
    array([-2.])
    """
    q, t = reals(p), reals(y)
    same_shape("binary_cross_entropy_gradient", q, t)
    gradient: Array = (q - t) / (q * (1 - q))
    return gradient


@np.errstate(all="ignore")
def squared_error(a: Columns, y: Columns) -> Array:
    """Return the squared error, the sum over all cells of (a - y)^2: (n,).

    a: any shape with the variant last; y: the same shape

    Raises ValueError if the shapes differ.

    >>> squared_error(np.array([[1], [2]]), np.array([[3], [5]]))
    array([13])
    """
    x, t = numbers(a), numbers(y)
    same_shape("squared_error", x, t)
    return fold(np.add, (x - t) * (x - t))


@np.errstate(all="ignore")
def squared_error_gradient(a: Columns, y: Columns) -> Array:
    """Return dL/da of the squared error, 2 (a - y), cell by cell.

    a: any shape with the variant last; y: the same shape

    Raises ValueError if the shapes differ.

    >>> squared_error_gradient(np.array([[1], [2]]), np.array([[3], [5]]))[:, 0]
    array([-4, -6])
    """
    x, t = numbers(a), numbers(y)
    same_shape("squared_error_gradient", x, t)
    gradient: Array = 2 * (x - t)
    return gradient


def _vectors(op: str, p: Columns, target: Columns) -> tuple[Array, Array]:
    q, t = reals(ranked(op, "p", p, 1)), ranked(op, "the target", target, 1)
    same_shape(op, q, t)
    return q, t


def _weighted_ln(weight: Array, x: Array) -> Array:
    return np.asarray(np.where(weight == 0, 0.0, weight * elementary(np.log, x)))
