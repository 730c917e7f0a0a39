"""The operators of the language: arithmetic on arrays that keeps to limits and says what does not go together."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from quizgen.ops import LIMIT, Network

MAX_EXPONENT = 64
_WHOLE_LIMIT = 2.0**62
_SIGN = 2.0**63
_REAL = np.dtype(float)

Binary = Callable[[Any, Any], Any]


def _checked(sign: str, function: Binary, texts: bool = False) -> Binary:
    """Wrap an operator on two values: numbers only (or two texts, to be compared), of sizes that go together."""

    def apply(left: Any, right: Any) -> Any:
        if isinstance(left, Network) or isinstance(right, Network):
            raise ValueError(f"'{sign}' does not work on networks")
        a, b = np.asarray(left), np.asarray(right)
        if a.dtype is _REAL and b.dtype is _REAL and a.ndim < 2 and b.ndim < 2:  # as most are
            return function(left, right)
        kinds = {a.dtype.kind in "US", b.dtype.kind in "US"}
        if kinds != {False} and not (texts and len(kinds) == 1):
            raise ValueError(f"'{sign}' does not work on {'a number and a text' if len(kinds) == 2 else 'texts'}")
        _check_sizes(sign, a, b)
        result = function(left, right)
        if isinstance(result, np.ndarray | np.integer) and result.dtype.kind == "i":
            _check_whole(sign, function, a, b)
        return result

    return apply


def _check_sizes(sign: str, a: np.ndarray, b: np.ndarray) -> None:
    """Refuse arrays that do not go together, or make too many numbers together."""
    if a.ndim < 2 and b.ndim < 2:
        return
    try:
        alike = a.shape[:-1] == b.shape[:-1]  # as most are
        sides = a.shape[:-1] if alike else np.broadcast_shapes(a.shape[:-1], b.shape[:-1])
    except ValueError:
        raise ValueError(f"'{sign}' does not work on {_sized(a)} and {_sized(b)}") from None
    cells = math.prod(sides)
    if cells > LIMIT:
        raise ValueError(f"'{sign}' would make {cells:,} numbers per variant; the limit is {LIMIT:,}")


def _check_whole(sign: str, function: Binary, a: np.ndarray, b: np.ndarray) -> None:
    """Refuse whole numbers that grow beyond what can be held exactly."""
    if sign in _GROWING and _GROWING[sign](_farthest(a), _farthest(b)) <= _WHOLE_LIMIT:
        return  # whatever the cells are; most are far from the limit
    if np.any(np.abs(function(a.astype(float), b.astype(float))) > _WHOLE_LIMIT):
        raise ValueError(f"'{sign}' makes a whole number that is too large to be exact")


_GROWING: Mapping[str, Callable[[float, float], float]] = {"+": operator.add, "-": operator.add, "*": operator.mul}


def _farthest(array: np.ndarray) -> float:
    """The largest distance of a number in an array from 0."""
    if not array.size:
        return 0.0
    if array.dtype == np.int64:
        largest = float(array.view(np.uint64).max())  # as if there were no signs: a negative number is beyond 2**63
        if largest < _SIGN:
            return largest
    return max(abs(float(array.max())), abs(float(array.min())))


def _sized(array: np.ndarray) -> str:
    """Name an array by its size, without the variant axis."""
    sides = "x".join(map(str, array.shape[:-1]))
    return {1: "a number", 2: f"a vector of {sides}", 3: f"a {sides} matrix"}.get(array.ndim, f"a {sides} array")


def _power(base: Any, exponent: Any) -> Any:
    """Raise to a power; a negative exponent makes a real number, one beyond MAX_EXPONENT none."""
    size = np.abs(exponent)
    if np.all((np.asarray(exponent) >= 0) & (size <= MAX_EXPONENT)):
        return np.power(base, exponent)
    return np.where(size <= MAX_EXPONENT, np.power(base * 1.0, exponent), np.nan)


def _numbers(sign: str, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Wrap an operator on one number or array of numbers."""

    def apply(value: Any) -> Any:
        if isinstance(value, Network) or np.asarray(value).dtype.kind in "US":
            raise ValueError(f"'{sign}' works on numbers only")
        return function(value)

    return apply


BINARY: Mapping[type[ast.operator], Binary] = {
    ast.Add: _checked("+", np.add),
    ast.Sub: _checked("-", np.subtract),
    ast.Mult: _checked("*", np.multiply),
    ast.Div: _checked("/", np.true_divide),
    ast.FloorDiv: _checked("//", np.floor_divide),
    ast.Mod: _checked("%", np.mod),
    ast.Pow: _checked("**", _power),
}
UNARY: Mapping[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: _numbers("-", np.negative),
    ast.UAdd: _numbers("+", np.positive),
    ast.Not: _numbers("not", np.logical_not),
}
LOGIC: Mapping[type[ast.boolop], Binary] = {
    ast.And: _checked("and", np.logical_and),
    ast.Or: _checked("or", np.logical_or),
}
COMPARE: Mapping[type[ast.cmpop], Binary] = {
    ast.Lt: _checked("<", operator.lt),
    ast.LtE: _checked("<=", operator.le),
    ast.Gt: _checked(">", operator.gt),
    ast.GtE: _checked(">=", operator.ge),
    ast.Eq: _checked("==", operator.eq, texts=True),
    ast.NotEq: _checked("!=", operator.ne, texts=True),
}
