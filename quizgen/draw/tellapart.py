"""Telling apart: a draw counts only if no answer can be taken both for right and for a mistake, or for two mistakes.

At the first asked answer where a mistake leaves the truth it must be apart from the truth, and from every other
mistake that somebody could make there. Everything is tried in stages on what is left; what refuses most comes
first, which changes the time and never the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from quizgen.answers.agreement import Reading, apart, differing, reading
from quizgen.answers.fairness import Work
from quizgen.language.tolerance import Tolerance
from quizgen.problem.model import Answer, Mistake, Problem
from quizgen.world.worlds import Belief, World, mistaken

_REQUIRE = "require: "
_DENSE = 0.85  # columns are dropped from the arrays once fewer than this share are left


@dataclass(frozen=True)
class _Trace:
    """What a mistake makes of each answer in which it shows, while everything before was answered rightly.

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


@dataclass(frozen=True)
class _Columns:
    """Columns on their way through the sieve: their places, the truth, the right answers, the mistakes so far.

    `rough`: by the tolerance of an answer, the truth of somebody who rounds on the way; where that matters.
    """

    places: np.ndarray
    truth: World
    rough: Mapping[str, World]
    right: tuple[Reading, ...]
    work: tuple[Work, ...]
    traces: tuple[_Trace, ...] = ()

    def take(self, rows: np.ndarray) -> _Columns:
        """Keep some of them."""
        return _Columns(
            self.places[rows],
            self.truth.take(rows),
            {key: world.take(rows) for key, world in self.rough.items()},
            tuple(reading.take(rows) for reading in self.right),
            tuple(work.take(rows) for work in self.work),
            tuple(trace.take(rows) for trace in self.traces),
        )


class Sieve:
    """Accepts or refuses candidates of one problem, and remembers what refused most."""

    def __init__(self, problem: Problem, tolerances: Mapping[str, Tolerance]) -> None:
        self.problem = problem
        self.tolerances = [answer.tolerance(tolerances) for answer in problem.answers]
        self._rounds = [rounding_matters(problem, a, t) for a, t in zip(problem.answers, self.tolerances, strict=True)]
        self._shows = {mistake.id: shows(problem, mistake) for mistake in problem.mistakes}
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
        columns, alive = self._start(truth)
        for mistake in sorted(self.problem.mistakes, key=lambda m: -self.refused[f"mistake '{m.id}'"]):
            if alive.mean() < _DENSE:
                columns = columns.take(np.flatnonzero(alive))
                alive = np.ones(len(columns.places), dtype=bool)
            if not len(alive):
                break
            trace = self._told(columns, mistake)
            self.refused[f"mistake '{mistake.id}'"] += int((alive & ~trace.told).sum())
            alive &= trace.told
            columns = replace(columns, traces=(*columns.traces, trace))
        mask[columns.places[alive]] = True
        return mask

    def untold(self, truth: World) -> Iterator[Untold]:
        """Everything that is not told apart, pair by pair; a mistake with full credit may well be what is right."""
        answers, columns, traces = self.problem.answers, self._start(truth)[0], list[_Trace]()
        for mistake in self.problem.mistakes:
            trace = self._trace(columns, truth.believing(*mistaken(mistake)), mistake)
            asked = [k for k, answer in enumerate(answers) if answer.of in self.problem.touched[mistake.id]]
            unseen = np.where(trace.first == len(answers), asked[0] if asked else -1, trace.first)
            for k in asked if mistake.credit != 1 else ():
                yield Untold(mistake.id, "", answers[k].name, (unseen == k) & ~trace.told)
            for other in traces:
                for k, told in _meetings(trace, other) if other.note != trace.note else ():
                    yield Untold(other.note, trace.note, answers[k].name, ~told)
            traces.append(trace)

    def _start(self, truth: World) -> tuple[_Columns, np.ndarray]:
        """All columns, and which of them have finite right answers."""
        rounded = {t.source: t for t, rounds in zip(self.tolerances, self._rounds, strict=True) if rounds}
        rough = {source: truth.rounded(tolerance, kept(self.problem)) for source, tolerance in rounded.items()}
        right = tuple(self._reading(number, truth, rough) for number in range(len(self.problem.answers)))
        alive = np.logical_and.reduce([answer.exists for answer in right])
        return _Columns(np.arange(truth.n), truth, rough, right, tuple(Work(answer.value) for answer in right)), alive

    def _told(self, columns: _Columns, mistake: Mistake) -> _Trace:
        """Follow a mistake; `told` is then whether it passes every test, also against the mistakes before it."""
        slipping = columns.truth.believing(*mistaken(mistake))
        trace = self._trace(columns, slipping, mistake)
        told = trace.told.copy()
        for other in columns.traces:
            if other.note != trace.note:
                told &= _pair_told(trace, other)
        return replace(trace, told=told & self._followed(columns, slipping, mistake, trace.first))

    def _followed(self, columns: _Columns, slipping: World, mistake: Mistake, first: np.ndarray) -> np.ndarray:
        """Mask of the columns in which a mistake is seen as one, and whoever goes on rightly still has work to do."""
        fair = np.ones(slipping.n, dtype=bool)
        for k, (answer, work) in enumerate(zip(self.problem.answers, columns.work, strict=True)):
            earlier, here = first < k, first == k if answer.cells else np.zeros(1, dtype=bool)
            if answer.of not in self.problem.touched[mistake.id] or not (earlier.any() or here.any()):
                continue
            value = slipping.value(answer.of, answer.step_axes)
            lost = work.none_in(answer, value) & earlier if earlier.any() else ~fair
            if here.any():
                lost |= work.flattened(value) & here
            if lost.any():
                fair &= ~(lost & np.isfinite(value.cells).any(axis=tuple(range(value.axes))))
        return fair

    def _trace(self, columns: _Columns, slipping: World, mistake: Mistake) -> _Trace:
        """Follow a mistake through the answers in which it shows, each earlier one answered rightly."""
        answers = self.problem.answers
        own, beliefs = slipping, mistaken(mistake)
        first = np.full(slipping.n, len(answers))
        told = np.zeros(slipping.n, dtype=bool)
        readings, leaves = {}, {}
        for k in self._shows[mistake.id]:
            readings[k] = self._reading(k, own, columns.rough, beliefs)
            differs = differing(readings[k], columns.right[k])
            now = differs & (first == len(answers))
            told |= now & apart(readings[k], columns.right[k])
            first[now] = k
            leaves[k] = differs & readings[k].exists
            if k != self._shows[mistake.id][-1]:
                beliefs.append(Belief(answers[k].of, columns.right[k].value))
                own = own.believing(beliefs[-1])
        return _Trace(mistake.note, readings, leaves, first, told)

    def _reading(
        self, number: int, world: World, rough: Mapping[str, World], beliefs: Sequence[Belief] = ()
    ) -> Reading:
        """An answer's value in a world of such beliefs, with the room that marking will give it."""
        answer, tolerance = self.problem.answers[number], self.tolerances[number]
        value = world.value(answer.of, answer.step_axes)
        rounded = None
        if self._rounds[number]:
            rounded = rough[tolerance.source].believing(*beliefs).value(answer.of, answer.step_axes)
        return reading(value, rounded, tolerance, places=answer.kind == "location")


def shows(problem: Problem, mistake: Mistake) -> tuple[int, ...]:
    """The numbers of the answers that a mistake can change while every answer before is right."""
    changed, todo = set(mistake.steps), list(mistake.steps)
    while todo:
        step = todo.pop()
        if step not in problem.asked:
            below = {other for other, names in problem.graph.reads.items() if step in names} - changed
            changed |= below
            todo.extend(below)
    return tuple(number for number, answer in enumerate(problem.answers) if answer.of in changed)


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
