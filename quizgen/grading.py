"""Exam + what was handed in -> marks, in blocks of students: the unit that a machine or a cluster works on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import pyarrow as pa

from quizgen.answers.reading import NOT_ASKED, UNREADABLE, Arrays, from_cells, read_numbers, together
from quizgen.answers.typed import Typed
from quizgen.answers.words import manner_of, read_answers
from quizgen.exam.model import Exam, Question
from quizgen.marking.fold import Charged, decided, mark
from quizgen.marking.outcomes import Marked
from quizgen.marking.shares import Shares
from quizgen.problem.grader import Grader
from quizgen.problem.model import Answer
from quizgen.submissions.decimals import MARKS, UNKNOWN, Decimals
from quizgen.submissions.handins import Handins
from quizgen.submissions.sheet import Column, blank_column

BLOCK = 16_384  # students marked together


@dataclass(frozen=True)
class Part:
    """One answer of a block of students: what they typed, how it was read, and its marks."""

    question: Question
    answer: Answer
    texts: np.ndarray
    arrays: Arrays
    marked: Marked
    points: Shares

    @property
    def asked(self) -> np.ndarray:
        """Mask of the students whose papers ask it."""
        return np.asarray(self.arrays.state != NOT_ASKED)

    @property
    def waiting(self) -> np.ndarray:
        """Mask of those that a person should look at: marked so, unreadable, or answered though it was not asked."""
        unread = self.arrays.state == UNREADABLE
        return np.asarray(self.marked.review | unread | (~self.asked & (self.texts != "")))


@dataclass(frozen=True)
class Graded:
    """A block of students with all their answers marked, and their totals."""

    handins: Handins
    parts: tuple[Part, ...]
    total: Shares

    def of_question(self, name: str) -> Shares:
        """The points of one question."""
        own = [part.points for part in self.parts if part.question.name == name]
        return sum(own[1:], own[0])

    def asks(self, question: Question) -> np.ndarray:
        """Mask of the students whose papers ask a question."""
        return question.asks(self.handins.papers)


def grade(exam: Exam, grader: Grader, handins: Handins, *, decimals: Decimals = UNKNOWN) -> Iterator[Graded]:
    """Mark everybody who handed in, block by block; `decimals`: the decimal marks of the files they stand in."""
    for start in range(0, handins.n, BLOCK):
        block = handins.take(np.arange(start, min(handins.n, start + BLOCK)))
        yield grade_block(exam, grader, block, decimals=decimals)


def grade_block(exam: Exam, grader: Grader, handins: Handins, *, decimals: Decimals = UNKNOWN) -> Graded:
    """Mark some students' whole papers; a note charged in one question is not charged again in another."""
    parts: list[Part] = []
    charged: Charged = {}
    marks_of_rows = decimals.rows(handins)
    for question in exam.questions:
        params = question.take(handins.papers)
        texts = {a.name: _texts(handins, question, a) for a in question.problem.answers}
        out = ~question.asks(handins.papers)
        arrays = {a.name: _read(handins, question, a, marks_of_rows).without(out) for a in question.problem.answers}
        typed = {name: Typed(read.value, read.state) for name, read in arrays.items()}
        before = charged if grader.charge == "once per paper" else {}
        marks, charged = mark(question.problem, grader, params, typed, before)
        for answer in question.problem.answers:
            worth = question.points[answer.name]
            marked = decided(answer, typed[answer.name], worth) if answer.by_hand else marks[answer.name]
            points = marked.credit.times(worth)
            parts.append(Part(question, answer, texts[answer.name], arrays[answer.name], marked, points))
    total = sum((part.points for part in parts[1:]), parts[0].points)
    return Graded(handins, tuple(parts), total)


def _columns(handins: Handins, question: Question, answer: Answer) -> dict[Column, pa.Array]:
    """The columns that hold an answer: one whole, or one per cell."""
    return {c: texts for c, texts in handins.texts.items() if c[:2] == (question.name, answer.name)}


def _read(handins: Handins, question: Question, answer: Answer, decimals: np.ndarray) -> Arrays:
    """Read an answer, the rows of each decimal mark by themselves; `decimals`: its number in MARKS, for each row."""
    present = np.unique(decimals).tolist() or [0]
    if len(present) == 1:
        return _read_alike(handins, question, answer, MARKS[present[0]])
    rows = [np.flatnonzero(decimals == code) for code in present]
    parts = [
        _read_alike(handins.take(own), question, answer, MARKS[code]) for own, code in zip(rows, present, strict=True)
    ]
    return together(parts).take(np.argsort(np.concatenate(rows)))


def _read_alike(handins: Handins, question: Question, answer: Answer, decimal: str) -> Arrays:
    """Read an answer: whole where it was typed whole, else by cells, in the shape of the student's own variant."""
    columns = _columns(handins, question, answer)
    expected = question.expected[answer.name].take(handins.papers - 1)
    whole = columns.pop((question.name, answer.name, ()), None)
    if whole is None and not columns:
        whole = blank_column(handins.n)
    typed_whole = None if whole is None else read_answers(answer, whole, expected.shape, decimal)
    if not columns:
        assert typed_whole is not None
        return typed_whole.within(0, float(question.points[answer.name])) if answer.by_hand else typed_whole
    manner = manner_of(answer, decimal)
    blank = read_numbers(blank_column(handins.n), manner)
    reads = []
    for cell in product(*(range(1, size + 1) for size in expected.largest)):
        column = columns.get((question.name, answer.name, cell))
        reads.append(blank if column is None else read_numbers(column, manner))
    by_cells = from_cells(reads, expected.shape, expected.largest)
    return by_cells if typed_whole is None else typed_whole.where_read(by_cells)


def _texts(handins: Handins, question: Question, answer: Answer) -> np.ndarray:
    """What was typed, as one text per student: whole, or its cells joined row by row."""
    columns = _columns(handins, question, answer)
    whole = columns.pop((question.name, answer.name, ()), blank_column(handins.n))
    out: np.ndarray = whole.to_numpy(zero_copy_only=False).astype(object)
    if not columns:
        return out
    filled = out != ""
    joined: np.ndarray = np.full(handins.n, "", dtype=object)
    previous: tuple[int, ...] = (0,)
    some = np.zeros(handins.n, dtype=bool)
    for (_, _, cell), texts in sorted(columns.items()):
        typed = texts.to_numpy(zero_copy_only=False).astype(object)
        some |= typed != ""
        separator = "" if previous == (0,) else "; " if cell[:-1] != previous[:-1] else " "
        joined, previous = joined + separator + typed, cell
    return np.where(filled, out, np.where(some, joined, ""))
