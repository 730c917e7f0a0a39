"""What earlier exams say about the problems of a bank: a table beside it, one row per problem and structure.

`quizgen bank stats` writes it, `quizgen make` shows it and chooses by it. How the figures come about stands in
docs/statistics.md. No row speaks of fewer than five students.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from quizgen.bank.blueprint import Slot
from quizgen.bank.folders import Bank, shipped_folder
from quizgen.csvtext import decode, delimiter_of, restored, write_csv
from quizgen.errors import QuizgenError, did_you_mean

FILE = "statistics.csv"
MAX_BYTES = 20_000_000
_NAMES = ("problem", "answers", "structure")
_COUNTS = ("exams", "students")
_NUMBERS = ("facility", "difficulty", "discrimination")
HEADINGS = (*_NAMES, *_COUNTS, *_NUMBERS, "mistakes")


@dataclass(frozen=True)
class Figures:
    """What is known of a problem, or of one structure of it; nan is what so few students do not tell.

    `answers`: those that were asked, with spaces between, where a blueprint asked only some; `structure`: the values
    of the draws that decide a shape, empty for all; `difficulty` is in logits; `mistakes`: the commonest notes.
    """

    problem: str
    answers: str
    structure: str
    exams: int
    students: int
    facility: float
    difficulty: float
    discrimination: float
    mistakes: tuple[tuple[str, int], ...] = ()

    @property
    def told(self) -> str:
        """The figures in a line."""
        parts = [f"facility {self.facility:.2f}"]
        parts += [f"difficulty {self.difficulty:+.1f}"] if not math.isnan(self.difficulty) else []
        parts += [f"discrimination {self.discrimination:.2f}"] if not math.isnan(self.discrimination) else []
        exams = "1 exam" if self.exams == 1 else f"{self.exams} exams"
        return f"{', '.join(parts)} ({self.students:,} students, {exams})"


Statistics = Mapping[tuple[str, str], Figures]  # (problem, answers) -> figures of all its structures together


def asked_of(answers: Iterable[str]) -> str:
    """The answers that a blueprint asks of a problem as the table names them; empty for all.

    >>> asked_of(["pool", "conv"]), asked_of([])
    ('conv pool', '')
    """
    return " ".join(sorted(answers))


def figures_of(slot: Slot, statistics: Statistics) -> Figures | None:
    """What is known of a problem as a blueprint asks it."""
    return statistics.get((slot.problem, asked_of(slot.answers)))


def place_of(bank: Bank) -> Path:
    """Where a bank's table stands: in its folder; of a bank that comes with quizgen, in the current one."""
    ours = bank.folder.resolve().parent == shipped_folder("banks").resolve()
    return Path(f"{bank.name}-{FILE}") if ours else bank.folder / FILE


def statistics_text(rows: Sequence[Figures]) -> str:
    """The table as CSV."""
    return write_csv(HEADINGS, (_cells(row) for row in rows))


def read_statistics(path: Path) -> Statistics:
    """The rows of a table that speak of whole problems; raises QuizgenError with the line that cannot be read."""
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except OSError as error:
        raise QuizgenError(f"cannot be read: {error.strerror}", where=str(path)) from None
    if data is None:
        raise QuizgenError(f"is larger than {MAX_BYTES:,} bytes", where=str(path))
    text = decode(data, str(path))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
    try:
        headings = [heading.strip().lower() for heading in next(reader, [])]
        _check_headings(headings, path)
        rows = [(reader.line_num, dict(zip(headings, row, strict=False))) for row in reader if any(row)]
    except csv.Error as error:
        raise QuizgenError(f"cannot be read: {error}", where=f"{path}:{reader.line_num}") from None
    found = [_figures(row, f"{path}:{line}") for line, row in rows]
    return {(one.problem, one.answers): one for one in found if not one.structure}


def _cells(row: Figures) -> list[object]:
    numbers = [_rounded(row.facility, 3), _rounded(row.difficulty, 2), _rounded(row.discrimination, 2)]
    mistakes = "; ".join(f"{note} {students}" for note, students in row.mistakes)
    return [row.problem, row.answers, row.structure, row.exams, row.students, *numbers, mistakes]


def _rounded(number: float, decimals: int) -> str:
    """A figure as the table has it; nothing for nan, and no zero below zero."""
    return "" if math.isnan(number) else f"{round(number, decimals) + 0.0:.{decimals}f}"


def _check_headings(headings: Sequence[str], path: Path) -> None:
    for needed in (*_NAMES, *_COUNTS, *_NUMBERS):
        if needed not in headings:
            hint = did_you_mean(needed, headings) or "Write it anew: quizgen bank stats EXAM..."
            raise QuizgenError(f"the column '{needed}' is missing", where=f"{path}:1", hint=hint)


def _figures(row: Mapping[str, str], where: str) -> Figures:
    """A row of the table; its mistakes are for people and not read."""
    problem, answers, structure = (restored((row.get(name) or "").strip()) for name in _NAMES)
    exams, students = (_number(row, name, where) for name in _COUNTS)
    facility, difficulty, discrimination = (_number(row, name, where) for name in _NUMBERS)
    if not (exams >= 0 and students >= 0 and 0 <= facility <= 1):
        raise QuizgenError("a facility is a number from 0 to 1, and students and exams are counts", where=where)
    return Figures(problem, answers, structure, int(exams), int(students), facility, difficulty, discrimination)


def _number(row: Mapping[str, str], name: str, where: str) -> float:
    """A number of the table, nan where there is none; decimal commas are what spreadsheets make of points."""
    text = (row.get(name) or "").strip().replace(",", ".")
    try:
        number = float(text) if text else math.nan
    except ValueError:
        number = math.inf
    if math.isinf(number):
        raise QuizgenError(f"'{text[:40]}' under '{name}' is no number", where=where)
    return number
