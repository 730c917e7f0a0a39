"""Candidates -> those that could be variants: by solving them, or by looking them up in a space solved before."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from quizgen.draw.evenness import Band
from quizgen.draw.parameters import Space
from quizgen.draw.tellapart import Sieve
from quizgen.language.tolerance import Tolerance
from quizgen.problem.model import Problem
from quizgen.world.values import Value
from quizgen.world.worlds import world

BLOCK = 16_384  # candidates drawn and solved together: their arrays stay in the processor's cache
WAVE = 65_536  # candidates looked at together
MEMORY = 200_000_000  # bytes that they may take: of large problems, fewer are looked at together
COUNTABLE = 1 << 20  # spaces up to this size are counted, larger ones estimated
_FEWEST = 16
_LETTERS = 100  # of a drawn text that count
_UNEVEN = "being as much work as others"


@dataclass(frozen=True)
class Accepted:
    """The candidates that could be variants: their places, the indices of what they draw, digests of their answers."""

    places: np.ndarray
    indices: np.ndarray
    answers: np.ndarray


class Judge(Protocol):
    """Whatever tells which candidates could be variants."""

    def accepted(self, blocks: Iterable[np.ndarray]) -> Accepted:
        """The candidates, given as blocks of indices, that could be variants."""


@dataclass(frozen=True)
class Sizes:
    """How many candidates of a problem are handled together, so that their arrays fit into MEMORY."""

    block: int  # drawn and solved
    told: int  # told apart
    wave: int  # looked at, and remembered as indices

    @classmethod
    def of(cls, problem: Problem, words: int) -> Sizes:
        """Large for small problems, small for large ones."""
        solved = words + problem.cells
        return cls(
            block=_fitting(BLOCK, 8 * solved),
            told=_fitting(WAVE, 4 * solved + 2 * problem.cells * len(problem.mistakes)),
            wave=_fitting(WAVE, 2 * words),
        )


def _fitting(most: int, numbers: int) -> int:
    """How many columns of so many doubles fit into MEMORY; `most` at most."""
    return max(_FEWEST, min(most, MEMORY // (8 * max(1, numbers))))


class Solver:
    """Judges candidates by solving them, with all their mistakes."""

    def __init__(self, problem: Problem, space: Space, tolerances: Mapping[str, Tolerance]) -> None:
        self.problem = problem
        self.space = space
        self.sieve = Sieve(problem, tolerances)
        self.sieve.refused[_UNEVEN] = 0
        self.sizes = Sizes.of(problem, space.words)
        self.band = Band(space, self.sizes.block)
        self.satisfying = 0  # candidates so far that satisfy `require`
        self.fit = 0  # and those among them that could be variants

    def accepted(self, blocks: Iterable[np.ndarray]) -> Accepted:
        """The candidates that satisfy `require`, tell all mistakes apart and are as much work as others."""
        places, indices = self._satisfying(blocks)
        told, answers = [], []
        for start in range(0, len(places), self.sizes.told):
            mask, digests = self._told_apart(indices[:, start : start + self.sizes.told])
            told.append(start + np.flatnonzero(mask))
            answers.append(digests)
        if not told:
            return Accepted(places, indices, np.zeros(0, dtype="V16"))
        kept = np.concatenate(told)
        self.satisfying += len(places)
        self.fit += len(kept)
        return Accepted(places[kept], indices[:, kept], np.concatenate(answers))

    def _satisfying(self, blocks: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """The candidates that satisfy `require`: their places, and the indices of what they draw."""
        places, drawn, start = [], [], 0
        for indices in blocks:
            holds = self.sieve.satisfies(world(self.problem, self.space.params(indices)))
            places.append(start + np.flatnonzero(holds))
            drawn.append(indices[:, holds])
            start += len(holds)
        return np.concatenate(places), np.concatenate(drawn, axis=1)

    def _told_apart(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mask of the columns that tell all mistakes apart and lie in the band, and digests of their answers."""
        truth = world(self.problem, self.space.params(indices))
        mask = self.sieve.told_apart(truth)
        if mask.any():
            even = self.band.holds(indices[:, mask], truth.take(mask))
            self.sieve.refused[_UNEVEN] += int((~even).sum())
            mask[mask] = even
        return mask, digest_of([truth.value(a.of, a.step_axes).take(mask) for a in self.problem.answers])


class Table:
    """Judges candidates by looking them up: a space of up to COUNTABLE, solved once."""

    def __init__(self, solver: Solver) -> None:
        self.space = solver.space
        self._accepts = np.zeros(self.space.size, dtype=bool)
        self._answers = np.zeros(self.space.size, dtype="V16")
        start = 0
        for indices in self.space.every(solver.sizes.block):
            found = solver.accepted([indices])
            self._accepts[start + found.places] = True
            self._answers[start + found.places] = found.answers
            start += indices.shape[1]
        self.available = int(self._accepts.sum())

    @property
    def answer_sets(self) -> int:
        """How many different right answers the acceptable candidates have."""
        return len(np.unique(self._answers[self._accepts]))

    def acceptable(self, block: int) -> Iterator[np.ndarray]:
        """The indices of all that could be variants, in blocks."""
        start = 0
        for indices in self.space.every(block):
            yield indices[:, self._accepts[start : start + indices.shape[1]]]
            start += indices.shape[1]

    def accepted(self, blocks: Iterable[np.ndarray]) -> Accepted:
        """The candidates that were found acceptable."""
        places, drawn, answers, start = [], [], [], 0
        for indices in blocks:
            stand = self.space.places(indices)
            holds = self._accepts[stand]
            places.append(start + np.flatnonzero(holds))
            drawn.append(indices[:, holds])
            answers.append(self._answers[stand[holds]])
            start += len(holds)
        return Accepted(np.concatenate(places), np.concatenate(drawn, axis=1), np.concatenate(answers))


def count_space(problem: Problem, tolerances: Mapping[str, Tolerance]) -> int:
    """How many different variants of a problem can be accepted, by trying each; for spaces up to COUNTABLE."""
    return Table(Solver(problem, Space(problem), tolerances)).available


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
    for half, (seed, factor) in enumerate(_HASHES):
        state = np.full(n, seed, dtype=np.uint64)
        for i, row in enumerate(words.astype(np.uint64, copy=False)):
            mixed = (state ^ row) * factor
            mixed ^= mixed >> np.uint64(29)
            state = mixed if skip is None else np.where(skip[i], state, mixed)
        halves[:, half] = state
    return halves.view("V16").ravel()


_HASHES = (
    (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(0xD1B54A32D192ED03), np.uint64(0x94D049BB133111EB)),
)
