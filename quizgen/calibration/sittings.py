"""The results of an exam -> its items: what each student reached of each problem, in which structure, with which notes.

Results are read, nothing is marked. Void answers say nothing of anybody and are left out; so are answers that a paper
did not ask, and everybody who was absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from quizgen.bank.statistics import asked_of
from quizgen.errors import QuizgenError
from quizgen.exam.additions import read_exam
from quizgen.exam.folder import open_exam
from quizgen.exam.model import Exam, Question
from quizgen.ledger import RESULTS, digest_of_file
from quizgen.problem.model import Problem
from quizgen.report.disclosure import SMALLEST
from quizgen.report.findings import structures
from quizgen.report.marksfile import marks_in, read_marks
from quizgen.report.statistics import discrimination

_COLUMNS = ["student", "question", "variant", "points", "max", "outcome", "note", "second note", "review"]
_SAYS_NOTHING = ("void", "not asked")
_MISTAKE = "mistake"


@dataclass(frozen=True)
class Item:
    """A question of an exam: of each student who was asked, the share of the points and the structure, (n,).

    `notes`: mistake -> how many of them made it; `discrimination`: correlation with the rest of the paper.
    """

    problem: str
    answers: str
    shares: np.ndarray
    structures: np.ndarray
    discrimination: float
    notes: Mapping[str, int]

    @property
    def n(self) -> int:
        """How many students were asked."""
        return len(self.shares)


@dataclass(frozen=True)
class Sitting:
    """An exam that was sat: id and code, its items and their problems, and how many answers wait for a person."""

    id: str
    code: str
    students: int
    waiting: int
    items: tuple[Item, ...]
    problems: Mapping[str, Problem]


def read_sittings(places: Iterable[Path]) -> list[Sitting]:
    """The exams of folders (or of their results), each once however often it is named, in the order of their ids."""
    folders: dict[str, Path] = {}
    sittings: dict[str, Sitting] = {}
    proofs: dict[str, str] = {}
    for place in places:
        folder = _exam_of(place)
        marks = marks_in(folder / RESULTS)
        if marks is None:
            hint = "Mark real answers first: quizgen grade FILE."
            raise QuizgenError("has no results", where=str(folder), hint=hint)
        exam = read_exam(folder)
        if exam.id not in folders:
            folders[exam.id], sittings[exam.id] = folder, _sitting(exam, marks)
            proofs[exam.id] = digest_of_file(marks)
        elif digest_of_file(marks) != proofs[exam.id]:
            what = f"is exam {exam.code} a second time, with other marks than {folders[exam.id]}"
            raise QuizgenError(what, where=str(folder), hint="Name only the folder that counts.")
    return [sittings[key] for key in sorted(sittings)]


def _exam_of(place: Path) -> Path:
    """The exam folder that is meant by itself or by the results in it."""
    if place.name == RESULTS and (place.parent / "exam.json").is_file():
        return place.parent
    return open_exam(place)


def _sitting(exam: Exam, path: Path) -> Sitting:
    marks = _read_marks(path)
    students, row = np.unique(marks["student"].to_numpy(dtype=str), return_inverse=True)
    marks = marks.assign(row=row)
    waiting = int((marks["review"] == "yes").sum())
    marks = marks[~marks["outcome"].isin(_SAYS_NOTHING)]
    parts = dict(iter(marks.groupby("question")))
    asked = [(question, parts[question.name]) for question in exam.questions if question.name in parts]
    shares = [_shares(part, len(students)) for _, part in asked]
    points = np.array([share * float(q.total) for share, (q, _) in zip(shares, asked, strict=True)])
    apart = discrimination(points.T) if len(points) else np.zeros(0)
    items = tuple(
        _item(question, part, share, float(one))
        for (question, part), share, one in zip(asked, shares, apart, strict=True)
        if question.total and (~np.isnan(share)).sum() >= SMALLEST
    )
    problems = {question.problem.name: question.problem for question in exam.questions}
    return Sitting(exam.id, exam.code, len(students), waiting, items, problems)


def _item(question: Question, part: pd.DataFrame, shares: np.ndarray, apart: float) -> Item:
    asked = np.flatnonzero(~np.isnan(shares))
    variants = np.ones(len(shares), dtype=np.int64)
    variants[part["row"].to_numpy()] = part["variant"].to_numpy()
    if not ((variants >= 1) & (variants <= question.n)).all():
        raise QuizgenError(f"the marks of {question.name} name variants that the exam has not", hint="Grade again.")
    return Item(
        problem=question.problem.name,
        answers=asked_of(question.cut.answers),
        shares=shares[asked],
        structures=structures(question)[variants[asked] - 1],
        discrimination=apart,
        notes=_notes(part),
    )


def _shares(part: pd.DataFrame, n: int) -> np.ndarray:
    """What each of n students reached of the points that a question counted, (n,); nan where it was not asked."""
    rows = part["row"].to_numpy()
    reached = np.bincount(rows, part["points"].to_numpy(), n)
    worth = np.bincount(rows, part["max"].to_numpy(), n)
    return np.where(worth > 0, np.clip(reached / np.where(worth > 0, worth, 1), 0, 1), np.nan)


def _notes(part: pd.DataFrame) -> dict[str, int]:
    """Each note with the number of students who made it at least once."""
    made = part[part["outcome"] == _MISTAKE]
    both = pd.concat([made[["row", name]].set_axis(["row", "note"], axis=1) for name in ("note", "second note")])
    counts = both[both["note"] != ""].drop_duplicates()["note"].value_counts()
    return {str(note): int(count) for note, count in sorted(counts.items())}


def _read_marks(path: Path) -> pd.DataFrame:
    """The marks, as far as they are needed."""
    try:
        marks = read_marks(path, _COLUMNS)
        marks["max"] = marks["max"].astype(float)
        marks["variant"] = marks["variant"].astype(np.int64)
    except (OSError, ValueError) as error:
        raise QuizgenError(f"cannot be read: {error}", where=str(path), hint="Grade again.") from None
    return marks
