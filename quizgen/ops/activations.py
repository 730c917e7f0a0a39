"""Activations and their derivatives, cell by cell; softmax over a vector."""

import numpy as np

from quizgen.ops.arithmetic import elementary, fold, unsigned_zeros
from quizgen.ops.columns import Array, Columns, check_cells, numbers, ranked, reals


def relu(x: Columns) -> Array:
    """Return max(x, 0), cell by cell; whole numbers stay whole.

    x: any shape with the variant last
    (Nair and Hinton 2010, Rectified linear units improve restricted Boltzmann machines).

    >>> relu(np.array([[-3], [2]]))[:, 0]
    array([0, 2])
    """
    array = numbers(x)
    return unsigned_zeros(np.asarray(np.maximum(array, array.dtype.type(0))))


def relu_gradient(x: Columns) -> Array:
    """Return the derivative of ReLU, cell by cell: 1 where x > 0, else 0 (also at 0, by convention).

    x: any shape with the variant last, the input of the ReLU

    >>> relu_gradient(np.array([[-3], [0], [2]]))[:, 0]
    array([0, 0, 1])
    """
    array = numbers(x)
    return (array > 0).astype(array.dtype)


@np.errstate(all="ignore")
def sigmoid(x: Columns) -> Array:
    """Return the logistic sigmoid 1 / (1 + exp(-x)), cell by cell, as float64.

    x: any shape with the variant last; exp(-|x|) is used, so nothing overflows
    (Goodfellow, Bengio and Courville 2016, Deep Learning, equation 3.30).

    >>> sigmoid(np.array([0, 2, -1000])).round(4)
    array([0.5   , 0.8808, 0.    ])
    """
    array = reals(x)
    small = elementary(np.exp, -np.abs(array))
    return np.asarray(np.where(array >= 0, 1.0, small) / (1.0 + small))


@np.errstate(all="ignore")
def sigmoid_gradient(x: Columns) -> Array:
    """Return the derivative of the sigmoid, s(x) (1 - s(x)), cell by cell, as float64.

    x: any shape with the variant last, the input of the sigmoid (not its output)

    >>> sigmoid_gradient(0)
    array([0.25])
    """
    array = reals(x)
    slope: Array = sigmoid(array) * sigmoid(-array)
    return slope


@np.errstate(all="ignore")
def softmax(logits: Columns) -> Array:
    """Return the softmax of a vector as float64.

    logits: (classes, n)
    result: (classes, n), each column adds up to 1

    p_i = exp(z_i - m) / sum over j of exp(z_j - m), m the largest logit
    (Goodfellow, Bengio and Courville 2016, equation 6.29).

    >>> softmax(np.array([[6.5], [-3.5], [9.9]]))[:, 0].round(4)
    array([0.0323, 0.    , 0.9677])
    """
    z = reals(ranked("softmax", "logits", logits, 1))
    powers = elementary(np.exp, z - fold(np.maximum, z))
    p: Array = powers / fold(np.add, powers)
    return p


@np.errstate(all="ignore")
def softmax_jacobian(p: Columns) -> Array:
    """Return dp/dz of the softmax from its output p.

    p: (classes, n), probabilities
    result: (classes, classes, n), row i and column j hold dp_i / dz_j

    dp_i / dz_j = p_i ([i = j] - p_j)
    (Bishop 2006, Pattern recognition and machine learning, equation 4.106).

    >>> softmax_jacobian(np.array([[0.25], [0.75]]))[..., 0]
    array([[ 0.1875, -0.1875],
           [-0.1875,  0.1875]])
    """
    q = reals(ranked("softmax_jacobian", "p", p, 1))
    check_cells("softmax_jacobian", "the matrix", len(q), len(q))
    same = np.eye(len(q))[..., None]
    jacobian: Array = q[:, None] * (same - q[None, :])
    return jacobian
