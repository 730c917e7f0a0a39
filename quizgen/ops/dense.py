"""The dense layer, its gradients and its step of gradient descent; products and transposes of matrices."""

import numpy as np

from quizgen.ops.arithmetic import contract
from quizgen.ops.columns import (
    Array,
    Columns,
    cell_by_cell,
    check_cells,
    numbers,
    ranked,
    same_shape,
    same_variants,
    shape_text,
    side_text,
)


@np.errstate(all="ignore")
def affine(weights: Columns, x: Columns, bias: Columns = 0) -> Array:
    """Return the logits W x + b of a dense layer.

    weights: (rows, columns, n); x: (columns, n); bias: (rows, n) or one number for all rows
    result: (rows, n)
    (Goodfellow, Bengio and Courville 2016, Deep Learning, section 6.1).

    Raises ValueError if the sizes do not go together.

    >>> affine(np.array([[1, 2], [3, 4]])[..., None], np.array([[1], [1]]), np.array([[0], [1]]))[:, 0]
    array([3, 8])
    """
    w, a = ranked("affine", "weights", weights, 2), ranked("affine", "x", x, 1)
    b = ranked("affine", "bias", bias, 0, 1)
    _check_inner("affine", w, a)
    if b.ndim == 2 and len(b) != len(w):
        raise ValueError(f"affine: {shape_text(w)} does not go with {shape_text(b)} as bias")
    same_variants("affine", w, a, b)
    logits: Array = contract("affine", "rcn,cn->rn", w, a) + b
    return logits


@np.errstate(all="ignore")
def affine_input_gradient(weights: Columns, gradient: Columns) -> Array:
    """Return dL/dx of a dense layer from its logits' gradient: the transpose of W times dL/dz.

    weights: (rows, columns, n); gradient: (rows, n)
    result: (columns, n)
    (Goodfellow, Bengio and Courville 2016, algorithm 6.4).

    Raises ValueError if the sizes do not go together.

    >>> affine_input_gradient(np.array([[1, 2], [3, 4]])[..., None], np.array([[1], [10]]))[:, 0]
    array([31, 42])
    """
    op = "affine_input_gradient"
    w, g = ranked(op, "weights", weights, 2), ranked(op, "gradient", gradient, 1)
    _check_inner(op, w.swapaxes(0, 1), g)
    return contract(op, "rcn,rn->cn", w, g)


@np.errstate(all="ignore")
def outer(a: Columns, b: Columns) -> Array:
    """Return the outer product of two vectors: of dL/dz and x it is dL/dW of a dense layer.

    a: (rows, n); b: (columns, n)
    result: (rows, columns, n), a_r b_c
    (Goodfellow, Bengio and Courville 2016, algorithm 6.4).

    >>> outer(np.array([[1], [2]]), np.array([[3], [4]]))[..., 0]
    array([[3, 4],
           [6, 8]])
    """
    x, y = ranked("outer", "a", a, 1), ranked("outer", "b", b, 1)
    check_cells("outer", "the matrix", len(x), len(y))
    same_variants("outer", x, y)
    product: Array = x[:, None] * y[None, :]
    return product


@np.errstate(all="ignore")
def matmul(a: Columns, b: Columns) -> Array:
    """Return the matrix product of two matrices, or of a matrix and a vector.

    a: (rows, inner, n); b: (inner, columns, n) or (inner, n)
    result: (rows, columns, n) or (rows, n), the sum over k of a_rk b_kc

    Raises ValueError if the sizes do not go together.

    >>> matmul(np.array([[1, 2], [3, 4]])[..., None], np.array([[0, 1], [1, 0]])[..., None])[..., 0]
    array([[2, 1],
           [4, 3]])
    """
    x, y = ranked("matmul", "a", a, 2), ranked("matmul", "b", b, 1, 2)
    _check_inner("matmul", x, y)
    check_cells("matmul", "the product", x.shape[0], *y.shape[1:-1])
    return contract("matmul", "rkn,kn->rn" if y.ndim == 2 else "rkn,kcn->rcn", x, y)


def transpose(matrix: Columns) -> Array:
    """Return the transpose of a matrix: (rows, columns, n) becomes (columns, rows, n).

    >>> transpose(np.array([[1, 2]])[..., None])[..., 0]
    array([[1],
           [2]])
    """
    return ranked("transpose", "the matrix", matrix, 2).swapaxes(0, 1)


@np.errstate(all="ignore")
def sgd_step(weights: Columns, gradient: Columns, rate: Columns) -> Array:
    """Return the weights after one step of gradient descent: W - rate * dL/dW.

    weights: any shape with the variant last; gradient: the same shape; rate: the learning rate (n,)
    (Goodfellow, Bengio and Courville 2016, algorithm 8.1).

    Raises ValueError if the shapes differ.

    >>> sgd_step(np.array([2.0]), np.array([5.0]), 0.1)
    array([1.5])
    """
    w, g = numbers(weights), numbers(gradient)
    step = ranked("sgd_step", "the rate", rate, 0)
    same_shape("sgd_step", w, g)
    cell_by_cell("sgd_step", w, g, step)
    change = np.asarray(step * g)
    fits = change.dtype == np.float64 and change.shape[-1] >= w.shape[-1]
    updated: Array = np.subtract(w, change, out=change if fits else None)  # a fresh one would cost as much again
    return updated


def _check_inner(op: str, matrix: Array, other: Array) -> None:
    if matrix.shape[1] != other.shape[0]:
        raise ValueError(f"{op}: a {side_text(matrix)} matrix does not go with {shape_text(other)}")
