"""Telling apart: a draw counts only if no answer can be taken both for right and for a mistake, or for two mistakes.

At the first asked answer where a mistake leaves the truth it must be apart from the truth, and from every other
mistake that somebody could make there. Everything is tried in stages on what is left; what refuses most comes
first, which changes the time and never the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from quizgen.answers.agreement import Reading, apart, identical, reading
from quizgen.answers.fairness import flattened, leaves_no_work
from quizgen.language.tolerance import Tolerance
from quizgen.problem.model import Answer, Mistake, Problem
from quizgen.world.worlds import Belief, World, mistaken

_REQUIRE = "require: "
_DENSE = 0.85  # columns are dropped from the arrays once fewer than this share are left


@dataclass(frozen=True)
class _Trace:
    """What a mistake makes of each answer it touches, while everything before was answered rightly.

    By number of the answer: its reading, and where it leaves the truth. `first`: the number of the answer where
    each column first leaves the truth, or the number of answers. `told`: whether it is apart from the truth there.
    """

    note: str
    readings: Mapping[int, Reading]
    leaves: Mapping[int, np.ndarray]
    first: np.ndarray
    told: np.ndarray

    def take(self, rows: np.ndarray) -> _Trace:
        """Keep some columns."""
        readings = {k: value.take(rows) for k, value in self.readings.items()}
        leaves = {k: mask[rows] for k, mask in self.leaves.items()}
        return _Trace(self.note, readings, leaves, self.first[rows], self.told[rows])


@dataclass(frozen=True)
class Untold:
    """A mistake that cannot be told from another one, or from what is right (`other` empty), at an answer.

    `columns`: mask of the columns in which that is so.
    """

    mistake: str
    other: str
    answer: str
    columns: np.ndarray

    @property
    def key(self) -> tuple[frozenset[str], str]:
        """What it is about, in whatever order the mistakes stand."""
        return frozenset((self.mistake, self.other)), self.answer


class Sieve:
    """Accepts or refuses candidates of one problem, and remembers what refused most."""

    def __init__(self, problem: Problem, tolerances: Mapping[str, Tolerance]) -> None:
        self.problem = problem
        self.tolerances = [answer.tolerance(tolerances) for answer in problem.answers]
        self._rounds = [rounding_matters(problem, a, t) for a, t in zip(problem.answers, self.tolerances, strict=True)]
        self.refused = {f"{_REQUIRE}{condition.source}": 0 for condition in problem.require}
        self.refused |= {f"mistake '{mistake.id}'": 0 for mistake in problem.mistakes}

    @property
    def hardest(self) -> str:
        """What refused most: a condition, or whatever came after all conditions if anything got that far."""
        later = {name: count for name, count in self.refused.items() if not name.startswith(_REQUIRE)}
        refused = later if any(later.values()) else self.refused
        return max(refused, key=lambda name: refused[name], default="nothing")

    def satisfies(self, truth: World) -> np.ndarray:
        """Mask of the columns that satisfy every condition of `require`."""
        mask = np.zeros(truth.n, dtype=bool)
        left = np.arange(truth.n)
        for condition in self.problem.require:
            holds = truth.holds(condition)
            self.refused[f"{_REQUIRE}{condition.source}"] += int((~holds).sum())
            if not holds.all():
                truth, left = truth.take(holds), left[holds]
            if not len(left):
                break
        mask[left] = True
        return mask

    def told_apart(self, truth: World) -> np.ndarray:
        """Mask of the columns that have finite right answers and tell all mistakes apart, pair by pair."""
        mask = np.zeros(truth.n, dtype=bool)
        left = np.arange(truth.n)
        right = [self._reading(truth, number) for number in range(len(self.problem.answers))]
        alive = np.logical_and.reduce([answer.exists for answer in right])
        traces: list[_Trace] = []
        for mistake in sorted(self.problem.mistakes, key=lambda m: -self.refused[f"mistake '{m.id}'"]):
            if alive.mean() < _DENSE:
                truth, left = truth.take(alive), left[alive]
                right, traces = [r.take(alive) for r in right], [t.take(alive) for t in traces]
                alive = np.ones(len(left), dtype=bool)
            if not len(left):
                break
            trace = self._trace(truth, right, mistake)
            told = trace.told & self._followed(truth, right, mistake, trace.first)
            for other in traces:
                if other.note != trace.note:
                    told &= _pair_told(trace, other)
            self.refused[f"mistake '{mistake.id}'"] += int((alive & ~told).sum())
            alive &= told
            traces.append(trace)
        mask[left[alive]] = True
        return mask

    def untold(self, truth: World) -> Iterator[Untold]:
        """Everything that is not told apart, pair by pair; a mistake with full credit may well be what is right."""
        answers = self.problem.answers
        right = [self._reading(truth, number) for number in range(len(answers))]
        traces: list[_Trace] = []
        for mistake in self.problem.mistakes:
            trace = self._trace(truth, right, mistake)
            asked = [k for k, answer in enumerate(answers) if answer.of in self.problem.touched[mistake.id]]
            unseen = np.where(trace.first == len(answers), asked[0] if asked else -1, trace.first)
            for k in asked if mistake.credit != 1 else ():
                yield Untold(mistake.id, "", answers[k].name, (unseen == k) & ~trace.told)
            for other in traces:
                for k, told in _meetings(trace, other) if other.note != trace.note else ():
                    yield Untold(other.note, trace.note, answers[k].name, ~told)
            traces.append(trace)

    def _followed(self, truth: World, right: list[Reading], mistake: Mistake, first: np.ndarray) -> np.ndarray:
        """Mask of the columns in which a mistake is seen as one, and whoever goes on rightly still has work to do."""
        fair = np.ones(truth.n, dtype=bool)
        slipping = truth.believing(*mistaken(mistake))
        for k, (answer, expected) in enumerate(zip(self.problem.answers, right, strict=True)):
            if answer.of in self.problem.touched[mistake.id]:
                value = slipping.value(answer.of, answer.step_axes)
                lost = leaves_no_work(answer, value, expected.value) & (first < k)
                if answer.cells:
                    lost |= flattened(value, expected.value) & (first == k)
                exists = np.isfinite(value.cells).any(axis=tuple(range(value.axes)))
                fair &= ~(exists & lost)
        return fair

    def _trace(self, truth: World, right: list[Reading], mistake: Mistake) -> _Trace:
        """Follow a mistake through the answers, each earlier one answered rightly."""
        answers = self.problem.answers
        own = truth.believing(*mistaken(mistake))
        first = np.full(truth.n, len(answers))
        told = np.zeros(truth.n, dtype=bool)
        readings, leaves = {}, {}
        touched = [k for k, answer in enumerate(answers) if answer.of in self.problem.touched[mistake.id]]
        for k in touched:
            readings[k] = self._reading(own, k)
            differs = ~identical(readings[k], right[k])
            now = differs & (first == len(answers))
            told |= now & apart(readings[k], right[k])
            first[now] = k
            leaves[k] = differs & readings[k].exists
            if k != touched[-1]:
                own = own.believing(Belief(answers[k].of, right[k].value))
        return _Trace(mistake.note, readings, leaves, first, told)

    def _reading(self, world: World, number: int) -> Reading:
        """An answer's value in a world, with the room that marking will give it."""
        answer, tolerance = self.problem.answers[number], self.tolerances[number]
        value = world.value(answer.of, answer.step_axes)
        rounded = None
        if self._rounds[number]:
            rounded = world.rounded(tolerance, kept(self.problem)).value(answer.of, answer.step_axes)
        return reading(value, rounded, tolerance, places=answer.kind == "location")


def rounding_matters(problem: Problem, answer: Answer, tolerance: Tolerance) -> bool:
    """Whether an answer is computed from unasked real numbers that a student may write down rounded."""
    if tolerance.is_exact or not any(rule.unit in ("figures", "decimals") for rule in tolerance.rules):
        return False
    return bool(problem.graph.above([answer.of]) - kept(problem))


def kept(problem: Problem) -> frozenset[str]:
    """The steps that nobody rounds on the way: those asked or given, and whole numbers."""
    return problem.asked | problem.whole | problem.given.keys()


def _pair_told(a: _Trace, b: _Trace) -> np.ndarray:
    """Mask of the columns in which two mistakes are apart wherever one of them first shows."""
    told = np.ones(len(a.first), dtype=bool)
    for _, apart_there in _meetings(a, b):
        told &= apart_there
    return told


def _meetings(a: _Trace, b: _Trace) -> Iterator[tuple[int, np.ndarray]]:
    """Where two mistakes meet when one of them first shows: the answer, and a mask of the columns that tell them apart.

    A column in which they do not meet there tells them apart.
    """
    for k in sorted(a.readings.keys() & b.readings.keys()):
        meet = a.leaves[k] & b.leaves[k] & ((a.first == k) | (b.first == k))
        if meet.any():
            yield k, ~meet | apart(a.readings[k], b.readings[k])
