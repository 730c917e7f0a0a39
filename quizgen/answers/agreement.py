"""Typed against expected: which cells agree, and which values can be told apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from quizgen.language.tolerance import Tolerance
from quizgen.world.values import Value, aligned, crop, same_shape, some_columns

BORDER = 1e-9  # relative; a difference this close to its bound counts as no difference at all
_WEIGHTS = 64  # after so many cells the weights of a gist come again


_GLANCED = ("gist", "noise", "room")  # of a Reading: what glances found, kept where columns are taken


@dataclass(frozen=True)
class Agreement:
    """Where typed cells lie within the tolerance: `cells` like the typed cells, `whole` per column."""

    cells: np.ndarray
    whole: np.ndarray

    def take(self, rows: np.ndarray) -> Agreement:
        """Keep some columns."""
        return Agreement(self.cells[..., rows], self.whole[rows])

    def __or__(self, other: Agreement) -> Agreement:
        """Whichever agrees better, column by column."""
        better = self.whole | (self.cells.sum(axis=_axes(self.cells)) >= other.cells.sum(axis=_axes(other.cells)))
        return Agreement(np.where(better, self.cells, other.cells), self.whole | other.whole)


def agree(typed: Value, expected: Value, tolerance: Tolerance) -> Agreement:
    """Compare cell by cell, in a closed interval around each expected number; blank (nan) agrees with nothing."""
    if typed.axes != expected.axes:
        return _pointing(typed, expected)
    given, right = aligned(typed, expected)
    if tolerance.is_exact:
        cells = given == right
        if not cells.all():
            cells |= np.abs(given - right) <= tolerance.reach(right)
    else:
        with np.errstate(invalid="ignore"):
            cells = np.abs(given - right) <= tolerance.reach(right)
    whole = same_shape(typed, expected)
    if not typed.axes:
        return Agreement(cells & whole, cells & whole)
    filled = cells if expected.uniform and given.shape == expected.cells.shape else cells | ~_inside(expected, given)
    own = cells & whole
    return Agreement(_cropped(own, typed), filled.all(axis=_axes(cells)) & whole)


def _pointing(place: Value, mask: Value) -> Agreement:
    """Whether a place, row and column from 1, is one of those where something holds."""
    inside = ((place.cells >= 1) & (place.cells <= mask.shape)).all(axis=0) & (place.shape[0] == mask.axes)
    row, column = np.where(inside, place.cells, 1).astype(int) - 1
    holds = inside & (mask.cells[row, column, np.arange(mask.n)] > 0)
    return Agreement(np.broadcast_to(holds, place.cells.shape), holds)


def a_place(mask: Value) -> Value:
    """The first place where a mask holds, row and column from 1, as a careful student points to it; nan if nowhere."""
    holds = np.nan_to_num(mask.cells.reshape(-1, mask.n)) > 0
    place = holds.argmax(axis=0) if len(holds) else np.zeros(mask.n, dtype=int)
    width = max(1, mask.largest[1])
    return Value.dense(np.where(holds.any(axis=0), [place // width + 1.0, place % width + 1.0], np.nan))


@dataclass(frozen=True)
class Reading:
    """A value as an examiner sees it: its numbers, how far an answer may be off, and where it exists.

    `places`: any place where the value holds is right.
    """

    value: Value
    reach: np.ndarray
    exists: np.ndarray
    places: bool = False

    def take(self, rows: np.ndarray) -> Reading:
        """Keep some columns, with what was found for glances."""
        some = self.closely(rows)
        for name in _GLANCED:  # a noise or room of more columns is too large at most, which leaves more in doubt
            if name in self.__dict__:
                some.__dict__[name] = some_columns(self.__dict__[name], rows)
        return some

    def closely(self, rows: np.ndarray) -> Reading:
        """Keep some columns, for a close look."""
        return Reading(self.value.take(rows), some_columns(self.reach, rows), self.exists[rows], self.places)

    @property
    def common_reach(self) -> np.ndarray:
        """The reach; where all cells of all columns have the same one, only that."""
        return self.reach if any(self.reach.strides) else self.reach[(slice(1),) * self.reach.ndim]

    @cached_property
    @np.errstate(invalid="ignore", over="ignore")
    def gist(self) -> np.ndarray:
        """One number for each column, a weighted sum of its cells; not finite where one of them is not."""
        cells = self.value.cells.reshape(-1, self.value.n)
        if len(cells) == 1:  # whose weight is 1
            return np.asarray(cells[0])
        return np.asarray(np.einsum("c,cn->n", _weights(len(cells)), cells, optimize=False))

    @cached_property
    @np.errstate(invalid="ignore", over="ignore")
    def noise(self) -> np.ndarray:
        """A room around the gist: readings whose rooms do not meet differ in some cell, rounding errors apart."""
        cells = self.value.cells.reshape(-1, self.value.n)
        share = (3 + 2 * len(cells)) * BORDER
        if len(cells) > 1 and self.value.n and np.isfinite(self.gist).all():  # the largest cell is found quickly
            return np.broadcast_to(share * max(float(cells.max()), -float(cells.min())), self.gist.shape)
        return np.asarray(share * np.add.reduce(np.abs(cells), axis=0))

    @cached_property
    @np.errstate(invalid="ignore", over="ignore")
    def room(self) -> np.ndarray:
        """A room around the gist: readings whose rooms do not meet differ in some cell by more than both reaches.

        Sums are so far apart only if some of their terms are.
        """
        reach, weights = self.common_reach, np.abs(_weights(self.value.cells.size // max(1, self.value.n)))
        if reach.size <= 1:
            return np.asarray(self.noise + (1 + 2 * BORDER) * weights.sum() * reach.sum())
        reaches = np.einsum("c,cn->n", weights, reach.reshape(-1, self.value.n), optimize=False)
        return np.asarray(self.noise + (1 + 2 * BORDER) * reaches)


@lru_cache(maxsize=64)
def _weights(count: int) -> np.ndarray:
    """Weights of so many cells, of both signs: cells exchanged change the sum, and by as much as they differ."""
    number = np.arange(count) % _WEIGHTS
    signs = np.where(number * number * 0.7548776662 % 1 < 0.5, 1.0, -1.0)
    return np.asarray(signs * (1 - 0.5 * (number * 0.6180339887 % 1)))


def reading(value: Value, rounded: Value | None, tolerance: Tolerance, places: bool = False) -> Reading:
    """Prepare a value for `apart`; `rounded` is the same value computed from rounded steps, if that is allowed."""
    at_once = tolerance.is_exact and bool((np.floor(value.cells) == value.cells).all())
    reach = np.zeros(1) if at_once else tolerance.bound(value.cells)
    if rounded is not None and rounded.largest == value.largest:
        off = np.abs(rounded.cells - value.cells)
        reach = reach + (off if np.isfinite(off).all() else np.nan_to_num(off, posinf=0.0))
    exists = value.exists
    seen = Reading(value, np.broadcast_to(reach, value.cells.shape), exists, places)
    if not np.isfinite(seen.gist).all():
        finite = np.isfinite(value.cells)
        inside = finite if value.uniform else finite | ~value.inside
        exists &= inside.all(axis=_axes(finite))
    if places:  # nobody can point to what is nowhere
        exists &= (value.cells > 0).any(axis=_axes(value.cells))
    return seen


def apart(a: Reading, b: Reading) -> np.ndarray:
    """Mask of the columns in which both exist and no answer can be taken for both."""
    return _decided(clearly_apart(a, b), a, b, _apart)


def clearly_apart(a: Reading, b: Reading) -> np.ndarray:
    """Mask of the columns in which a glance shows that two readings are apart, and not identical; others may be."""
    return _glance(a, b, lambda reading: reading.room)


def _glance(a: Reading, b: Reading, room: Callable[[Reading], np.ndarray]) -> np.ndarray:
    """Mask of the columns in which such rooms around the gists of two readings do not meet."""
    if a.places or a.value.largest != b.value.largest:
        return np.zeros(a.value.n, dtype=bool)
    with np.errstate(invalid="ignore", over="ignore"):
        distance = np.subtract(a.gist, b.gist)
        return np.asarray(np.abs(distance, out=distance) > room(a) + room(b))


def _decided(
    clear: np.ndarray, a: Reading, b: Reading, exactly: Callable[[Reading, Reading], np.ndarray]
) -> np.ndarray:
    """A mask that a glance has filled in, completed by looking exactly at the columns that are left."""
    left = np.flatnonzero(~clear)
    if len(left) > len(clear) // 2:
        return exactly(a, b)
    if len(left):
        clear[left] = exactly(a.closely(left), b.closely(left))
    return clear


@np.errstate(invalid="ignore", over="ignore")
def _apart(a: Reading, b: Reading) -> np.ndarray:
    """The same, cell by cell."""
    if a.places:
        one, other = (cells > 0 for cells in aligned(a.value, b.value))  # nan is not
        separate: np.ndarray = ~(one & other).any(axis=_axes(one)) & a.exists & b.exists
        return separate
    both, alike = a.exists & b.exists, same_shape(a.value, b.value)
    if a.value.axes and not alike.any():
        return np.asarray(both)
    x, y = aligned(a.value, b.value)
    room = _both_reaches(a, b)
    clear = np.abs(x - y) > room + BORDER * np.maximum(np.maximum(np.abs(x), np.abs(y)), room)
    different = clear.any(axis=_axes(clear))
    if a.value.axes:
        different |= ~alike
    result: np.ndarray = different & both
    return result


def _both_reaches(a: Reading, b: Reading) -> np.ndarray:
    """The reaches of two readings, added up on their common grid; if all are the same, only one number."""
    one, other = a.common_reach, b.common_reach
    if max(one.size, other.size) <= 1 or a.value.largest == b.value.largest:
        return np.asarray(one + other)
    return np.asarray(np.add(*aligned(Value(a.reach, a.value.shape), Value(b.reach, b.value.shape))))


def differing(a: Reading, b: Reading) -> np.ndarray:
    """Mask of the columns in which two values are not the same, rounding errors apart."""
    return _decided(_glance(a, b, lambda reading: reading.noise), a, b, lambda a, b: ~identical(a, b))


@np.errstate(invalid="ignore", over="ignore")
def identical(a: Reading, b: Reading) -> np.ndarray:
    """Mask of the columns in which two values are the same but for rounding errors; of places: where both hold."""
    alike = same_shape(a.value, b.value)
    if not (a.places or alike.any()):
        return alike
    x, y = aligned(a.value, b.value)
    if a.places:
        same: np.ndarray = ((x > 0) == (y > 0)).all(axis=_axes(x))
        return same
    scale = np.nanmax(np.abs(y).reshape(-1, y.shape[-1]), axis=0, initial=0.0)
    cells = np.abs(x - y) <= BORDER * scale
    if not (a.value.uniform and b.value.uniform):
        cells |= np.isnan(x) & np.isnan(y)
    result: np.ndarray = cells.all(axis=_axes(cells)) & alike
    return result


def fitted(typed: Value, like: Value) -> Value:
    """Typed arrays, cut to the top-left block that alone is filled where that block has the other value's shape.

    On a sheet with one column per cell, a smaller matrix can only be typed into some of the cells.
    """
    filled = ~np.isnan(typed.cells)
    if not typed.axes or filled.all():
        return typed
    sizes = np.zeros_like(typed.shape)
    for axis, size in enumerate(typed.largest):
        along = filled.any(axis=tuple(other for other in range(typed.axes) if other != axis))
        sizes[axis] = np.where(along.any(axis=0), size - along[::-1].argmax(axis=0), 0)
    block = (filled.sum(axis=_axes(filled)) == sizes.prod(axis=0)) & (sizes == like.shape).all(axis=0)
    return Value(typed.cells, np.where(block, sizes, typed.shape))


def _axes(cells: np.ndarray) -> tuple[int, ...]:
    """All axes but the variant's."""
    return tuple(range(cells.ndim - 1))


def _inside(expected: Value, grid: np.ndarray) -> np.ndarray:
    """The expected value's own cells on a grid that may be larger."""
    return expected.widened(grid.shape[:-1]).inside


def _cropped(cells: np.ndarray, typed: Value) -> np.ndarray:
    """Cut a mask back to the typed value's grid."""
    return cells[crop(typed.largest)]
