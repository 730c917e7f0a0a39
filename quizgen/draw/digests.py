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
    """A set of digests: a table of slots, each digest in the first free one from where its first bytes point to."""

    def __init__(self, some: np.ndarray | None = None) -> None:
        self._slots = np.zeros((_SMALLEST, 2), dtype=np.uint64)
        self._full = np.zeros(_SMALLEST, dtype=bool)
        self._most = 0  # that there can be: how often something was added
        if some is not None:
            self.add(some)

    def __len__(self) -> int:
        return int(np.count_nonzero(self._full))

    def holds(self, digests: np.ndarray) -> np.ndarray:
        """Mask of those that are in the set."""
        halves, found = halves_of(digests), np.zeros(len(digests), dtype=bool)
        left, slots = np.arange(len(digests)), self._first_slots(halves)
        while len(left):
            full = self._full[slots]
            same = full & self._stand(slots, halves[left])
            found[left[same]] = True
            on = full & ~same
            left, slots = left[on], self._next(slots[on])
        return found

    def add(self, digests: np.ndarray) -> None:
        """Add some, which may be in the set or equal to one another."""
        self._most += len(digests)
        if 2 * self._most > len(self._full):
            self._grow()
        halves = halves_of(digests)
        slots = self._first_slots(halves)
        while len(halves):
            free = ~self._full[slots]
            self._slots[slots[free]] = halves[free]  # of several that meet in a slot the last one stays
            self._full[slots[free]] = True
            on = ~self._stand(slots, halves)
            halves, slots = halves[on], self._next(slots[on])

    def _grow(self) -> None:
        """Make room for what was added, and as much again."""
        held, more = self._slots[self._full], self._most - len(self)
        self._most = len(held)
        size = max(_SMALLEST, 1 << (4 * (len(held) + more) - 1).bit_length())
        self._slots, self._full = np.zeros((size, 2), dtype=np.uint64), np.zeros(size, dtype=bool)
        self.add(np.ascontiguousarray(held).view("V16").ravel())
        self._most = len(held) + more

    def _stand(self, slots: np.ndarray, halves: np.ndarray) -> np.ndarray:
        """Mask of the digests that stand in their slots."""
        found = self._slots[slots]
        return np.asarray((found[:, 0] == halves[:, 0]) & (found[:, 1] == halves[:, 1]))

    def _first_slots(self, halves: np.ndarray) -> np.ndarray:
        return (halves[:, 0] & np.uint64(len(self._full) - 1)).astype(np.int64)

    def _next(self, slots: np.ndarray) -> np.ndarray:
        return np.asarray((slots + 1) & (len(self._full) - 1))


def halves_of(digests: np.ndarray) -> np.ndarray:
    """Digests as two whole numbers each, (n, 2)."""
    return np.ascontiguousarray(digests).view(np.uint64).reshape(-1, 2)


def repeated(digests: np.ndarray) -> np.ndarray:
    """Mask of the digests that are equal to one before."""
    first, second = halves_of(digests).T
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    mask = np.zeros(len(digests), dtype=bool)
    mask[order[1:]] = (first[1:] == first[:-1]) & (second[1:] == second[:-1])
    return mask
