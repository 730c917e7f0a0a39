"""An exam -> items that any LMS could ask: a variant's question, the boxes to type into, and what each accepts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from quizgen.booklets.binding import TOGETHER, fields_of, sections_of
from quizgen.booklets.model import Field, Section
from quizgen.draw.tellapart import kept, rounding_matters
from quizgen.exam.model import Exam, Question
from quizgen.problem.grader import Grader
from quizgen.problem.kinds import TOLERANT
from quizgen.problem.model import Answer, Mistake
from quizgen.render.spelled import spelled
from quizgen.world.values import Value
from quizgen.world.worlds import Belief, World, mistaken, world


@dataclass(frozen=True)
class Slip:
    """What a declared mistake makes of a box, everything before it being right."""

    note: str
    title: str
    says: str
    value: float


@dataclass(frozen=True)
class Box:
    """One thing that is typed or chosen: a whole answer, or a cell of one.

    `name` is the column's, `Q3.conv[1,2]`; `points` its share of the answer's. A number is accepted from `low` to
    `high`, both included; for other kinds `texts` are right, the first as we would write it, and `options` are what is
    to choose from. `inside`: whether the variant has this cell at all (others may be larger).
    """

    name: str
    kind: str
    points: Fraction
    right: float
    low: float
    high: float
    texts: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    slips: tuple[Slip, ...] = ()
    inside: bool = True

    @property
    def is_number(self) -> bool:
        """Whether a number is typed, and right within an interval."""
        return self.kind in ("integer", "number")


@dataclass(frozen=True)
class Asked:
    """An answer of an item, with its boxes row by row."""

    field: Field
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Item:
    """A variant of a question; `number` is the variant's, `section` holds its text, tag, title and worked solution."""

    question: str
    problem: str
    number: int
    section: Section
    answers: tuple[Asked, ...]

    @property
    def boxes(self) -> tuple[Box, ...]:
        """All boxes, in the order of an answer sheet's columns."""
        return tuple(box for asked in self.answers for box in asked.boxes)


def items_of(
    exam: Exam, question: Question, count: int | None = None, *, slips: bool = False, solutions: bool = True
) -> Iterator[Item]:
    """The variants of a question (the first `count` of them) as items, a block of them in memory at a time.

    `slips`: with what each declared mistake makes of each box; `solutions`: with the worked solution. A variant that
    its own paper does not ask, because the blueprint leaves a choice, is an item all the same: a pool may hold it.
    """
    n = question.n if count is None else min(count, question.n)
    fields = fields_of(question, exam.grader)
    for start in range(0, n, TOGETHER):
        numbers = np.arange(start + 1, min(start + TOGETHER, n) + 1)
        sections = sections_of(exam.code, question, numbers, fields, solutions=solutions)
        solved = _Solved(question, exam.grader, world(question.problem, question.take(numbers)), numbers)
        boxes = [solved.boxes(field, slips=slips) for field in fields]
        for row, section in enumerate(sections):
            answers = tuple(Asked(field, mine[row]) for field, mine in zip(fields, boxes, strict=True))
            yield Item(question.name, question.problem.name, start + row + 1, section, answers)


@dataclass(frozen=True)
class _Solved:
    """A block of variants of a question, solved."""

    question: Question
    grader: Grader
    truth: World
    numbers: np.ndarray

    def boxes(self, field: Field, *, slips: bool) -> list[tuple[Box, ...]]:
        """The boxes of an answer for each variant."""
        answer = field.answer
        if answer.kind not in TOLERANT:
            return [(self._worded(field, row),) for row in range(len(self.numbers))]
        low, high = self._accepted(answer)
        right = self._right(answer)
        found = [(m, self._slipped(answer, m)) for m in self._touching(answer)] if slips else []
        inside = right.inside.reshape(-1, right.n)
        each = [field.points / max(1, int(count)) for count in inside.sum(axis=0)]
        cells = right.cells.reshape(-1, right.n)
        low, high = low.reshape(cells.shape), high.reshape(cells.shape)
        kind = "integer" if answer.whole or answer.kind == "integer" else "number"
        slipped = [(mistake, value.reshape(cells.shape)) for mistake, value in found]
        return [
            tuple(
                Box(
                    name=name,
                    kind=kind,
                    points=each[row] if inside[cell, row] else Fraction(0),
                    right=float(cells[cell, row]) + 0.0,
                    low=float(low[cell, row]),
                    high=float(high[cell, row]),
                    slips=_slips(slipped, cell, row, float(low[cell, row]), float(high[cell, row])),
                    inside=bool(inside[cell, row]),
                )
                for cell, name in enumerate(field.cells)
            )
            for row in range(right.n)
        ]

    def _worded(self, field: Field, row: int) -> Box:
        """The box of an answer that is typed in words: a shape, a place, a choice, a formula."""
        answer = field.answer
        value = self._right(answer).column(row)
        texts = tuple(right_texts(answer, value))
        nan = float("nan")
        return Box(field.name, answer.kind, field.points, nan, nan, nan, texts, answer.options)

    def _right(self, answer: Answer) -> Value:
        return self.question.expected[answer.name].take(self.numbers - 1)

    def _accepted(self, answer: Answer) -> tuple[np.ndarray, np.ndarray]:
        """The smallest interval of all that is right on its own: near the truth, or near a truth in rounded steps."""
        tolerance = answer.tolerance(self.grader.tolerance)
        right = self._right(answer).cells
        reach = tolerance.bound(right)
        low, high = right - reach, right + reach
        problem = self.question.problem
        if rounding_matters(problem, answer, tolerance):
            rounded = self.truth.rounded(tolerance, kept(problem)).value(answer.of, answer.step_axes).cells
            if rounded.shape == right.shape:
                reach = tolerance.bound(rounded)
                low, high = np.fmin(low, rounded - reach), np.fmax(high, rounded + reach)
        return low, high

    def _touching(self, answer: Answer) -> list[Mistake]:
        problem = self.question.problem
        return [mistake for mistake in problem.mistakes if answer.of in problem.touched[mistake.id]]

    def _slipped(self, answer: Answer, mistake: Mistake) -> np.ndarray:
        """What a mistake makes of an answer, everything asked before it being right; nan where it cannot be told."""
        problem, right = self.question.problem, self._right(answer)
        before = [other for other in problem.answers if other.name in problem.earlier[answer.name]]
        held = [Belief(other.of, self._right(other)) for other in before if other.kind in TOLERANT]
        value = self.truth.believing(*mistaken(mistake), *held).value(answer.of, answer.step_axes)
        return value.cells if value.largest == right.largest else np.full(right.cells.shape, np.nan)


def _slips(slipped: list[tuple[Mistake, np.ndarray]], cell: int, row: int, low: float, high: float) -> tuple[Slip, ...]:
    """The mistakes that show in a cell: those whose number is not accepted as right; of each note and value one."""
    found: dict[tuple[str, float], Slip] = {}
    for mistake, values in slipped:
        value = float(values[cell, row])
        if value < low or value > high:
            found.setdefault((mistake.note, value), Slip(mistake.note, mistake.title, mistake.says, value))
    return tuple(found.values())


def right_texts(answer: Answer, value: np.ndarray) -> list[str]:
    """What is right of an answer in words; the first as we would write it. Several places may be right."""
    if answer.kind == "location":
        places = np.argwhere(value > 0) + answer.first
        return [f"{row} {column}" for row, column in places.tolist()]
    text = spelled(answer, value)
    return [text] if text else []
