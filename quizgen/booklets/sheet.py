"""Tables of an exam: the blank sheet to type answers into, and the key."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from quizgen.csvtext import write_csv
from quizgen.exam.model import Exam, Question, columns_of, heading_of
from quizgen.exam.tags import write_tag
from quizgen.problem.model import Answer
from quizgen.render.numbers import worked
from quizgen.render.spelled import spelled


def blank_sheet(exam: Exam) -> str:
    """The sheet to type answers into: students and tags filled in, one column per cell."""
    headings, rows = _sheet_rows(exam)
    empty = [""] * len(columns_of(exam))
    return write_csv(headings, ([*row, *empty] for row in rows))


def blank_workbook(exam: Exam) -> bytes:
    """The same sheet as a workbook whose cells are text; those that a paper does not ask are grey."""
    from quizgen.workbook import write_workbook

    headings, rows = _sheet_rows(exam)
    numbers = np.array([paper.number for paper in exam.papers])
    asked = np.array([_asked_cell(question, answer, cell)[numbers - 1] for question, answer, cell in columns_of(exam)])
    return write_workbook(
        headings,
        ([*row, *("" if held else None for held in mine)] for row, mine in zip(rows, asked.T.tolist(), strict=True)),
    )


def _sheet_rows(exam: Exam) -> tuple[list[str], Iterator[list[str]]]:
    """The headings of a sheet, and what is filled in for each student."""
    details = list(dict.fromkeys(name for paper in exam.papers for name in paper.details))
    headings = ["student", *details, "tag", "status"]
    headings += [heading_of(question.name, answer.name, cell) for question, answer, cell in columns_of(exam)]
    rows = (
        [p.student, *(p.details.get(name, "") for name in details), write_tag(exam.code, p.number), ""]
        for p in exam.papers
    )
    return headings, rows


def _asked_cell(question: Question, answer: Answer, cell: tuple[int, ...]) -> np.ndarray:
    """Mask of all papers that ask a cell: their own variant may be smaller than the largest."""
    mask = _asking(question)
    if not answer.cells:
        return mask
    sizes = question.expected[answer.name].shape
    return np.asarray(mask & np.all(sizes >= np.array(cell)[:, None], axis=0)) if cell else mask


def key_table(exam: Exam) -> str:
    """The right answers of all papers, a row each, one column per cell."""
    students = {paper.number: paper.student for paper in exam.papers} if exam.has_roster else {}
    headings = ["paper", "student", "tag", *(heading_of(q.name, a.name, cell) for q, a, cell in columns_of(exam))]
    values = [_expected_texts(question, answer, cell) for question, answer, cell in columns_of(exam)]
    rows = (
        [i, students.get(i, ""), write_tag(exam.code, i), *cells]
        for i, cells in enumerate(zip(*values, strict=True), start=1)
    )
    return write_csv(headings, rows)


def _expected_texts(question: Question, answer: Answer, cell: tuple[int, ...]) -> list[str]:
    """One cell of the right answer for every variant; empty where it is not asked."""
    if not answer.cells:
        texts = [spelled(answer, question.expected[answer.name].column(i)) for i in range(question.n)]
        return [text if asked else "" for text, asked in zip(texts, _asking(question), strict=True)]
    cells = question.expected[answer.name].cells[tuple(i - 1 for i in cell)]
    numbers = np.where(_asking(question), cells.astype(float), np.nan)
    return ["" if np.isnan(value) else worked(value) for value in numbers.tolist()]


def _asking(question: Question) -> np.ndarray:
    """Mask of all papers in which a question is asked."""
    return question.asks(np.arange(1, question.n + 1))
