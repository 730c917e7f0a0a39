"""Whole answers that a declared mistake explains, everything before being right: what they hold, what they still earn.

A platform can tell a mistake only where no other explains the answer, too; that is what marking asks for as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np

from quizgen.answers.fairness import flattened
from quizgen.booklets.model import Field
from quizgen.draw.tellapart import kept, rounding_matters
from quizgen.exam.model import Question
from quizgen.export.wording import right_texts
from quizgen.problem.grader import Grader
from quizgen.problem.kinds import TOLERANT
from quizgen.problem.model import Answer, Mistake
from quizgen.world.values import Value, aligned, same_shape
from quizgen.world.worlds import Belief, World, mistaken


@dataclass(frozen=True)
class Wrong:
    """An answer that one declared mistake explains, and the points that it is worth.

    `low`, `high`: the closed interval of each box, nan in those that the mistake leaves right. `texts`: how it is
    typed, of an answer in words.
    """

    note: str
    title: str
    says: str
    points: Fraction
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Trace:
    """What a mistake makes of an answer in each of n variants: intervals, (boxes, n), and where it is seen as one."""

    mistake: Mistake
    low: np.ndarray
    high: np.ndarray
    leaves: np.ndarray
    seen: np.ndarray

    def meets(self, other: _Trace) -> np.ndarray:
        """Mask of the variants in which some answer could be taken for both."""
        with np.errstate(invalid="ignore"):
            clear = (self.low > other.high) | (other.low > self.high)
        result: np.ndarray = self.seen & other.seen & ~clear.any(axis=0)
        return result


def wrong_answers(
    field: Field, grader: Grader, truth: World, worlds: Sequence[tuple[Mistake, World]], right: Value
) -> list[tuple[Wrong, ...]]:
    """The mistaken answers of each of some variants; `worlds`: of those who make a mistake, see `slipping`."""
    answer = field.answer
    if answer.kind not in TOLERANT:
        return _in_words(field, grader, worlds, right)
    traces = [_trace(grader, world, answer, mistake, right, truth) for mistake, world in worlds]
    for one, other in combinations(traces, 2):
        if one.mistake.note != other.mistake.note and (meets := one.meets(other)).any():
            one.seen[meets] = other.seen[meets] = False
    found: list[list[Wrong]] = [[] for _ in range(right.n)]
    for trace in traces:
        for row, wrong in _wrongs(field, grader, trace):
            found[row].append(wrong)
    return [tuple(wrongs) for wrongs in found]


def slipping(question: Question, truth: World, numbers: np.ndarray, answer: Answer) -> list[tuple[Mistake, World]]:
    """The world of each mistake that may show in an answer, everything asked before it being right.

    `truth`: of some variants, `numbers` from 1. Formulas, and what a person reads, show no mistake.
    """
    problem = question.problem
    if answer.by_hand or answer.kind == "formula":
        return []
    before = [other for other in problem.answers if other.name in problem.earlier[answer.name] and not other.by_hand]
    held = [Belief(other.of, question.expected[other.name].take(numbers - 1)) for other in before]
    touching = [mistake for mistake in problem.mistakes if answer.of in problem.touched[mistake.id]]
    return [(mistake, truth.believing(*mistaken(mistake), *held)) for mistake in touching]


def accepted(answer: Answer, grader: Grader, world: World, value: Value) -> tuple[np.ndarray, np.ndarray]:
    """The smallest interval of all that agrees with a value on its own: near it, or near it in rounded steps."""
    tolerance, problem = answer.tolerance(grader.tolerance), world.problem
    reach = tolerance.bound(value.cells)
    low, high = value.cells - reach, value.cells + reach
    if rounding_matters(problem, answer, tolerance):
        rounded = world.rounded(tolerance, kept(problem)).value(answer.of, answer.step_axes).cells
        if rounded.shape == low.shape:
            reach = tolerance.bound(rounded)
            low, high = np.fmin(low, rounded - reach), np.fmax(high, rounded + reach)
    return low, high


def _trace(grader: Grader, world: World, answer: Answer, mistake: Mistake, right: Value, truth: World) -> _Trace:
    """What a mistake makes of an answer in numbers."""
    value = world.value(answer.of, answer.step_axes)
    seen = same_shape(value, right)
    if answer.cells:  # a constant earns nothing
        seen &= ~flattened(value, right)
    low, high = (_on(right, ends, value) for ends in accepted(answer, grader, world, value))
    lowest, highest = (ends.reshape(low.shape) for ends in accepted(answer, grader, truth, right))
    cells = _on(right, value.cells, value)
    inside = right.inside.reshape(cells.shape)
    with np.errstate(invalid="ignore"):
        leaves = ((cells < lowest) | (cells > highest)) & inside
    seen &= (np.isfinite(cells) | ~inside).all(axis=0) & leaves.any(axis=0)
    return _Trace(mistake, low, high, leaves, seen)


def _on(right: Value, cells: np.ndarray, value: Value) -> np.ndarray:
    """Cells of a value on the grid of the right one, (boxes, n); nan where it has none."""
    mine, grid = aligned(Value(cells, value.shape), right)
    return mine[tuple(slice(0, size) for size in right.largest)].reshape(-1, grid.shape[-1])


def _wrongs(field: Field, grader: Grader, trace: _Trace) -> Iterator[tuple[int, Wrong]]:
    """The variants in which a mistake is seen as one, each with the mistaken answer."""
    mistake, points, leaves = trace.mistake, _left(field, grader, trace.mistake), trace.leaves[:, trace.seen]
    low, high = (np.where(leaves, ends[:, trace.seen], np.nan).T.tolist() for ends in (trace.low, trace.high))
    for row, lower, upper in zip(np.flatnonzero(trace.seen).tolist(), low, high, strict=True):
        yield row, Wrong(mistake.note, mistake.title, mistake.says, points, tuple(lower), tuple(upper))


def _left(field: Field, grader: Grader, mistake: Mistake) -> Fraction:
    """The points that an answer is still worth."""
    return field.points * grader.credit.of_mistake(mistake.credit, in_array=field.answer.cells)


def _in_words(
    field: Field, grader: Grader, worlds: Sequence[tuple[Mistake, World]], right: Value
) -> list[tuple[Wrong, ...]]:
    """The mistaken answers to what is typed in words: those that one note explains, and that are not right."""
    answer = field.answer
    values = [(mistake, world.value(answer.of, answer.step_axes)) for mistake, world in worlds]
    found: list[tuple[Wrong, ...]] = []
    for row in range(right.n):
        fine = right_texts(answer, right.column(row))
        texts = [(mistake, _typable(answer, value, row)) for mistake, value in values]
        notes: dict[str, set[str]] = {}
        for mistake, typed in texts:
            for text in typed:
                notes.setdefault(text, set()).add(mistake.note)
        alone = [(m, tuple(t for t in typed if t not in fine and len(notes[t]) == 1)) for m, typed in texts]
        found.append(
            tuple(Wrong(m.note, m.title, m.says, _left(field, grader, m), texts=typed) for m, typed in alone if typed)
        )
    return found


def _typable(answer: Answer, value: Value, row: int) -> tuple[str, ...]:
    """How a value of one variant is typed, if it exists."""
    cells = value.column(row)
    exists = (value.shape[:, row] >= 0).all() and np.isfinite(cells).all()
    return tuple(right_texts(answer, cells)) if exists else ()
