"""An exam -> items that any LMS could ask: a variant's question, the boxes to type into, and what each accepts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from quizgen.answers.fairness import most_equal
from quizgen.booklets.binding import TOGETHER, fields_of, sections_of
from quizgen.booklets.model import Field, Section
from quizgen.exam.model import Exam, Question
from quizgen.export.mistaken import Wrong, accepted, slipping, wrong_answers
from quizgen.export.wording import right_texts
from quizgen.problem.grader import Grader
from quizgen.problem.kinds import TOLERANT
from quizgen.problem.model import Answer, Mistake
from quizgen.problem.translation import ENGLISH
from quizgen.render.asking import asked_for
from quizgen.render.words import Wording, words_of
from quizgen.world.values import Value
from quizgen.world.worlds import World, world

_NOTHING = Fraction(0)


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

    @property
    def telling(self) -> tuple[Slip, ...]:
        """The slips whose number could be taken for no other note's, so that a student may be told of them."""
        reach = self.high - self.low
        return tuple(
            one
            for one in self.slips
            if not any(abs(one.value - other.value) <= reach for other in self.slips if other.note != one.note)
        )


@dataclass(frozen=True)
class Asked:
    """An answer of an item, with its boxes row by row.

    `wrongs`: the whole answers that a declared mistake explains. Of an array that is not right as a whole, each right
    box beyond the first `free` (so many a constant would get right) earns `partly`. `each`: what is asked of a single
    box, in the words of `language`.
    """

    field: Field
    boxes: tuple[Box, ...]
    wrongs: tuple[Wrong, ...] = ()
    free: int = 0
    partly: Fraction = Fraction(0)
    each: str = ""
    language: str = ENGLISH


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
    """The variants of a question (the first `count` of them, copies aside) as items, a block in memory at a time.

    `slips`: with what each declared mistake makes of each box and of whole answers; `solutions`: with worked ones. A
    variant that its own paper does not ask, because the blueprint leaves a choice, is an item all the same: a pool may
    hold it.
    """
    every = exam.distinct[:count]
    words = words_of(exam.language)
    fields = fields_of(question, exam.grader, words)
    for start in range(0, len(every), TOGETHER):
        numbers = every[start : start + TOGETHER]
        sections = sections_of(exam.code, question, numbers, fields, words, solutions=solutions)
        solved = _Solved(question, exam.grader, world(question.problem, question.take(numbers)), numbers, words)
        asked = [solved.asked(field, slips=slips) for field in fields]
        for row, (number, section) in enumerate(zip(numbers.tolist(), sections, strict=True)):
            answers = tuple(mine[row] for mine in asked)
            yield Item(question.name, question.problem.name, number, section, answers)


@dataclass(frozen=True)
class _Solved:
    """A block of variants of a question, solved."""

    question: Question
    grader: Grader
    truth: World
    numbers: np.ndarray
    words: Wording

    def asked(self, field: Field, *, slips: bool) -> list[Asked]:
        """An answer of each variant."""
        right = self._right(field.answer)
        worlds = slipping(self.question, self.truth, self.numbers, field.answer) if slips else []
        boxes, wrongs = self._boxes(field, worlds), wrong_answers(field, self.grader, self.truth, worlds, right)
        if not field.answer.cells:
            language = self.words.language
            columns = zip(boxes, wrongs, strict=True)
            return [Asked(field, *mine, each=field.asks, language=language) for mine in columns]
        free, cells = most_equal(right), right.inside.reshape(-1, right.n).sum(axis=0)
        most = field.points * self.grader.credit.cells
        partly = [most / worked if worked else Fraction(0) for worked in (cells - free).tolist()]
        one = replace(field.answer.asked(self.grader.tolerance), kind="integer" if field.answer.whole else "number")
        each, language = asked_for(one, self.words), self.words.language
        arrays = zip(boxes, wrongs, free.tolist(), partly, strict=True)
        return [Asked(field, *mine, each, language) for mine in arrays]

    def _boxes(self, field: Field, worlds: Sequence[tuple[Mistake, World]]) -> list[tuple[Box, ...]]:
        """The boxes of an answer for each variant; `worlds`: of those who make a mistake in it."""
        answer = field.answer
        if answer.kind not in TOLERANT:
            return [(self._worded(field, row),) for row in range(len(self.numbers))]
        right = self._right(answer)
        low, high = accepted(answer, self.grader, self.truth, right)
        inside = right.inside.reshape(-1, right.n)
        each = [field.points / max(1, int(count)) for count in inside.sum(axis=0)]
        cells = right.cells.reshape(-1, right.n)
        kind = "integer" if answer.whole or answer.kind == "integer" else "number"
        slipped = _slips([(mistake, _slipped(answer, other, right)) for mistake, other in worlds], low, high)
        rights, lows, highs = (numbers.astype(float).ravel().tolist() for numbers in (cells, low, high))
        has = inside.ravel().tolist()
        return [
            tuple(
                Box(
                    name=name,
                    kind=kind,
                    points=each[row] if has[at] else _NOTHING,
                    right=rights[at] + 0.0,
                    low=lows[at],
                    high=highs[at],
                    slips=slipped.get(at, ()),
                    inside=has[at],
                )
                for name, at in zip(field.cells, range(row, len(has), right.n), strict=True)
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


def _slipped(answer: Answer, world: World, right: Value) -> np.ndarray:
    """What a mistake makes of an answer; nan where it cannot be told."""
    value = world.value(answer.of, answer.step_axes)
    return value.cells if value.largest == right.largest else np.full(right.cells.shape, np.nan)


def _slips(slipped: list[tuple[Mistake, np.ndarray]], low: np.ndarray, high: np.ndarray) -> dict[int, tuple[Slip, ...]]:
    """By place, the mistakes that show there: whose number is not accepted as right; of each note and value one."""
    found: dict[int, dict[tuple[str, float], Slip]] = {}
    for mistake, values in slipped:
        with np.errstate(invalid="ignore"):
            places = np.flatnonzero((values < low) | (values > high))
        for place, value in zip(places.tolist(), values.ravel()[places].astype(float).tolist(), strict=True):
            slips = found.setdefault(place, {})
            if (mistake.note, value) not in slips:
                slips[mistake.note, value] = Slip(mistake.note, mistake.title, mistake.says, value)
    return {place: tuple(slips.values()) for place, slips in found.items()}
