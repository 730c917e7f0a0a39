"""Telling apart: a draw counts only if no answer can be taken both for right and for a mistake, or for two mistakes.

At the first asked answer where a mistake leaves the truth it must be apart from the truth, and from every other
mistake that somebody could make there; and whoever then goes on rightly must still have work to do.

Mistake by mistake, all columns at once. What is right is solved, read and weighed once (`_Right`). A mistake is read
only at the answers where it can show while everything before is right (`_Trace`), and held against the truth and
against those mistakes that show there, too: by one number for each column, cell by cell only where that leaves doubt.
Columns that are refused are dropped now and then; what refuses most comes first, which changes the time and never the
result.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

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

    mistake: Mistake
    readings: Mapping[int, Reading]
    leaves: Mapping[int, np.ndarray]
    first: np.ndarray
    told: np.ndarray

    def take(self, rows: np.ndarray) -> _Trace:
        """Keep some columns."""
        readings = {k: value.take(rows) for k, value in self.readings.items()}
        leaves = {k: mask[rows] for k, mask in self.leaves.items()}
        return _Trace(self.mistake, readings, leaves, self.first[rows], self.told[rows])

    @cached_property
    def here(self) -> Mapping[int, np.ndarray]:
        """By number of the answer: the columns that first leave the truth there, if there are any."""
        masks = {k: self.first == k for k in self.readings}
        return {k: mask for k, mask in masks.items() if mask.any()}


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
class _Right:
    """What is right in some columns: the truth, its answers as they are read, and the work that they ask for.

    `rough`: by the tolerance of an answer, the truth of somebody who rounds on the way; where that matters.
    """

    truth: World
    rough: Mapping[str, World]
    answers: tuple[Reading, ...]
    work: tuple[Work, ...]

    def take(self, rows: np.ndarray) -> _Right:
        """Keep some columns."""
        rough = {key: world.take(rows) for key, world in self.rough.items()}
        answers = tuple(answer.take(rows) for answer in self.answers)
        return _Right(self.truth.take(rows), rough, answers, tuple(Work(answer.value) for answer in answers))


class Sieve:
    """Accepts or refuses candidates of one problem, and remembers what refused most."""

    def __init__(self, problem: Problem, tolerances: Mapping[str, Tolerance]) -> None:
        self.problem = problem
        self.tolerances = [answer.tolerance(tolerances) for answer in problem.answers]
        self._rounds = [rounding_matters(problem, a, t) for a, t in zip(problem.answers, self.tolerances, strict=True)]
        self._shows = {mistake.id: shows(problem, mistake) for mistake in problem.mistakes}
        self._touches = {mistake.id: _numbers(problem, problem.touched[mistake.id]) for mistake in problem.mistakes}
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
        mask, left = np.zeros(truth.n, dtype=bool), np.arange(truth.n)
        alive = np.ones(truth.n, dtype=bool)
        for condition in self.problem.require:
            if alive.mean() < _DENSE:
                truth, left = truth.take(alive), left[alive]
                alive = np.ones(len(left), dtype=bool)
            if not len(left):
                break
            holds = truth.holds(condition)
            self.refused[f"{_REQUIRE}{condition.source}"] += int((alive & ~holds).sum())
            alive &= holds
        mask[left[alive]] = True
        return mask

    def told_apart(self, truth: World) -> np.ndarray:
        """Mask of the columns that have finite right answers and tell all mistakes apart, pair by pair."""
        mask = np.zeros(truth.n, dtype=bool)
        places, right, traces = np.arange(truth.n), self._right(truth), list[_Trace]()
        alive = np.logical_and.reduce([answer.exists for answer in right.answers])
        for mistake in sorted(self.problem.mistakes, key=lambda m: -self.refused[f"mistake '{m.id}'"]):
            if np.count_nonzero(alive) < _DENSE * len(alive):
                left = np.flatnonzero(alive)
                places, right, alive = places[left], right.take(left), alive[left]
                traces = [trace.take(left) for trace in traces]
            if not len(alive):
                break
            slipping = right.truth.believing(*mistaken(mistake))
            trace = self._trace(right, slipping, mistake)
            told = np.logical_and.reduce([trace.told, *_told_from(trace, traces), *self._fair(right, slipping, trace)])
            self.refused[f"mistake '{mistake.id}'"] += int((alive & ~told).sum())
            alive &= told
            traces.append(trace)
        mask[places[alive]] = True
        return mask

    def untold(self, truth: World) -> Iterator[Untold]:
        """Everything that is not told apart, pair by pair; a mistake with full credit may well be what is right."""
        answers, right, traces = self.problem.answers, self._right(truth), list[_Trace]()
        for mistake in self.problem.mistakes:
            trace = self._trace(right, truth.believing(*mistaken(mistake)), mistake)
            asked = self._touches[mistake.id]
            unseen = np.where(trace.first == len(answers), asked[0] if asked else -1, trace.first)
            for k in asked if mistake.credit != 1 else ():
                yield Untold(mistake.id, "", answers[k].name, (unseen == k) & ~trace.told)
            for other in traces:
                for k, told in _meetings(trace, other):
                    yield Untold(other.mistake.note, mistake.note, answers[k].name, ~told)
            traces.append(trace)

    def _right(self, truth: World) -> _Right:
        """What is right in all columns."""
        rounded = {t.source: t for t, rounds in zip(self.tolerances, self._rounds, strict=True) if rounds}
        rough = {source: truth.rounded(tolerance, kept(self.problem)) for source, tolerance in rounded.items()}
        answers = tuple(self._reading(number, truth, rough) for number in range(len(self.problem.answers)))
        return _Right(truth, rough, answers, tuple(Work(answer.value) for answer in answers))

    def _fair(self, right: _Right, slipping: World, trace: _Trace) -> Iterator[np.ndarray]:
        """Masks of the columns in which a mistake is seen as one, and whoever goes on rightly still has work to do."""
        earliest, latest = trace.first.min(), trace.first.max()
        for k in self._touches[trace.mistake.id]:
            answer, work = self.problem.answers[k], right.work[k]
            if k < earliest or (k == earliest and not answer.cells):
                continue
            value = slipping.value(answer.of, answer.step_axes)
            if not value.axes and answer.kind != "location" and value.cells.all():
                continue  # a single number leaves work to do unless it is 0
            lost = work.none_in(answer, value) if earliest < k else np.zeros(slipping.n, dtype=bool)
            if latest >= k:
                lost &= trace.first < k
            if k in trace.here and answer.cells:
                lost |= work.flattened(value) & trace.here[k]
            if lost.any():
                yield ~(lost & np.isfinite(value.cells).any(axis=tuple(range(value.axes))))

    def _trace(self, right: _Right, slipping: World, mistake: Mistake) -> _Trace:
        """Follow a mistake through the answers in which it shows, each earlier one answered rightly."""
        answers = self.problem.answers
        own, beliefs = slipping, mistaken(mistake)
        first = np.full(slipping.n, len(answers))
        told = np.zeros(slipping.n, dtype=bool)
        readings, leaves = {}, {}
        for k in self._shows[mistake.id]:
            readings[k] = self._reading(k, own, right.rough, beliefs)
            differs = differing(readings[k], right.answers[k])
            now = differs & (first == len(answers))
            if now.any():
                told |= now & apart(readings[k], right.answers[k])
                first[now] = k
            leaves[k] = differs & readings[k].exists
            if k != self._shows[mistake.id][-1]:
                beliefs.append(Belief(answers[k].of, right.answers[k].value))
                own = own.believing(beliefs[-1])
        return _Trace(mistake, readings, leaves, first, told)

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
    return _numbers(problem, changed)


def _numbers(problem: Problem, steps: Collection[str]) -> tuple[int, ...]:
    """The numbers of the answers that ask for some steps."""
    return tuple(number for number, answer in enumerate(problem.answers) if answer.of in steps)


def rounding_matters(problem: Problem, answer: Answer, tolerance: Tolerance) -> bool:
    """Whether an answer is computed from unasked real numbers that a student may write down rounded."""
    if tolerance.is_exact or not any(rule.unit in ("figures", "decimals") for rule in tolerance.rules):
        return False
    return bool(problem.graph.above([answer.of]) - kept(problem))


def kept(problem: Problem) -> frozenset[str]:
    """The steps that nobody rounds on the way: those asked or given, and whole numbers."""
    return problem.asked | problem.whole | problem.given.keys()


def _told_from(trace: _Trace, others: Sequence[_Trace]) -> Iterator[np.ndarray]:
    """Masks of the columns in which a mistake is apart from others wherever it meets them."""
    for other in others:
        for _, apart_there in _meetings(trace, other):
            yield apart_there


def _meetings(a: _Trace, b: _Trace) -> Iterator[tuple[int, np.ndarray]]:
    """Where two mistakes meet when one of them first shows: the answer, and a mask of the columns that tell them apart.

    A column in which they do not meet there tells them apart; mistakes with one note need not be told apart.
    """
    for k in a.readings if a.mistake.note != b.mistake.note else ():
        if k in b.readings and (k in a.here or k in b.here):
            first = np.logical_or.reduce([trace.here[k] for trace in (a, b) if k in trace.here])
            meet = a.leaves[k] & b.leaves[k] & first
            if meet.any():
                yield k, ~meet | apart(a.readings[k], b.readings[k])
