"""Random words -> the index of every number drawn -> parameters in columns; and how large the space of them is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quizgen.draw.stream import bounded
from quizgen.problem.drawers import Drawer
from quizgen.problem.model import Problem
from quizgen.world.values import Value, gather, some_columns
from quizgen.world.worlds import Params, world

ALONE = 256  # candidates of a structure that are worth being looked at by themselves
_WRITTEN_OUT = 9  # figures of a number that is written without an exponent


@dataclass(frozen=True)
class _Part:
    """The parameters of one structure: its drawers, and the words that decide something with their choices."""

    number: int
    fixed: Mapping[int, int]  # word -> index, of what decides the structure
    drawers: Mapping[str, Drawer]
    choices: Mapping[int, int]  # word -> how many indices it can make; without those that have no choice
    size: int  # how many different parameters there are
    start: int  # the place of the first of them in the space


class Space:
    """All parameters that a problem can draw, before any condition on more than the structure.

    The first structural word chooses among the structures that `require` allows.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.words = sum(size for _, size in problem.words.values())  # random words that one try takes
        self._first = problem.drawers({})
        self._parts: list[_Part] = []
        self.size = 0
        for structure in _allowed(problem):
            self._parts.append(self._part(structure))
            self.size += self._parts[-1].size

    def _part(self, structure: Mapping[str, Any]) -> _Part:
        """What there is to draw for given values of the structural draws."""
        drawers = self.problem.drawers(structure)
        starts = {name: start for name, (start, _) in self.problem.words.items()}
        fixed = {
            starts[name]: int(np.flatnonzero(self._first[name].values == value)[0]) for name, value in structure.items()
        }
        choices = {
            starts[name] + word: count
            for name, drawer in drawers.items()
            if name not in structure
            for word, count in enumerate(drawer.choices)
            if count > 1
        }
        size = math.prod(drawer.space for name, drawer in drawers.items() if name not in structure)
        return _Part(len(self._parts), fixed, drawers, choices, size, start=self.size)

    def indices(self, words: np.ndarray) -> np.ndarray:
        """The index of every number drawn, (words, n): word j always makes number j, 0 where a structure needs none."""
        indices = np.zeros(words.shape, dtype=np.uint32)
        chosen = self._chosen(words)
        for part in self._parts:
            columns = slice(None) if self.structures == 1 else np.flatnonzero(chosen == part.number)
            for row, index in part.fixed.items():
                indices[row, columns] = index
            for row, choices in part.choices.items():
                indices[row, columns] = bounded(words[row, columns], choices)
        return indices

    def _chosen(self, words: np.ndarray) -> np.ndarray:
        """The number of the structure that each column draws."""
        if self.structures == 1:
            return np.zeros(words.shape[1], dtype=np.intp)
        return bounded(words[self.problem.words[self.problem.structural[0]][0]], self.structures)

    def grouped(self, words: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The columns of some words and their indices: each structure apart where it has many, which is quicker."""
        n = words.shape[1]
        if self.structures == 1 or n < ALONE * self.structures:
            yield np.arange(n), self.indices(words)
            return
        chosen = self._chosen(words)
        for number in range(self.structures):
            places = np.flatnonzero(chosen == number)
            if len(places):
                yield places, self.within(number, some_columns(words, places))

    @property
    def structures(self) -> int:
        """How many structures there are."""
        return len(self._parts)

    def structure(self, indices: np.ndarray) -> np.ndarray:
        """The number of each column's structure."""
        numbers = np.zeros(indices.shape[1], dtype=np.intp)
        for part, columns in self._groups(indices):
            numbers[columns] = part.number
        return numbers

    def within(self, structure: int, words: np.ndarray) -> np.ndarray:
        """The indices that words make in one structure, whatever they would make of the structure."""
        part = self._parts[structure]
        indices = np.zeros(words.shape, dtype=np.uint32)
        for row, index in part.fixed.items():
            indices[row] = index
        for row, choices in part.choices.items():
            indices[row] = bounded(words[row], choices)
        return indices

    def params(self, indices: np.ndarray) -> Params:
        """The parameters that indices stand for; numbers are doubles, exact to 2^53, texts stay texts."""
        n = indices.shape[1]
        found: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {name: [] for name in self.problem.draws}
        for part, columns in self._groups(indices):
            for name, drawer in part.drawers.items():
                start = self.problem.words[name][0]
                drawn = drawer.drawn(indices[start : start + len(drawer.choices), columns])
                found[name].append((np.arange(n)[columns], drawn))
        return {name: gather(parts, parts[0][1].ndim - 1, n) for name, parts in found.items()}

    def size_of(self, structure: int) -> int:
        """How many different parameters one structure has."""
        return self._parts[structure].size

    def every(self, block: int, structure: int | None = None) -> Iterator[np.ndarray]:
        """The indices of all parameters there are, or of those of one structure, so many at a time."""
        for part in self._parts if structure is None else [self._parts[structure]]:
            for start in range(0, part.size, block):
                places = np.arange(start, min(part.size, start + block))
                indices = np.zeros((self.words, len(places)), dtype=np.uint32)
                for row, index in part.fixed.items():
                    indices[row] = index
                for row, choices in reversed([*part.choices.items()]):
                    places, indices[row] = np.divmod(places, choices)
                yield indices

    def places(self, indices: np.ndarray) -> np.ndarray:
        """Where parameters stand in the order of `every`; for spaces of fewer than 2^63."""
        places = np.zeros(indices.shape[1], dtype=np.int64)
        for part, columns in self._groups(indices):
            inside = np.zeros_like(places[columns])
            for row, choices in part.choices.items():
                inside = inside * choices + indices[row, columns]
            places[columns] = part.start + inside
        return places

    def _groups(self, indices: np.ndarray) -> Iterator[tuple[_Part, Any]]:
        """Each structure that occurs, with its columns (all of them as a slice if there is but one structure)."""
        if not self.problem.structural:
            yield self._parts[0], slice(None)
            return
        for part in self._parts:
            match = np.logical_and.reduce([indices[row] == index for row, index in part.fixed.items()])
            if match.all():
                yield part, slice(None)
                return
            if match.any():
                yield part, np.flatnonzero(match)


def _allowed(problem: Problem) -> list[Mapping[str, Any]]:
    """The structures that satisfy every condition on nothing but the structure; all of them if none does."""
    drawn = problem.draws.keys() | problem.steps.keys()
    decided = [c for c in problem.require if _draws_of(problem, c.names & drawn) <= frozenset(problem.structural)]
    if not decided or not problem.structural:
        return list(problem.structures)
    columns = zip(*(structure.values() for structure in problem.structures), strict=True)
    params = {name: Value.dense(np.array(values)) for name, values in zip(problem.structural, columns, strict=True)}
    truth = world(problem.rebuilt(given={}), params)
    holds = np.logical_and.reduce([truth.holds(condition) for condition in decided])
    return [s for s, held in zip(problem.structures, holds, strict=True) if held or not holds.any()]


def _draws_of(problem: Problem, names: frozenset[str]) -> frozenset[str]:
    """The draws that some draws and steps are made of, whatever a question may print."""
    found, todo = set[str](), set(names)
    while todo:
        name = todo.pop()
        found.add(name)
        todo |= (problem.steps[name].names if name in problem.steps else frozenset()) - found
    return frozenset(found) & problem.draws.keys()


def estimate(space: int, share: float = 1.0) -> str:
    """How many a share of a space is, to two figures; however large the space, it can be written.

    >>> estimate(2_000_000, 0.2531), estimate(256**256, 0.17), estimate(256**256, 0)
    ('510,000', '5.5e+615', '0')
    """
    if share <= 0:
        return "0"
    exponent, rest = divmod(math.log10(space) + math.log10(share), 1)
    digits = f"{10**rest:.1f}"
    if exponent < _WRITTEN_OUT:
        return f"{float(digits) * 10**exponent:,.0f}"
    return f"1.0e+{exponent + 1:.0f}" if digits == "10.0" else f"{digits}e+{exponent:.0f}"
