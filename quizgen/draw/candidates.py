"""Candidates -> those that could be variants: by solving them, or by looking them up in a space solved before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from quizgen.draw.digests import digest_of
from quizgen.draw.evenness import Band
from quizgen.draw.parameters import ALONE, Space
from quizgen.draw.tellapart import Sieve, shows
from quizgen.language.tolerance import Tolerance
from quizgen.problem.model import Problem
from quizgen.world.values import some_columns
from quizgen.world.worlds import world

BLOCK = 32_768  # candidates drawn and solved together: their arrays stay in the processor's cache
TOLD = 8_192  # told apart together, of one structure where there are enough of them
WAVE = 262_144  # candidates looked at together
MEMORY = 200_000_000  # bytes that they may take: of large problems, fewer are looked at together
COUNTABLE = 1 << 20  # spaces up to this size are counted, larger ones estimated
_FEWEST = 16
_MOST = 0.75  # of the columns: where so many are left, all are worked with
_UNEVEN = "being as much work as others"


@dataclass(frozen=True)
class Accepted:
    """The candidates that could be variants: their places, the indices of what they draw, digests of their answers."""

    places: np.ndarray
    indices: np.ndarray
    answers: np.ndarray


Group = tuple[np.ndarray, np.ndarray]
"""Candidates: their places among all that are looked at together, and the indices of what they draw, (words, n)."""


class Judge(Protocol):
    """Whatever tells which candidates could be variants."""

    def promising(self, groups: Iterable[Group]) -> Group:
        """The candidates that are worth being looked at closely, in the order of their places."""

    def accepted(self, promising: Group) -> Accepted:
        """Those among them that could be variants, in the order of their places."""


@dataclass(frozen=True)
class Sizes:
    """How many candidates of a problem are handled together, so that their arrays fit into MEMORY."""

    block: int  # drawn and solved
    told: int  # told apart
    wave: int  # looked at, and remembered as indices

    @classmethod
    def of(cls, problem: Problem, words: int) -> Sizes:
        """Large for small problems, small for large ones."""
        solved = words + sum(problem.cells.values())
        answers = [problem.cells.get(answer.of, 1) for answer in problem.answers]
        read = sum(answers[number] for mistake in problem.mistakes for number in shows(problem, mistake))
        return cls(
            block=_fitting(BLOCK, 8 * solved),
            told=_fitting(TOLD, 7 * solved + 2 * read),
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

    def promising(self, groups: Iterable[Group]) -> Group:
        """The candidates that satisfy `require`, in the order of their places."""
        places, indices = self._satisfying(groups)
        if (np.diff(places) > 0).all():
            return places, indices
        order = np.argsort(places, kind="stable")
        return places[order], some_columns(indices, order)

    def accepted(self, promising: Group) -> Accepted:
        """Those among them that tell all mistakes apart and are as much work as others."""
        places, indices = promising
        told, answers = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype="V16")]
        for columns in self.alike(indices, self.sizes.told):
            mask, digests = self._told_apart(some_columns(indices, columns))
            told.append(columns[mask])
            answers.append(digests)
        kept = np.concatenate(told)
        self.satisfying += len(places)
        self.fit += len(kept)
        order = np.argsort(kept, kind="stable")
        kept = kept[order]
        return Accepted(places[kept], some_columns(indices, kept), np.concatenate(answers)[order])

    def _satisfying(self, groups: Iterable[Group]) -> Group:
        """The candidates that satisfy `require`."""
        found = [(np.zeros(0, dtype=np.int64), np.zeros((self.space.words, 0), dtype=np.uint32))]
        for places, indices in groups:
            holds = np.flatnonzero(self.sieve.satisfies(world(self.problem, self.space.params(indices))))
            found.append((places[holds], some_columns(indices, holds)))
        return np.concatenate([places for places, _ in found]), np.concatenate([drawn for _, drawn in found], axis=1)

    def alike(self, indices: np.ndarray, together: int | None = None) -> Iterator[np.ndarray]:
        """The columns that are solved together: many of one structure, or the few that are left of several."""
        structure = self.space.structure(indices)
        counts = np.bincount(structure, minlength=self.space.structures)
        group = np.where(counts[structure] < ALONE, -1, structure)
        most = together or self.sizes.block
        for number in np.unique(group):
            columns = np.flatnonzero(group == number)
            for start in range(0, len(columns), most):
                yield columns[start : start + most]

    def _told_apart(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mask of the columns that tell all mistakes apart and lie in the band, and digests of their answers."""
        truth = world(self.problem, self.space.params(indices))
        mask = self.sieve.told_apart(truth)
        if not mask.any():
            return mask, np.zeros(0, dtype="V16")
        left: slice | np.ndarray = slice(None)
        if mask.mean() < _MOST:  # else the arrays of all are quicker than others for most of them
            left = np.flatnonzero(mask)
            truth, indices = truth.take(left), some_columns(indices, left)
        even = self.band.holds(indices, truth)
        self.sieve.refused[_UNEVEN] += int((mask[left] & ~even).sum())
        mask[left] &= even
        digests = digest_of(truth.value(answer.of, answer.step_axes) for answer in self.problem.answers)
        return mask, digests[mask[left]]


class Table:
    """Judges candidates by looking them up: a space of up to COUNTABLE, solved once."""

    def __init__(self, solver: Solver) -> None:
        self.space = solver.space
        self._accepts = np.zeros(self.space.size, dtype=bool)
        self._answers = np.zeros(self.space.size, dtype="V16")
        start = 0
        for indices in self.space.every(solver.sizes.block):
            found = solver.accepted(solver.promising([(np.arange(indices.shape[1]), indices)]))
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

    def promising(self, groups: Iterable[Group]) -> Group:
        """The candidates that were found acceptable, in the order of their places."""
        found = []
        for places, indices in groups:
            holds = self._accepts[self.space.places(indices)]
            found.append((places[holds], indices[:, holds]))
        places, drawn = (np.concatenate(parts, axis=-1) for parts in zip(*found, strict=True))
        order = np.argsort(places, kind="stable")
        return places[order], drawn[:, order]

    def accepted(self, promising: Group) -> Accepted:
        """The same, with their answers."""
        places, indices = promising
        return Accepted(places, indices, self._answers[self.space.places(indices)])


def count_space(problem: Problem, tolerances: Mapping[str, Tolerance]) -> int:
    """How many different variants of a problem can be accepted, by trying each; for spaces up to COUNTABLE."""
    return Table(Solver(problem, Space(problem), tolerances)).available
