"""How much work a variant is by hand, and the band it has to lie in: nobody's paper is much longer than another's.

The band is found from candidates of a public stream, so that it is the same for every secret, every number of variants
and every machine. Structures that differ by nature (a deeper network) have bands of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from quizgen.draw.parameters import Space
from quizgen.draw.stream import Stream, secret_of, subkey
from quizgen.language.effort import effort
from quizgen.world.worlds import World, world

EVEN = 1.3  # the hardest variant of a structure takes at most so many times the work of the easiest
_PILOT = 64  # candidates of one round of the search for a band
_ENOUGH = 64  # of all that satisfy `require`
_ROUNDS = 64
_FIRST = 2  # rounds that are looked at together at first; then three times as many as before
_ALL = 1 << 16  # structures with fewer candidates are looked through where a pilot finds too few
_MOST = 0.5  # of each structure's candidates in a common band; else the structures differ by nature
_GUARD = 1e-9


def work(truth: World) -> np.ndarray:
    """The operations that the asked answers of each column take by hand, (n,); one at least."""
    problem = truth.problem
    steps = (truth.measured(step, effort) for step in problem.steps if step in problem.taken)
    return np.asarray(np.maximum(1.0, sum(steps, np.zeros(truth.n))))


class Band:
    """The least and the most work of a variant: the same for all structures if most of each fit into it."""

    def __init__(self, space: Space, block: int) -> None:
        self._space = space
        stream = Stream(subkey(secret_of("quizgen pilot"), "band"))
        pilots, shares = zip(*(_pilot(space, i, block, stream) for i in range(space.structures)), strict=True)
        self.share = float(np.mean(shares))  # of the candidates, as far as was looked: those that satisfy `require`
        known = [pilot for pilot in pilots if len(pilot)]
        common = _limits(np.concatenate([*known, np.zeros(0)]))
        shared = all(_inside(pilot, *common).mean() >= _MOST for pilot in known)
        self._least, self._most = np.array([common if shared else _limits(pilot) for pilot in pilots]).T

    def holds(self, indices: np.ndarray, truth: World) -> np.ndarray:
        """Mask of the columns (drawn by these indices) whose work lies in the band of their structure."""
        structure, took = self._space.structure(indices), work(truth)
        return _inside(took, self._least[structure], self._most[structure])


def _inside(took: np.ndarray, least: Any, most: Any) -> np.ndarray:
    """Mask of the work that lies in a band, its ends included."""
    return np.asarray((took >= least - _GUARD) & (took <= most + _GUARD))


def _pilot(space: Space, structure: int, block: int, stream: Stream) -> tuple[np.ndarray, float]:
    """The work of some candidates of a structure that satisfy `require`, and what share of those looked at these are.

    Few, if few do; of those in a small structure, all.
    """
    found, first = np.zeros(0), 0
    while first < _ROUNDS:
        together = max(1, min(3 * first or _FIRST, _ROUNDS - first, block // _PILOT))
        for took in _rounds(space, structure, block, stream, np.arange(first, first + together)):
            first += 1
            found = np.concatenate([found, took])
            if len(found) >= _ENOUGH:
                return found, len(found) / (first * _PILOT)
    if space.size_of(structure) <= _ALL:
        found = np.concatenate([_satisfying(space, indices)[1] for indices in space.every(block, structure)])
        return found, len(found) / space.size_of(structure)
    return found, len(found) / (first * _PILOT)


def _rounds(space: Space, structure: int, block: int, stream: Stream, rounds: np.ndarray) -> Iterator[np.ndarray]:
    """The work of what satisfies `require` in each of some rounds, which are looked at together."""
    tries, numbers = np.repeat(rounds, _PILOT), np.tile(np.arange(_PILOT) + 1, len(rounds))
    of_round, took = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    for start in range(0, len(tries), block):
        part = slice(start, start + block)
        words = stream.words(numbers[part], tries[part], space.words)
        places, found = _satisfying(space, space.within(structure, words))
        of_round.append(tries[part][places])
        took.append(found)
    which, values = np.concatenate(of_round), np.concatenate(took)
    return (values[which == number] for number in rounds)


def _satisfying(space: Space, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The candidates that satisfy `require`, and their work."""
    truth, left = world(space.problem, space.params(indices)), np.arange(indices.shape[1])
    for condition in space.problem.require:
        holds = truth.holds(condition)
        if not holds.all():
            truth, left = truth.take(holds), left[holds]
        if not truth.n:
            return left, np.zeros(0)
    return left, work(truth)


def _limits(found: np.ndarray) -> tuple[float, float]:
    """The band that holds most of what was found, with equal room on both sides; without any, there is no limit.

    >>> [round(float(limit), 1) for limit in _limits(np.array([50, 100, 110, 120, 200]))]
    [96.1, 124.9]
    """
    if not len(found):
        return 0.0, float("inf")
    values = np.sort(found)
    ends = np.searchsorted(values, values * EVEN + _GUARD, side="right")
    first = int(np.argmax(ends - np.arange(len(values))))
    lowest, highest = values[first], values[ends[first] - 1]
    least = np.sqrt(lowest * highest / EVEN)
    return float(least), float(least * EVEN)
