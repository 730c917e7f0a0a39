"""What an author may draw: `integers`, `decimals`, `choice`, each as a table of equally likely values.

`distinct` and `negative` draw by construction what a condition could only wait for: cells that are all different,
or of which so many are negative.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from quizgen.errors import QuizgenError
from quizgen.ops import Op

_EXACT = 2**53
MAX_CELLS = 4_096  # numbers that one draw may ask for
MAX_VALUES = 1 << 20  # different values that one number may take
MAX_DISTINCT = 1 << 10  # different values to take cells from that are all different
MAX_SIGNS = 1 << 18  # signs of all ways to choose the negative cells


@dataclass(frozen=True)
class Drawer:
    """Equally likely values, as an array, and the shape of what is drawn.

    `distinct`: no value twice. `negative`: so many cells are negative, wherever; `values` then holds each size with
    both signs, and `distinct` means the sizes.
    """

    values: np.ndarray
    shape: tuple[int, ...]
    distinct: bool = False
    negative: int | None = None

    @property
    def cells(self) -> int:
        """How many numbers one variant takes."""
        return math.prod(self.shape)

    @cached_property
    def choices(self) -> tuple[int, ...]:
        """How many indices each random word can make: one word for each cell, one more for the signs."""
        sizes = len(self._sizes)
        cells = tuple(sizes - cell if self.distinct else sizes for cell in range(self.cells))
        return cells if self.negative is None else (*cells, len(self._signs))

    @property
    def space(self) -> int:
        """How many different things can be drawn."""
        return math.prod(self.choices)

    def drawn(self, indices: np.ndarray) -> np.ndarray:
        """What indices, one for each of `choices`, stand for: (choices, n) -> the shape with n columns.

        >>> integers(1, 3, shape=2, distinct=True).drawn(np.array([[0, 2], [0, 1]]))
        array([[1., 3.],
               [3., 2.]])
        """
        taken = indices[: self.cells]
        cells: np.ndarray = self._sizes[_without_repetition(taken, len(self._sizes)) if self.distinct else taken]
        if self.negative is not None:
            cells *= self._signs[indices[self.cells]].T
        return cells.reshape(*self.shape, indices.shape[1])

    @cached_property
    def _sizes(self) -> np.ndarray:
        """What a cell is taken from, before it gets its sign: numbers as doubles, exact to 2^53; texts as texts."""
        sizes: np.ndarray = self.values if self.negative is None else self.values[self.values > 0]
        return sizes if sizes.dtype.kind == "U" else sizes.astype(float)

    @cached_property
    def _signs(self) -> np.ndarray:
        """Every way to put so many minus signs on the cells: 1 and -1, (ways, cells)."""
        places = np.array([*combinations(range(self.cells), self.negative or 0)], dtype=np.intp)
        signs = np.ones((len(places), self.cells))
        np.put_along_axis(signs, places, -1, axis=1)
        return signs

    @property
    def whole(self) -> bool:
        """Whether it draws whole numbers."""
        return self.values.dtype.kind == "i"


def integers(
    low: int, high: int, shape: Any = (), without: Any = (), distinct: bool = False, negative: int | None = None
) -> Drawer:
    """Whole numbers from low to high, both included, except those in `without`.

    `distinct`: all cells are different. `negative`: exactly so many cells are negative, at places drawn with them.

    >>> integers(-1, 2, without=0).values
    array([-1,  1,  2])
    """
    return _arranged(_steps(low, high, Fraction(1), shape, without), distinct, negative)


def decimals(
    low: float,
    high: float,
    step: float,
    shape: Any = (),
    without: Any = (),
    distinct: bool = False,
    negative: int | None = None,
) -> Drawer:
    """Whole multiples of a decimal step: counted in steps, divided once, so that 3 steps of 0.1 are 0.3.

    `distinct` and `negative`: as in `integers`.

    >>> decimals(0.1, 0.4, step=0.1).values
    array([0.1, 0.2, 0.3, 0.4])
    """
    return _arranged(_steps(low, high, _fraction(step), shape, without), distinct, negative)


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


def _arranged(drawer: Drawer, distinct: Any, negative: Any) -> Drawer:
    """A drawer whose cells are all different, or of which so many are negative, as far as that is wanted."""
    if distinct not in (0, 1):  # as the language writes truth values
        raise QuizgenError(f"distinct={distinct} is neither True nor False")
    if negative is not None:
        _check_negative(drawer, negative)
    sizes = len(drawer.values) if negative is None else len(drawer.values) // 2
    if distinct and sizes > MAX_DISTINCT:
        raise QuizgenError(f"distinct cells are taken from {MAX_DISTINCT:,} values at most, not from {sizes:,}")
    if distinct and drawer.cells > sizes:
        what = "values" if negative is None else "absolute values"
        raise QuizgenError(
            f"{drawer.cells} cells cannot all be different: there are only {sizes} {what}",
            hint="Widen the range, or leave `distinct` away.",
        )
    return replace(drawer, distinct=bool(distinct), negative=negative)


def _check_negative(drawer: Drawer, negative: Any) -> None:
    """Signs are drawn apart from sizes, so every size needs both."""
    if not isinstance(negative, int) or not 0 <= negative <= drawer.cells:
        raise QuizgenError(f"negative={negative} is no number of cells", hint=f"Write 0 to {drawer.cells}.")
    if not (drawer.values.any() and (drawer.values == -drawer.values[::-1]).all() and drawer.values.all()):
        raise QuizgenError(
            "`negative` needs a range with both signs of every number, and without 0",
            hint="Write, for example, integers(-3, 3, without=0, shape=4, negative=2).",
        )
    if math.comb(drawer.cells, negative) * drawer.cells > MAX_SIGNS:
        raise QuizgenError(f"there are too many ways to make {negative} of {drawer.cells} cells negative")


def _without_repetition(ranks: np.ndarray, sizes: int) -> np.ndarray:
    """Numbers among what the cells before left over -> places among all: (cells, n).

    >>> _without_repetition(np.array([[1], [1], [0]]), 4).T
    array([[1, 3, 0]])
    """
    n = ranks.shape[1]
    left = np.repeat(np.arange(sizes, dtype=np.uint16), n)  # in rows of n; the last one fills each gap
    places = np.empty(ranks.shape, dtype=np.intp)
    for cell, rank in enumerate(ranks):
        taken = rank * np.intp(n) + np.arange(n)
        last = (sizes - 1 - cell) * n
        places[cell] = left.take(taken)
        left[taken] = left[last : last + n]
    return places


def _fraction(number: Any) -> Fraction:
    """The decimal number that a person wrote, exactly."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise QuizgenError(f"a number is needed where '{number}' stands")
    return Fraction(Decimal(repr(number)))


DRAWERS: Mapping[str, Op] = {
    op.name: op
    for op in (
        Op("integers", integers, frozenset({"low", "high", "shape", "without", "distinct", "negative"})),
        Op("decimals", decimals, frozenset({"low", "high", "step", "shape", "without", "distinct", "negative"})),
        Op("choice", choice, frozenset({"options"})),
    )
}
