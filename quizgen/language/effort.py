"""How much work a formula is for somebody with pencil and paper: products and additions that have to be done.

A product with a factor 0, 1 or -1, and a sum with a 0, costs nothing. Every op says in its table how it is counted.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import numpy as np

from quizgen.language.expr import Apply, Call, Constant, Expression, Node, Ref, Scope, spread
from quizgen.language.operators import BINARY
from quizgen.ops import Network

_SUMS = (BINARY[ast.Add], BINARY[ast.Sub])


def effort(formula: Expression, values: Mapping[str, Any], n: int) -> np.ndarray:
    """The operations that a formula takes in each of n columns, (n,).

    >>> from quizgen.language.expr import compile_expression
    >>> effort(compile_expression("a * b + 7"), {"a": np.array([5, 1, 5]), "b": np.array([3, 3, 0])}, 3)
    array([2., 1., 0.])
    """
    with np.errstate(all="ignore"):
        return _effort(formula.tree, Scope(values, n))


def _effort(node: Node, scope: Scope) -> np.ndarray:
    """A node's own operations and those of its parts."""
    above = [part for part in _computed(node) if not isinstance(part, Ref | Constant)]  # a name, a number takes none
    below = sum((_effort(part, scope) for part in above), np.zeros(scope.n))
    own = np.zeros(scope.n)
    if isinstance(node, Apply):
        own = _of_operator(node, scope)
    elif isinstance(node, Call):
        own = _of_op(node, scope)
    return np.asarray(below + own)


def _computed(node: Node) -> tuple[Node, ...]:
    """The parts that somebody has to compute: not the static arguments of an op."""
    if not isinstance(node, Call):
        return node.parts
    return tuple(part for part, static in zip(node.parts, node.static, strict=True) if not static)


def _of_operator(node: Apply, scope: Scope) -> np.ndarray:
    """An operator between two values, cell by cell."""
    sides = [part.value(scope) for part in node.parts]
    if any(isinstance(side, str | Network) for side in sides):
        return np.zeros(scope.n)
    if node.function is BINARY[ast.Mult]:
        return _cells(np.logical_and(*(_worth(side) for side in sides)), scope.n)
    if node.function in _SUMS:
        return _cells(np.logical_and(*(np.asarray(side) != 0 for side in sides)), scope.n)
    return _cells(np.ones_like(np.asarray(node.value(scope)), dtype=bool), scope.n)


def _of_op(node: Call, scope: Scope) -> np.ndarray:
    """A call, as its op declares it."""
    if node.op.work == "free":
        return np.zeros(scope.n)
    if node.op.work == "products":
        return _of_products(node, scope)
    counted = node.parts[0].value(scope) if node.op.work == "reads" else node.value(scope)
    if isinstance(counted, str | Network):
        return np.zeros(scope.n)
    return _cells(np.ones_like(np.asarray(spread(counted, scope.n)), dtype=bool), scope.n)


def _of_products(node: Call, scope: Scope) -> np.ndarray:
    """Sums of products of the first two arguments: the op itself counts them, on ones in place of numbers."""
    first, second = (np.asarray(part.value(scope)) for part in node.parts[:2])
    further = {name: value for name, value in node.named(scope).items() if name != "bias"}
    products = np.asarray(node.op.call(_worth(first).astype(int), _worth(second).astype(int), **further))
    terms = np.asarray(node.op.call((first != 0).astype(int), (second != 0).astype(int), **further))
    return np.asarray(_total(products, scope.n) + _total(np.maximum(terms - 1, 0), scope.n))


def _worth(value: Any) -> np.ndarray:
    """Where a factor costs a product."""
    return np.asarray((np.asarray(value) != 0) & (np.abs(value) != 1))


def _cells(mask: np.ndarray, n: int) -> np.ndarray:
    """How many cells a mask has in each column."""
    return _total(mask.astype(float), n)


def _total(numbers: np.ndarray, n: int) -> np.ndarray:
    """The sum of each column."""
    columns = np.asarray(spread(numbers, n), dtype=float)
    return np.asarray(columns.reshape(-1, n).sum(axis=0))
