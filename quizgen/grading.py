"""Exam + what was handed in -> marks, in blocks of students: the unit that a machine or a cluster works on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pyarrow as pa

from quizgen.exam import Exam, Question
from quizgen.grader import Grader
from quizgen.handins import Handins
from quizgen.marking import Charged, mark
from quizgen.outcomes import Marked, Typed
from quizgen.problem import Answer
from quizgen.shares import Shares
from quizgen.submissions.sheet import Column
from quizgen.typedtext import Arrays, from_cells, read_arrays, read_numbers

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


def grade(exam: Exam, grader: Grader, handins: Handins) -> Iterator[Graded]:
    """Mark everybody who handed in, block by block."""
    for start in range(0, handins.n, BLOCK):
        yield grade_block(exam, grader, handins.take(np.arange(start, min(handins.n, start + BLOCK))))


def grade_block(exam: Exam, grader: Grader, handins: Handins) -> Graded:
    """Mark some students' whole papers; a note charged in one question is not charged again in another."""
    parts: list[Part] = []
    charged: Charged = {}
    for question in exam.questions:
        params = question.take(handins.papers)
        texts = {a.name: _texts(handins, question, a) for a in question.problem.answers}
        arrays = {a.name: _read(handins, question, a) for a in question.problem.answers}
        typed = {name: Typed(read.value, read.state) for name, read in arrays.items()}
        before = charged if grader.charge == "once per paper" else {}
        marks, charged = mark(question.problem, grader, params, typed, before)
        for answer in question.problem.answers:
            marked = marks[answer.name]
            points = marked.credit.times(question.points[answer.name])
            parts.append(Part(question, answer, texts[answer.name], arrays[answer.name], marked, points))
    total = sum((part.points for part in parts[1:]), parts[0].points)
    return Graded(handins, tuple(parts), total)


def _columns(handins: Handins, question: Question, answer: Answer) -> Mapping[Column, pa.Array]:
    """The columns that hold an answer: one whole, or one per cell."""
    return {c: texts for c, texts in handins.texts.items() if c[:2] == (question.name, answer.name)}


def _read(handins: Handins, question: Question, answer: Answer) -> Arrays:
    """Read an answer; cells have the shape of the student's own variant."""
    columns = _columns(handins, question, answer)
    expected = question.expected[answer.name].take(handins.papers - 1)
    whole = (question.name, answer.name, ())
    if whole in columns or not answer.axes:
        empty = pa.repeat(pa.scalar("", pa.string()), handins.n)
        return read_arrays(columns.get(whole, empty), answer.axes, answer.whole)
    blank = read_numbers(pa.repeat(pa.scalar("", pa.string()), handins.n), answer.whole)
    reads = []
    for cell in product(*(range(1, size + 1) for size in expected.largest)):
        column = columns.get((question.name, answer.name, cell))
        reads.append(blank if column is None else read_numbers(column, answer.whole))
    return from_cells(reads, expected.shape, expected.largest)


def _texts(handins: Handins, question: Question, answer: Answer) -> np.ndarray:
    """What was typed, as one text per student: cells joined row by row."""
    columns = _columns(handins, question, answer)
    if not columns:
        return np.full(handins.n, "", dtype=object)
    if next(iter(columns))[2] == ():
        return np.asarray(next(iter(columns.values())).to_numpy(zero_copy_only=False), dtype=object)
    out = None
    previous: Column | None = None
    for column, texts in sorted(columns.items()):
        cells = texts.to_numpy(zero_copy_only=False).astype(object)
        if out is None or previous is None:
            out = cells
        else:
            out = out + ("; " if len(column[2]) == 2 and column[2][0] != previous[2][0] else " ") + cells
        previous = column
    assert out is not None
    return np.where(_all_blank(columns, handins.n), "", out)


def _all_blank(columns: Mapping[Column, pa.Array], n: int) -> np.ndarray:
    """Mask of the rows on which all of some columns are blank."""
    blank = np.ones(n, dtype=bool)
    for texts in columns.values():
        blank &= texts.to_numpy(zero_copy_only=False) == ""
    return blank
