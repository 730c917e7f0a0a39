"""How much work a formula is for somebody with pencil and paper: products and additions that have to be done.

A product with a factor 0, 1 or -1, and a sum with a 0, costs nothing. Every op says in its table how it is counted.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
        return _effort(formula.tree, _Scope(values, n))


@dataclass
class _Scope(Scope):
    """Values of names, and those of the parts of a formula that were computed before."""

    found: dict[int, Any] = field(default_factory=dict)

    def value(self, node: Node) -> Any:
        """The value of a part of the formula, computed once."""
        if isinstance(node, Ref | Constant):
            return node.value(self)
        if id(node) not in self.found:
            computed = {id(part) for part in _computed(node)}
            parts = (_Found(self.value(part)) if id(part) in computed else part for part in node.parts)
            known = replace(node, parts=tuple(parts))  # type: ignore[type-var]  # every kind of node is a dataclass
            self.found[id(node)] = known.value(self)
        return self.found[id(node)]


@dataclass(frozen=True)
class _Found(Node):
    """A part of a formula whose value is known."""

    content: Any
    parts: tuple[Node, ...] = ()

    def value(self, scope: Scope) -> Any:  # noqa: ARG002  (nothing is looked up)
        """Give what was computed."""
        return self.content


def _effort(node: Node, scope: _Scope) -> np.ndarray:
    """A node's own operations and those of its parts."""
    above = [part for part in _computed(node) if not isinstance(part, Ref | Constant)]  # a name, a number takes none
    below = sum((_effort(part, scope) for part in above), np.zeros(scope.n))
    if isinstance(node, Apply):
        return np.asarray(below + _of_operator(node, scope))
    return np.asarray(below + _of_op(node, scope)) if isinstance(node, Call) else below


def _computed(node: Node) -> tuple[Node, ...]:
    """The parts that somebody has to compute: not the static arguments of an op."""
    if not isinstance(node, Call):
        return node.parts
    return tuple(part for part, static in zip(node.parts, node.static, strict=True) if not static)


def _of_operator(node: Apply, scope: _Scope) -> np.ndarray:
    """An operator between two values, cell by cell."""
    sides = [scope.value(part) for part in node.parts]
    if any(isinstance(side, str | Network) for side in sides):
        return np.zeros(scope.n)
    if node.function is BINARY[ast.Mult]:
        return _cells(np.logical_and(*(_worth(side) for side in sides)), scope.n)
    if node.function in _SUMS:
        return _cells(np.logical_and(*(np.asarray(side) != 0 for side in sides)), scope.n)
    return _cells(np.ones_like(np.asarray(scope.value(node)), dtype=bool), scope.n)


def _of_op(node: Call, scope: _Scope) -> np.ndarray:
    """A call, as its op declares it."""
    if node.op.work == "free":
        return np.zeros(scope.n)
    if node.op.work == "products":
        return _of_products(node, scope)
    counted = scope.value(node.parts[0] if node.op.work == "reads" else node)
    if isinstance(counted, str | Network):
        return np.zeros(scope.n)
    return _cells(np.ones_like(np.asarray(spread(counted, scope.n)), dtype=bool), scope.n)


def _of_products(node: Call, scope: _Scope) -> np.ndarray:
    """Sums of products of the first two arguments: the op itself counts them, on ones in place of numbers."""
    first, second = (np.asarray(scope.value(part)) for part in node.parts[:2])
    further = {name: value for name, value in node.named(scope).items() if name != "bias"}

    def counts(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return np.asarray(node.op.call(one.astype(float), other.astype(float), **further))

    additions = _total(np.maximum(counts(first != 0, second != 0) - 1, 0), scope.n)
    factors = _worth(first), _worth(second)
    if not all(factor.any() for factor in factors):  # an image of zeros and ones
        return additions
    return np.asarray(_total(counts(*factors), scope.n) + additions)


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
