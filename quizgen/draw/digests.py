"""Sixteen bytes that stand for parameters or answers; and a set of them in arrays, for a class of millions."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from quizgen.world.values import Value

_LETTERS = 100  # of a drawn text that count
_HASHES = (
    (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(0xD1B54A32D192ED03), np.uint64(0x94D049BB133111EB)),
)
_SMALLEST = 1 << 10  # slots of a set; always a power of two
_FREE = -1  # the number in a slot that holds no digest
_NOBODY = np.iinfo(np.int32).max  # the holder of what nobody holds


def digest_of(values: Iterable[Value]) -> np.ndarray:
    """Sixteen bytes for the values of each column, with their shapes."""
    rows = []
    for value in values:
        rows.append(value.shape.astype(float))
        rows.append(_numbers(value.cells.reshape(math.prod(value.largest), value.n)))
    numbers = np.concatenate(rows)
    return digest(numbers.view(np.uint64), skip=np.isnan(numbers))


def _numbers(cells: np.ndarray) -> np.ndarray:
    """Cells (cells, n) as doubles: numbers with one zero only, texts as their characters."""
    if cells.dtype.kind not in "OU":
        return np.asarray(cells + 0.0)  # makes -0 and 0 the same bytes
    characters = cells.astype(f"<U{_LETTERS}").view("<u4").reshape(*cells.shape, _LETTERS)
    return np.moveaxis(characters, -1, 1).reshape(-1, cells.shape[1]).astype(float)


def digest(words: np.ndarray, skip: np.ndarray | None = None) -> np.ndarray:
    """Sixteen bytes for each column of (words, n), by two multiplicative hashes; equal columns, equal bytes.

    `skip`: a mask of words that do not count (cells outside a column's own shape).
    """
    n = words.shape[1]
    halves = np.empty((n, 2), dtype=np.uint64)
    skipped = np.zeros(len(words), dtype=bool) if skip is None else np.logical_or.reduce(skip, axis=1)
    for half, (seed, factor) in enumerate(_HASHES):
        state = np.full(n, seed, dtype=np.uint64)
        for i, row in enumerate(words.astype(np.uint64, copy=False)):
            mixed = state ^ row
            mixed *= factor
            mixed ^= mixed >> np.uint64(29)
            state = np.where(skip[i], state, mixed) if skip is not None and skipped[i] else mixed
        halves[:, half] = state
    return halves.view("V16").ravel()


class Digests:
    """A set of digests, numbered as they come: a table of slots, each digest in the first free one from its own on."""

    def __init__(self, some: np.ndarray | None = None) -> None:
        self._slots = np.full(_SMALLEST, _FREE, dtype=np.int32)  # the numbers of digests
        self._halves = np.zeros((_SMALLEST, 2), dtype=np.uint64)  # the digests by number, and room for more
        self._count = 0
        if some is not None:
            self.add(some)

    def __len__(self) -> int:
        return self._count

    def holds(self, digests: np.ndarray) -> np.ndarray:
        """Mask of those that are in the set."""
        found = np.zeros(len(digests), dtype=bool)
        if not self._count:
            return found
        halves = halves_of(digests)
        left, slots = np.arange(len(digests)), self._first_slots(halves)
        while len(left):
            numbers = self._slots[slots]
            same = self._stand(numbers, halves)
            found[left[same]] = True
            on = np.flatnonzero((numbers != _FREE) & ~same)
            left, slots, halves = left[on], self._next(slots[on]), halves[on]
        return found

    def add(self, digests: np.ndarray) -> np.ndarray:
        """Add some, which may be in the set or equal to one another; the number of each in the set, from 0."""
        self._make_room(self._count + len(digests))
        halves, added = halves_of(digests), np.zeros(len(digests), dtype=np.int32)
        left, slots = np.arange(len(digests)), self._first_slots(halves)
        while len(left):
            numbers = self._numbers(slots, halves)
            same = self._stand(numbers, halves)
            added[left[same]] = numbers[same]
            on = np.flatnonzero(~same)
            left, slots, halves = left[on], self._next(slots[on]), halves[on]
        return added

    def _numbers(self, slots: np.ndarray, halves: np.ndarray) -> np.ndarray:
        """The numbers in the slots where some digests look, after one digest each was put into those that were free."""
        places = np.flatnonzero(self._slots[slots] == _FREE)
        if len(places):
            free = slots[places]
            self._slots[free] = places  # of several that meet in a slot the last one stays
            new = places[self._slots[free] == places]
            self._slots[slots[new]] = np.arange(self._count, self._count + len(new))
            self._halves[self._count : self._count + len(new)] = halves[new]
            self._count += len(new)
        return np.asarray(self._slots[slots])

    def _stand(self, numbers: np.ndarray, halves: np.ndarray) -> np.ndarray:
        """Mask of the digests that have these numbers; none has the number of a free slot."""
        found = self._halves[numbers]
        return np.asarray((found[:, 0] == halves[:, 0]) & (found[:, 1] == halves[:, 1]) & (numbers != _FREE))

    def _make_room(self, most: int) -> None:
        """Make room for so many, and as much again."""
        if most > len(self._halves):
            self._halves = lengthened(self._halves, 2 * most)
        if 2 * most <= len(self._slots):
            return
        self._slots = np.full(1 << (4 * most - 1).bit_length(), _FREE, dtype=np.int32)
        halves = self._halves[: self._count]
        left, slots = np.arange(self._count), self._first_slots(halves)
        while len(left):
            free = self._slots[slots] == _FREE
            self._slots[slots[free]] = left[free]
            on = np.flatnonzero(self._slots[slots] != left)
            left, slots = left[on], self._next(slots[on])

    def _first_slots(self, halves: np.ndarray) -> np.ndarray:
        return (halves[:, 0] & np.uint64(len(self._slots) - 1)).astype(np.int64)

    def _next(self, slots: np.ndarray) -> np.ndarray:
        return np.asarray((slots + 1) & (len(self._slots) - 1))


class Claims:
    """Which variant holds what: of all that ever claim a digest, the one with the lowest number."""

    def __init__(self, some: np.ndarray) -> None:
        self._digests = Digests(some)  # what nobody else can hold
        self._holders = np.full(len(self._digests), -1, dtype=np.int32)

    def __len__(self) -> int:
        return len(self._digests)

    def claim(self, digests: np.ndarray, variants: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Let variants, in order, claim a digest each: a mask of those that hold it now, and who lost it to them."""
        numbers = self._digests.add(digests)
        if len(self._digests) > len(self._holders):
            self._holders = lengthened(self._holders, 2 * len(self._digests), _NOBODY)
        before = self._holders[numbers]
        lower = np.flatnonzero(variants < before)[::-1]  # of several that claim the same, the first is written last
        self._holders[numbers[lower]] = variants[lower]
        now = self._holders[numbers]
        return now == variants, before[(before != now) & (before != _NOBODY)]


def lengthened(rows: np.ndarray, length: int, fill: int = 0) -> np.ndarray:
    """An array with room for more rows."""
    longer = np.full((length, *rows.shape[1:]), fill, dtype=rows.dtype)
    longer[: len(rows)] = rows
    return longer


def halves_of(digests: np.ndarray) -> np.ndarray:
    """Digests as two whole numbers each, (n, 2)."""
    return np.ascontiguousarray(digests).view(np.uint64).reshape(-1, 2)


def repeated(digests: np.ndarray) -> np.ndarray:
    """Mask of the digests that are equal to one before."""
    mask = np.zeros(len(digests), dtype=bool)
    first, second = halves_of(digests).T
    ordered = np.sort(first)
    if not (ordered[1:] == ordered[:-1]).any():  # as a rule, and found out quickly
        return mask
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    mask[order[1:]] = (first[1:] == first[:-1]) & (second[1:] == second[:-1])
    return mask
