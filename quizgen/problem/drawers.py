"""What an author may draw: `integers`, `decimals`, `choice`, each as a table of equally likely values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from quizgen.errors import QuizgenError
from quizgen.ops import Op

_EXACT = 2**53
MAX_CELLS = 4_096  # numbers that one draw may ask for
MAX_VALUES = 1 << 20  # different values that one number may take


@dataclass(frozen=True)
class Drawer:
    """Equally likely values, as an array, and the shape of what is drawn."""

    values: np.ndarray
    shape: tuple[int, ...]

    @property
    def cells(self) -> int:
        """How many numbers one variant takes."""
        return math.prod(self.shape)

    @property
    def space(self) -> int:
        """How many different things can be drawn."""
        result: int = len(self.values) ** self.cells
        return result

    @property
    def whole(self) -> bool:
        """Whether it draws whole numbers."""
        return self.values.dtype.kind == "i"


def integers(low: int, high: int, shape: Any = (), without: Any = ()) -> Drawer:
    """Whole numbers from low to high, both included, except those in `without`.

    >>> integers(-1, 2, without=0).values
    array([-1,  1,  2])
    """
    return _steps(low, high, Fraction(1), shape, without)


def decimals(low: float, high: float, step: float, shape: Any = (), without: Any = ()) -> Drawer:
    """Whole multiples of a decimal step: counted in steps, divided once, so that 3 steps of 0.1 are 0.3.

    >>> decimals(0.1, 0.4, step=0.1).values
    array([0.1, 0.2, 0.3, 0.4])
    """
    return _steps(low, high, _fraction(step), shape, without)


def choice(*options: Any) -> Drawer:
    """One of the texts or numbers given.

    >>> choice("A", "B").values
    array(['A', 'B'], dtype='<U1')
    """
    if any(isinstance(option, tuple) for option in options) or not options:
        raise QuizgenError("choice(...) needs options, each one text or one number")
    if len(set(options)) < len(options):
        raise QuizgenError("choice(...) names the same option twice", hint="Name each option once.")
    if len({isinstance(option, str) for option in options}) != 1:
        raise QuizgenError("choice(...) needs options, all texts or all numbers")
    return Drawer(np.array(options), ())


def _steps(low: float, high: float, step: Fraction, shape: Any, without: Any) -> Drawer:
    """Multiples of a step between two bounds that are multiples themselves."""
    sizes = tuple(shape) if isinstance(shape, tuple) else (shape,)
    if any(not isinstance(size, int) or size < 1 for size in sizes):
        raise QuizgenError(f"shape={shape} is not a shape", hint="Write whole numbers from 1, as in shape=(3, 3).")
    if math.prod(sizes) > MAX_CELLS:
        raise QuizgenError(f"shape={shape} asks for {math.prod(sizes):,} numbers; the limit is {MAX_CELLS:,}")
    if step <= 0:
        raise QuizgenError("the step must be larger than 0")
    first, last = _fraction(low) / step, _fraction(high) / step
    if first.denominator != 1 or last.denominator != 1:
        raise QuizgenError(
            f"the bounds {low} and {high} are not whole steps of {float(step):g}",
            hint="Write, for example, decimals(0, 0.9, step=0.3).",
        )
    if max(abs(first * step.numerator), abs(last * step.numerator)) > _EXACT:
        raise QuizgenError(f"{low} to {high} holds numbers beyond 2^53, which cannot be told apart")
    if last < first:
        raise QuizgenError(f"there is no value from {low} to {high}", hint=f"Did you mean {high} to {low}?")
    if last - first >= MAX_VALUES:
        raise QuizgenError(
            f"from {low} to {high} there are {int(last - first + 1):,} values; the limit is {MAX_VALUES:,}"
        )
    out = {_fraction(value) / step for value in (without if isinstance(without, tuple) else (without,))}
    counts = np.array([k for k in range(int(first), int(last) + 1) if k not in out], dtype=np.int64)
    if not len(counts):
        raise QuizgenError("`without` leaves nothing to draw")
    values = counts * step.numerator
    return Drawer(values if step.denominator == 1 else values / step.denominator, sizes)


def _fraction(number: Any) -> Fraction:
    """The decimal number that a person wrote, exactly."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise QuizgenError(f"a number is needed where '{number}' stands")
    return Fraction(Decimal(repr(number)))


DRAWERS: Mapping[str, Op] = {
    op.name: op
    for op in (
        Op("integers", integers, frozenset({"low", "high", "shape", "without"})),
        Op("decimals", decimals, frozenset({"low", "high", "step", "shape", "without"})),
        Op("choice", choice, frozenset({"options"})),
    )
}
