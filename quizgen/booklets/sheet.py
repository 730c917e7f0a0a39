"""Tables of an exam: the blank sheet to type answers into, and the key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from quizgen.csvtext import neutral, write_csv, write_rows
from quizgen.exam.model import Exam, Paper, Question, columns_of, heading_of
from quizgen.exam.tags import write_tags
from quizgen.problem.model import Answer
from quizgen.render.numbers import worked
from quizgen.render.spelled import spelled


def blank_sheet(exam: Exam, numbers: Sequence[int] | None = None) -> str:
    """The sheet to type answers into: students and tags of some papers (all, if none are named), a column per cell."""
    listed = _listed(exam, numbers)
    return sheet_headings(exam, details := _details(exam, listed)) + sheet_rows(exam, listed, details)


def sheet_headings(exam: Exam, details: Sequence[str]) -> str:
    """The first line of that sheet; `details`: the roster's other columns."""
    return write_csv(_sheet_headings(exam, details), ())


def sheet_rows(exam: Exam, numbers: Sequence[int], details: Sequence[str]) -> str:
    """The lines of that sheet for some papers."""
    empty = [""] * len(columns_of(exam))
    return write_rows([*map(neutral, row), *empty] for row in _filled_in(exam, numbers, details))


def blank_workbook(exam: Exam) -> bytes:
    """The same sheet as a workbook whose cells are text; those that a paper does not ask are grey."""
    from quizgen.workbook import write_workbook

    listed = _listed(exam)
    details = _details(exam, listed)
    headings, rows = _sheet_headings(exam, details), _filled_in(exam, listed, details)
    numbers = np.array(listed)
    asked = np.array([_asked_cell(question, answer, cell)[numbers - 1] for question, answer, cell in columns_of(exam)])
    return write_workbook(
        headings,
        ([*row, *("" if held else None for held in mine)] for row, mine in zip(rows, asked.T.tolist(), strict=True)),
    )


def _listed(exam: Exam, numbers: Sequence[int] | None = None) -> list[int]:
    """The papers of a sheet: those that somebody holds, in the order of the roster, then the spares."""
    wanted = set(range(1, exam.n + 1) if numbers is None else numbers)
    held = [paper.number for paper in exam.papers if paper.number in wanted]
    return [*held, *(number for number in exam.spares if number in wanted)]


def _details(exam: Exam, numbers: Sequence[int]) -> list[str]:
    """The roster's other columns for some papers."""
    held = (exam.holders[number] for number in numbers if number in exam.holders)
    return list(dict.fromkeys(name for paper in held for name in paper.details))


def _sheet_headings(exam: Exam, details: Sequence[str]) -> list[str]:
    cells = (heading_of(question.name, answer.name, cell) for question, answer, cell in columns_of(exam))
    return ["student", *details, "tag", "status", *cells]


def _filled_in(exam: Exam, numbers: Sequence[int], details: Sequence[str]) -> Iterator[list[str]]:
    """What a sheet says of each paper; of a spare, its tag alone."""
    nobody = Paper("", 0)
    for number, tag in zip(numbers, write_tags(exam.code, numbers), strict=True):
        paper = exam.holders.get(number, nobody)
        yield [paper.student, *(paper.details.get(name, "") for name in details), tag, ""]


def _asked_cell(question: Question, answer: Answer, cell: tuple[int, ...]) -> np.ndarray:
    """Mask of all papers that ask a cell: their own variant may be smaller than the largest."""
    mask = _asking(question)
    if not answer.cells:
        return mask
    sizes = question.expected[answer.name].shape
    return np.asarray(mask & np.all(sizes >= np.array(cell)[:, None], axis=0)) if cell else mask


def key_table(exam: Exam, numbers: Sequence[int] | None = None) -> str:
    """The right answers of some papers (all, if none are named), a row each, one column per cell."""
    return key_headings(exam) + key_rows(exam, range(1, exam.n + 1) if numbers is None else numbers)


def key_headings(exam: Exam) -> str:
    """The first line of that table."""
    cells = (heading_of(question.name, answer.name, cell) for question, answer, cell in columns_of(exam))
    return write_csv(["paper", "student", "tag", *cells], ())


def key_rows(exam: Exam, numbers: Sequence[int]) -> str:
    """The lines of that table for some papers."""
    wanted, named = np.array(numbers, dtype=np.intp), exam.named
    students = [neutral(named[number].student) if number in named else "" for number in numbers]
    values = [_expected_texts(question, answer, cell, wanted) for question, answer, cell in columns_of(exam)]
    return write_rows(zip(numbers, students, write_tags(exam.code, numbers), *values, strict=True))


def _expected_texts(question: Question, answer: Answer, cell: tuple[int, ...], numbers: np.ndarray) -> list[str]:
    """One cell of the right answer of some papers; empty where it is not asked. A number is written once."""
    asks = question.asks(numbers)
    if not answer.cells:
        texts = [neutral(spelled(answer, question.right(answer.name, i))) for i in numbers.tolist()]
        return [text if asked else "" for text, asked in zip(texts, asks, strict=True)]
    cells = question.expected[answer.name].cells[tuple(i - 1 for i in cell)][question.columns(numbers)]
    values, which = np.unique(np.where(asks, cells.astype(float), np.nan), return_inverse=True)
    texts = ["" if np.isnan(value) else neutral(worked(value)) for value in values.tolist()]
    return [texts[i] for i in which.tolist()]


def _asking(question: Question) -> np.ndarray:
    """Mask of all papers in which a question is asked."""
    return question.asks(np.arange(1, question.n + 1))
