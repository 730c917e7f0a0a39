"""A yardstick: marking as one would write it first, a student and an answer at a time, in plain Python.

The same rules as quizgen's (docs/marking-rules.md), for problems all of whose answers are single whole numbers: there
are no cells, so nothing is `partial`. tests/test_benchmarks.py holds every outcome, note and point against quizgen's.
Nothing in quizgen uses this file.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import CodeType
from typing import Any

from quizgen.answers.numbers import read_number
from quizgen.answers.words import manner_of
from quizgen.exam.model import Exam, Question, heading_of
from quizgen.language.tolerance import FRACTION_ROOM, GUARD_ULPS
from quizgen.marking.outcomes import Outcome
from quizgen.problem.grader import Grader
from quizgen.problem.model import WHOLE, Answer, Mistake, Problem

Number = int | float
Typed = Number | str | None  # None: blank; a text: why it cannot be read


def conv_size(size: Number, kernel: Number, stride: Number = 1, padding: Number = 0) -> Number:
    return math.floor((size + 2 * padding - kernel) / stride) + 1


def pool_size(size: Number, window: Number, stride: Number | None = None) -> Number:
    return math.floor((size - window) / (window if stride is None else stride)) + 1


OPS = {"floor": math.floor, "ceil": math.ceil, "conv_size": conv_size, "pool_size": pool_size}
_NOTHING_ELSE: dict[str, Any] = {"__builtins__": {}} | OPS


class World(dict[str, Number]):
    """What is drawn, what the student wrote, and the steps, computed when they are asked for."""

    def __init__(self, formulas: Mapping[str, CodeType], known: Mapping[str, Number]) -> None:
        super().__init__(known)
        self.formulas, self.known = formulas, known

    def __missing__(self, name: str) -> Number:
        # The bank has compiled every formula by its list of what is allowed; `_loopable` narrows it to four ops.
        value: Number = eval(self.formulas[name], _NOTHING_ELSE, self)
        self[name] = value
        return value

    def believing(self, formulas: Mapping[str, CodeType]) -> World:
        """The world with other formulas; what is known stays."""
        return World({**self.formulas, **formulas}, self.known)

    def with_figures(self, figures: Mapping[str, Number]) -> World:
        return World(self.formulas, {**self.known, **figures})


@dataclass(frozen=True)
class Mark:
    """What became of one answer of one student."""

    outcome: Outcome
    share: Fraction = Fraction(0)
    mistake: Mistake | None = None


RIGHT = Mark(Outcome.CORRECT, Fraction(1))
WRONG = Mark(Outcome.WRONG)
EXPLAINED = (Outcome.CORRECT, Outcome.CARRIED, Outcome.MISTAKE)


@dataclass
class Student:
    """What is known about a student while the answers to one question are taken one by one."""

    truth: World
    own: World
    charged: set[str]
    right: set[str] = field(default_factory=set)  # answers
    explained: set[str] = field(default_factory=set)  # answers
    slipped: set[str] = field(default_factory=set)  # unasked steps with a mistake in them


class Marker:
    """Marks the answers to one problem."""

    def __init__(self, problem: Problem, grader: Grader) -> None:
        _loopable(problem, grader)
        self.problem, self.credit = problem, grader.credit
        self.formulas = {step: _compiled(formula.source) for step, formula in problem.steps.items()}
        self.wrong = {
            mistake.id: {step: _compiled(formula.source) for step, formula in mistake.steps.items()}
            for mistake in problem.mistakes
        }
        self.above = {answer.name: problem.graph.above([answer.of]) | {answer.of} for answer in problem.answers}
        self.slips = {
            answer.name: [mistake for mistake in problem.mistakes if answer.of in problem.touched[mistake.id]]
            for answer in problem.answers
        }

    def mark(self, params: Mapping[str, Number], typed: Mapping[str, Typed], charged: set[str]) -> dict[str, Mark]:
        """Mark one student; `charged`: the notes charged so far on this paper, to which new ones are added."""
        truth = World(self.formulas, params)
        student = Student(truth, truth, charged)
        return {answer.name: self._mark(student, answer, typed[answer.name]) for answer in self.problem.answers}

    def _mark(self, student: Student, answer: Answer, typed: Typed) -> Mark:
        if typed is None:
            return Mark(Outcome.BLANK)
        if isinstance(typed, str):
            return Mark(Outcome.UNREADABLE)
        mark = self._judged(student, answer, typed)
        if mark.outcome is Outcome.CORRECT:
            student.right.add(answer.name)
        if mark.outcome in EXPLAINED:
            student.explained.add(answer.name)
        if mark.outcome is Outcome.MISTAKE and mark.mistake:
            self._charge(student, mark.mistake)
        if mark.outcome in EXPLAINED or _possible(answer, typed):
            student.own = student.own.with_figures({answer.of: typed})
        return mark

    def _judged(self, student: Student, answer: Answer, typed: Number) -> Mark:
        """correct -> carried -> made again -> mistake -> wrong.

        Own worlds in the digits asked are left out: between whole numbers no digits are lost.
        """
        right, own = student.truth[answer.of], student.own[answer.of]
        clean, mine = self._clean(student, answer), _agrees(typed, own)
        if _agrees(typed, right) or (mine and clean and self.problem.earlier[answer.name]):
            return RIGHT
        honest = all(name in student.explained for name in self.problem.nearest[answer.name])
        no_work = own == 0 and right != 0 and not honest
        if mine:
            return Mark(Outcome.CARRIED, self.credit.carried) if _possible(answer, typed) and not no_work else WRONG
        if no_work:
            return WRONG
        found = [m for m in self.slips[answer.name] if _agrees(typed, self._slipping(student, m)[answer.of])]
        for mistake in found:
            if mistake.note in student.charged:
                return Mark(Outcome.CARRIED, self.credit.carried, mistake)
        return self._named(found)

    def _named(self, found: list[Mistake]) -> Mark:
        """The one note that explains an answer; of several, none."""
        if len({mistake.note for mistake in found}) != 1:
            return WRONG
        return Mark(Outcome.MISTAKE, self.credit.of_mistake(found[0].credit, in_array=False), found[0])

    def _clean(self, student: Student, answer: Answer) -> bool:
        """Whether everything was right that an answer depends on."""
        right = all(name in student.right for name in self.problem.earlier[answer.name])
        return right and not student.slipped & self.above[answer.name]

    def _slipping(self, student: Student, mistake: Mistake) -> World:
        """The student's own world with a mistake made in it; where a figure of theirs stands, it stays."""
        return student.own.believing(self.wrong[mistake.id])

    def _charge(self, student: Student, mistake: Mistake) -> None:
        student.charged.add(mistake.note)
        unasked = {step: wrong for step, wrong in self.wrong[mistake.id].items() if step not in self.problem.asked}
        student.slipped |= unasked.keys()
        student.own = student.own.believing(unasked)


def _agrees(typed: Number, expected: Number) -> bool:
    """A whole number is exact; a fraction that only a mistake makes of it may be a little off."""
    if typed == expected:
        return True
    bound = 0.0 if math.isnan(expected) or expected == math.floor(expected) else FRACTION_ROOM
    return abs(typed - expected) <= bound + GUARD_ULPS * math.ulp(max(bound, abs(expected)))


def _possible(answer: Answer, typed: Number) -> bool:
    low, high = answer.between or (-math.inf, math.inf)
    return low <= typed <= high and (answer.kind != "integer" or typed == math.floor(typed))


def _compiled(source: str) -> CodeType:
    return compile(source, "formula", "eval")


def _loopable(problem: Problem, grader: Grader) -> None:
    """Refuse what this file does not mark."""
    formulas = [*problem.steps.values(), *(f for m in problem.mistakes for f in m.steps.values())]
    ops = frozenset().union(*(formula.calls for formula in formulas))
    numbers = all(a.kind == "integer" and a.carry and a.tolerance(grader.tolerance) == WHOLE for a in problem.answers)
    if not numbers or not ops <= OPS.keys() or problem.given or ops & problem.steps.keys():
        raise ValueError(f"'{problem.name}' is more than single whole numbers")


@dataclass(frozen=True)
class Graded:
    """A student's marks, question by question, and the points of the whole paper."""

    student: str
    marks: dict[str, dict[str, Mark]]
    total: Fraction


class Desk:
    """Reads and marks a sheet of answers to an exam, row after row."""

    def __init__(self, exam: Exam) -> None:
        self.exam = exam
        self.papers = {paper.student: paper.number for paper in exam.papers}
        self.markers = [(question, Marker(question.problem, exam.grader)) for question in exam.questions]
        self.params = {question.name: by_variant(question) for question in exam.questions}

    def grade(self, sheet: Path) -> Iterator[Graded]:
        """The marks of every row of a CSV file that has one column per answer and decimal points."""
        with sheet.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                yield self.graded(row)

    def graded(self, row: Mapping[str, str]) -> Graded:
        paper, charged, total = self.papers[row["student"]], set[str](), Fraction(0)
        marks: dict[str, dict[str, Mark]] = {}
        for question, marker in self.markers:
            before = charged if self.exam.grader.charge == "once per paper" else set[str]()
            marks[question.name] = marker.mark(self.params[question.name][paper - 1], read(question, row), before)
            total += sum(mark.share * question.points[name] for name, mark in marks[question.name].items())
        return Graded(row["student"], marks, total)


def read(question: Question, row: Mapping[str, str]) -> dict[str, Typed]:
    """The numbers that a student typed; odd spellings by quizgen's own reader of one text."""
    typed: dict[str, Typed] = {}
    for answer in question.problem.answers:
        text = row[heading_of(question.name, answer.name)].strip()
        plain = text.isascii() and text.isdigit()
        typed[answer.name] = float(text) if plain else (read_number(text, manner_of(answer)) if text else None)
    return typed


def by_variant(question: Question) -> list[dict[str, Number]]:
    """What each variant draws."""
    columns = [question.params[name].cells.tolist() for name in question.params]
    return [dict(zip(question.params, numbers, strict=True)) for numbers in zip(*columns, strict=True)]
