"""Random words -> the index of every number drawn -> parameters in columns; and how large the space of them is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from quizgen.draw.stream import bounded
from quizgen.problem.model import Problem
from quizgen.world.values import gather
from quizgen.world.worlds import Params


def words_needed(problem: Problem) -> int:
    """How many random words one try of a variant takes."""
    return sum(size for _, size in problem.words.values())


def indices_from(problem: Problem, words: np.ndarray) -> np.ndarray:
    """The index of every number drawn, (words, n): word j always makes number j, 0 where a structure needs none."""
    indices = np.zeros(words.shape, dtype=np.uint32)
    first = problem.drawers({})
    for name in problem.structural:
        row = problem.words[name][0]
        indices[row] = bounded(words[row], len(first[name].values))
    for structure, columns in _groups(problem, indices):
        for name, drawer in problem.drawers(structure).items():
            start = problem.words[name][0]
            for row in range(start, start + drawer.cells):
                indices[row, columns] = bounded(words[row, columns], len(drawer.values))
    return indices


def params_from(problem: Problem, indices: np.ndarray) -> Params:
    """The parameters that indices stand for; numbers are doubles, exact to 2^53, texts stay texts."""
    n = indices.shape[1]
    parts: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {name: [] for name in problem.draws}
    for structure, columns in _groups(problem, indices):
        for name, drawer in problem.drawers(structure).items():
            start = problem.words[name][0]
            table = drawer.values if drawer.values.dtype.kind == "U" else drawer.values.astype(float)
            picked = table[indices[start : start + drawer.cells, columns]]
            size = picked.shape[-1]
            parts[name].append((np.arange(n)[columns], picked.reshape(*drawer.shape, size)))
    return {name: gather(found, found[0][1].ndim - 1, n) for name, found in parts.items()}


def space_size(problem: Problem) -> int:
    """How many different parameters there are before any condition."""
    total = 0
    for structure in problem.structures:
        size = 1
        for name, drawer in problem.drawers(structure).items():
            size *= 1 if name in structure else drawer.space
        total += size
    return total


def every_index(problem: Problem, block: int) -> Iterator[np.ndarray]:
    """The indices of all parameters there are, so many at a time."""
    first = problem.drawers({})
    for structure in problem.structures:
        drawers = problem.drawers(structure)
        rows = [problem.words[n][0] + i for n, d in drawers.items() if n not in structure for i in range(d.cells)]
        radices = [len(d.values) for n, d in drawers.items() if n not in structure for _ in range(d.cells)]
        space = int(np.prod(radices, dtype=float))
        for start in range(0, space, block):
            numbers = np.arange(start, min(space, start + block))
            indices = np.zeros((words_needed(problem), len(numbers)), dtype=np.uint32)
            for name, value in structure.items():
                indices[problem.words[name][0]] = int(np.flatnonzero(first[name].values == value)[0])
            if rows:
                indices[rows] = np.array(np.unravel_index(numbers, radices), dtype=np.uint32)
            yield indices


def _groups(problem: Problem, indices: np.ndarray) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """Each structure that occurs, with its columns (all of them as a slice if there is but one structure)."""
    if not problem.structural:
        yield {}, slice(None)
        return
    first = problem.drawers({})
    values = {name: first[name].values[indices[problem.words[name][0]]] for name in problem.structural}
    for structure in problem.structures:
        match = np.logical_and.reduce([values[name] == value for name, value in structure.items()])
        if match.any():
            yield structure, np.flatnonzero(match)
