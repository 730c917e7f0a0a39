"""Two files of the same answers, typed by two people: where their texts differ."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from quizgen.csvtext import write_csv
from quizgen.errors import QuizgenError, printable
from quizgen.exam.additions import read_exam
from quizgen.exam.model import Exam, heading_of
from quizgen.submissions import Reject, read_sheet
from quizgen.submissions.handins import Handins, layout_of, resolve, without_doubles
from quizgen.submissions.sheet import Column

_SHOWN = 80  # characters of a text that is listed


class Typed(NamedTuple):
    """An answer of a student in two spellings; the answer is '' where a whole row is missing."""

    student: str
    answer: str
    first: str
    second: str


@dataclass(frozen=True)
class Compared:
    """What differs, in the order of the first file's students; rows that were refused; students in both files."""

    differences: list[Typed]
    rejects: list[Reject]
    same: int

    @property
    def differ(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self.differences or self.rejects)

    def lines(self) -> list[str]:
        """A CSV table of the differences, then a sentence."""
        table = write_csv(Typed._fields, self.differences).splitlines()
        lines = table if self.differences else []
        lines += [printable(f"{r.file}:{r.line}: {r.student or 'a row'}: {r.reason}") for r in self.rejects]
        students = "1 student" if self.same == 1 else f"{self.same} students"
        count = "1 difference" if len(self.differences) == 1 else f"{len(self.differences) or 'no'} differences"
        return [*lines, f"{count}; {students} in both files"]


def compare_files(folder: Path, one: Path, other: Path, dialect: str = "") -> Compared:
    """Compare two files of an exam, text by text (a blank differs from a text, spaces at the ends do not matter).

    Raises QuizgenError if a file cannot be read, or if an answer stands whole in one and by cells in the other.
    """
    exam = read_exam(folder)
    first, refused = _read(exam, one, dialect)
    second, more = _read(exam, other, dialect)
    columns = list(dict.fromkeys([*first.texts, *second.texts]))
    entire = {column[:2] for column in columns if not column[2]}
    if mixed := next((column for column in columns if column[2] and column[:2] in entire), None):
        name = heading_of(*mixed[:2])
        raise QuizgenError(f"{name} stands whole in one file and by cells in the other", hint="Type both alike.")
    place = pd.Index(second.students).get_indexer(pd.Index(first.students))
    both = np.flatnonzero(place >= 0)
    found = _differing(first.take(both), second.take(place[both]).with_columns(columns), columns)
    found += [Typed(str(student), "", "a row", "no row") for student in first.students[place < 0]]
    missing = ~pd.Index(second.students).isin(first.students)
    found += [Typed(str(student), "", "no row", "a row") for student in second.students[missing]]
    turn = {student: i for i, student in enumerate([*first.students.tolist(), *second.students[missing].tolist()])}
    return Compared(sorted(found, key=lambda typed: turn[typed.student]), refused + more, len(both))


def _read(exam: Exam, path: Path, dialect: str) -> tuple[Handins, list[Reject]]:
    """The rows of a file, one for each student."""
    rows, rejects = resolve(exam, read_sheet(path, layout_of(exam), dialect))
    rows, doubles = without_doubles(rows)
    return rows, rejects + doubles


def _differing(first: Handins, second: Handins, columns: list[Column]) -> list[Typed]:
    """The texts that differ between two equally long lists of rows of the same students."""
    first = first.with_columns(columns)
    found: list[Typed] = []
    for name, mine, others in (
        ("paper", first.papers, second.papers),
        ("attempt", first.attempts, second.attempts),
        ("status", first.status, second.status),
    ):
        rows = np.flatnonzero(mine != others).tolist()
        found += [Typed(str(first.students[row]), name, str(mine[row]), str(others[row])) for row in rows]
    for column in columns:
        mine, others = first.texts[column], second.texts[column]
        for row in np.flatnonzero(pc.not_equal(mine, others).to_numpy(zero_copy_only=False)).tolist():
            texts = (mine[row].as_py()[:_SHOWN], others[row].as_py()[:_SHOWN])
            found.append(Typed(str(first.students[row]), heading_of(*column), *texts))
    return found
