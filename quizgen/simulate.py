"""Invented students fill in a sheet: right, every declared mistake, slips, blanks, messy spelling. For rehearsals.

What is invented is labelled: the sheet has a column `simulated`, and grading keeps it apart from real results.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from quizgen.answers.agreement import a_place
from quizgen.csvtext import write_csv
from quizgen.exam.model import Exam, Question, heading_of
from quizgen.exam.tags import write_tag
from quizgen.language.tolerance import Tolerance
from quizgen.problem.kinds import TOLERANT
from quizgen.problem.model import Answer
from quizgen.render.numbers import worked
from quizgen.render.values import read_texts
from quizgen.world.values import Value
from quizgen.world.worlds import mistaken, world

RIGHT, SLIP, BLANK, GARBAGE, MISTAKEN = range(5)
_SHARES = (0.66, 0.06, 0.05, 0.01, 0.22)
_ABSENT = 0.04


@dataclass(frozen=True)
class Invented:
    """What the students of one question do: a code each, and which mistake those make who make one."""

    doing: np.ndarray
    mistake: np.ndarray


def simulated_sheet(exam: Exam, seed: int = 0) -> str:
    """A filled-in sheet for every paper of the exam; the same seed gives the same sheet."""
    random = np.random.default_rng(seed)
    absent = random.random(len(exam.papers)) < _ABSENT
    headings = ["student", "tag", "simulated"]
    columns: list[list[str]] = []
    everybody = np.array([paper.number for paper in exam.papers])
    for question in exam.questions:
        doing = _invent(question, len(exam.papers), random)
        doing.doing[~question.asks(everybody)] = BLANK
        for answer in question.problem.answers:
            value = typed_value(question, answer, doing, exam)
            if answer.kind not in TOLERANT:  # no plain numbers: written as a whole
                headings.append(heading_of(question.name, answer.name))
                columns.append(_spoken(_words(question, answer, doing, value), doing, absent))
                continue
            for cell in np.ndindex(*value.largest):
                headings.append(heading_of(question.name, answer.name, tuple(i + 1 for i in cell)))
                columns.append(_written(value.cells[cell], doing, absent, random))
    rows = (
        [paper.student, write_tag(exam.code, paper.number), "yes", *cells]
        for paper, cells in zip(exam.papers, zip(*columns, strict=True), strict=True)
    )
    return write_csv(headings, rows)


def typed_value(question: Question, answer: Answer, doing: Invented, exam: Exam) -> Value:
    """What each student writes for an answer, rounded as asked."""
    papers = np.array([paper.number for paper in exam.papers])
    params = question.take(papers)
    truth = world(question.problem, params)
    value = truth.value(answer.of, answer.step_axes)
    cells = value.cells.astype(float).copy()
    for number, mistake in enumerate(question.problem.mistakes):
        rows = np.flatnonzero((doing.doing == MISTAKEN) & (doing.mistake == number))
        if rows.size and answer.of in question.problem.touched[mistake.id]:
            own = truth.take(rows).believing(*mistaken(mistake)).value(answer.of, answer.step_axes)
            cells[..., rows] = _fitted(own, value.largest)
    if answer.kind == "location":
        return a_place(Value(cells, value.shape))
    return Value(as_asked(cells, answer.ask or answer.tolerance(exam.grader.tolerance)), value.shape)


def _words(question: Question, answer: Answer, doing: Invented, value: Value) -> np.ndarray:
    """What each student writes where no plain number is asked; of an answer marked by hand, the points given."""
    if answer.by_hand:
        points = float(question.points[answer.name])
        return np.where(doing.doing == RIGHT, worked(points), worked(points / 2)).astype(object)
    if answer.formula is None:
        return np.asarray(read_texts(answer, value).to_numpy(zero_copy_only=False), dtype=object)
    texts = np.full(value.n, answer.formula.source, dtype=object)
    for number, mistake in enumerate(question.problem.mistakes):
        if answer.of in mistake.steps:
            texts[(doing.doing == MISTAKEN) & (doing.mistake == number)] = mistake.steps[answer.of].source
    return texts


def _spoken(texts: np.ndarray, invented: Invented, absent: np.ndarray) -> list[str]:
    """One column of the sheet; who slips writes what a neighbour has."""
    texts = np.where(invented.doing == SLIP, np.roll(texts, 1), texts)
    texts = np.where(invented.doing == GARBAGE, "?", texts)
    return [str(text) for text in np.where(absent | (invented.doing == BLANK), "", texts)]


def as_asked(cells: np.ndarray, tolerance: Tolerance) -> np.ndarray:
    """Numbers as a careful student writes them: rounded to the figures or decimals asked."""
    return np.where(np.isnan(cells), np.nan, tolerance.rounded(np.nan_to_num(cells)))


def _invent(question: Question, n: int, random: np.random.Generator) -> Invented:
    """Decide what each student does in a question."""
    doing = random.choice(len(_SHARES), size=n, p=_SHARES)
    mistakes = len(question.problem.mistakes)
    if not mistakes:
        doing[doing == MISTAKEN] = SLIP
    return Invented(doing, random.integers(0, max(1, mistakes), size=n))


def _fitted(own: Value, largest: tuple[int, ...]) -> np.ndarray:
    """A value that may have another shape, in the cells that the sheet has."""
    cells = np.full((*largest, own.n), np.nan)
    place = tuple(slice(0, min(a, b)) for a, b in zip(own.largest, largest, strict=True))
    cells[place] = own.cells[place]
    return cells


def _written(numbers: np.ndarray, invented: Invented, absent: np.ndarray, random: np.random.Generator) -> list[str]:
    """One column of the sheet, in the spellings that people use."""
    slips = (invented.doing == SLIP) & (random.random(len(numbers)) < 0.3)
    numbers = np.where(slips, numbers + random.integers(1, 4, size=len(numbers)), numbers)
    messy = random.integers(0, 40, size=len(numbers))
    texts = []
    for number, doing, away, spelling in zip(
        numbers.tolist(), invented.doing.tolist(), absent.tolist(), messy.tolist(), strict=True
    ):
        if away or doing == BLANK or np.isnan(number):
            texts.append("")
        else:
            text = worked(number)
            texts.append(
                "?" if doing == GARBAGE else _SPELLINGS[spelling](text) if spelling < len(_SPELLINGS) else text
            )
    return texts


_SPELLINGS: tuple[Callable[[str], str], ...] = (
    lambda text: f" {text} ",
    lambda text: text.replace("-", "−"),
    lambda text: text.replace(".", ","),
    lambda text: f"{text}.0" if text.lstrip("-").isdigit() else f"{text}0" if "e" not in text else text,
    lambda text: text if text[:1] == "-" else f"+{text}",
)
