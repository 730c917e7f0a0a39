"""Tables of an exam: the blank sheet to type answers into, and the key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from quizgen.csvtext import write_csv
from quizgen.exam.model import Exam, Paper, Question, columns_of, heading_of
from quizgen.exam.tags import write_tag
from quizgen.problem.model import Answer
from quizgen.render.numbers import worked
from quizgen.render.spelled import spelled


def blank_sheet(exam: Exam, numbers: Sequence[int] | None = None) -> str:
    """The sheet to type answers into: students and tags of some papers (all, if none are named), a column per cell."""
    headings, rows = _sheet_rows(exam, _listed(exam, numbers))
    empty = [""] * len(columns_of(exam))
    return write_csv(headings, ([*row, *empty] for row in rows))


def blank_workbook(exam: Exam) -> bytes:
    """The same sheet as a workbook whose cells are text; those that a paper does not ask are grey."""
    from quizgen.workbook import write_workbook

    listed = _listed(exam)
    headings, rows = _sheet_rows(exam, listed)
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


def _sheet_rows(exam: Exam, numbers: Sequence[int]) -> tuple[list[str], Iterator[list[str]]]:
    """The headings of a sheet, and what is filled in for each paper; of a spare, its tag alone."""
    held = [exam.holders.get(number, Paper("", number)) for number in numbers]
    details = list(dict.fromkeys(name for paper in held for name in paper.details))
    headings = ["student", *details, "tag", "status"]
    headings += [heading_of(question.name, answer.name, cell) for question, answer, cell in columns_of(exam)]
    rows = (
        [p.student, *(p.details.get(name, "") for name in details), write_tag(exam.code, p.number), ""] for p in held
    )
    return headings, rows


def _asked_cell(question: Question, answer: Answer, cell: tuple[int, ...]) -> np.ndarray:
    """Mask of all papers that ask a cell: their own variant may be smaller than the largest."""
    mask = _asking(question)
    if not answer.cells:
        return mask
    sizes = question.expected[answer.name].shape
    return np.asarray(mask & np.all(sizes >= np.array(cell)[:, None], axis=0)) if cell else mask


def key_table(exam: Exam, numbers: Sequence[int] | None = None) -> str:
    """The right answers of some papers (all, if none are named), a row each, one column per cell."""
    wanted = np.arange(1, exam.n + 1) if numbers is None else np.array(numbers, dtype=np.intp)
    headings = ["paper", "student", "tag", *(heading_of(q.name, a.name, cell) for q, a, cell in columns_of(exam))]
    values = [_expected_texts(question, answer, cell, wanted) for question, answer, cell in columns_of(exam)]
    named = exam.named
    rows = (
        [i, named[i].student if i in named else "", write_tag(exam.code, i), *cells]
        for i, cells in zip(wanted.tolist(), zip(*values, strict=True), strict=True)
    )
    return write_csv(headings, rows)


def _expected_texts(question: Question, answer: Answer, cell: tuple[int, ...], numbers: np.ndarray) -> list[str]:
    """One cell of the right answer of some papers; empty where it is not asked."""
    asks = question.asks(numbers)
    if not answer.cells:
        texts = [spelled(answer, question.expected[answer.name].column(i - 1)) for i in numbers.tolist()]
        return [text if asked else "" for text, asked in zip(texts, asks, strict=True)]
    cells = question.expected[answer.name].cells[tuple(i - 1 for i in cell)][numbers - 1]
    values = np.where(asks, cells.astype(float), np.nan)
    return ["" if np.isnan(value) else worked(value) for value in values.tolist()]


def _asking(question: Question) -> np.ndarray:
    """Mask of all papers in which a question is asked."""
    return question.asks(np.arange(1, question.n + 1))
