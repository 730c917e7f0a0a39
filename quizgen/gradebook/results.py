"""What grading found, read back from the results: one record per student. Nothing is marked here."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from quizgen.csvtext import restored
from quizgen.errors import QuizgenError
from quizgen.exam.additions import listed_papers
from quizgen.exam.pseudonyms import NAMES, is_pseudonym, read_pseudonyms
from quizgen.exam.stored import title_of

WITH_POINTS = ("marked", "empty")  # anything else (absent, excused) is no zero: it is nothing


@dataclass(frozen=True)
class Record:
    """One student: `points` is empty for who is absent or excused; `details` are the roster's other columns."""

    student: str
    details: Mapping[str, str]
    status: str
    points: str
    grade: str
    waiting: int

    @property
    def has_points(self) -> bool:
        """Whether there is something to enter."""
        return self.points != ""


@dataclass(frozen=True)
class Results:
    """All students of an exam, in order, with the points of a whole paper.

    `scaled`: students whose papers count less, since a question was removed; their points are told out of `max`.
    """

    title: str
    max: str
    records: tuple[Record, ...]
    scaled: int = 0

    @property
    def notices(self) -> list[str]:
        """What whoever imports them must know."""
        who = f"the points of {_counted(self.scaled, 'student')}"
        return [f"{who} are scaled to {self.max}: their papers count less"] if self.scaled else []

    @property
    def waiting(self) -> int:
        """How many answers wait for a person."""
        return sum(record.waiting for record in self.records)

    @property
    def has_grades(self) -> bool:
        """Whether the grader gave grades beside points."""
        return any(record.grade for record in self.records)

    @property
    def details(self) -> list[str]:
        """The roster's other columns, in order."""
        return list(dict.fromkeys(name for record in self.records for name in record.details))


def read_results(folder: Path, *, provisional: bool = False) -> Results:
    """Read an exam's current grades.csv; refuses while answers wait for a person, unless the result is provisional.

    Where ids were replaced by pseudonyms, they are put back from the exam's staff folder, details from its roster.
    """
    place = folder / "results" / "grades.csv"
    rows = _rows(folder, place)
    who = read_pseudonyms(folder)
    rostered = {paper.student: dict(paper.details) for paper in listed_papers(folder)}
    known = who.keys() | rostered.keys()
    strange = [row["student"] for row in rows if is_pseudonym(row["student"]) and row["student"] not in known]
    if strange:
        what = f"nobody knows who '{strange[0]}' is"
        raise QuizgenError(what, where=str(folder / NAMES), hint="Restore that file, or grade without --pseudonymise.")
    most = max((float(row["max"]) for row in rows if row["points"]), default=0.0)
    records = tuple(_record(row, who, rostered, most) for row in rows)
    scaled = sum(float(row["max"]) != most for row in rows if row["points"])
    whole = next((row["max"] for row in rows if not scaled or float(row["max"]) == most), "")
    results = Results(title_of(folder), _short(whole), records, scaled)
    if results.waiting and not provisional:
        students = sum(record.waiting > 0 for record in records)
        waiting, who_wait = _counted(results.waiting, "answer"), _counted(students, "student")
        raise QuizgenError(
            f"{waiting} of {who_wait} still open: a person should decide",
            where=str(place),
            hint="Fill in review.csv in the exam's folder and grade again; or say --provisional.",
        )
    return results


def _rows(folder: Path, place: Path) -> list[dict[str, str]]:
    """The rows of grades.csv, each a column's text by heading."""
    if not place.exists():
        only = "only a rehearsal with invented students" if (folder / "rehearsal").exists() else "no results"
        raise QuizgenError(f"{only} so far", where=str(folder), hint="Mark real answers first: quizgen grade FILE.")
    try:
        reader = csv.DictReader(io.StringIO(place.read_text(encoding="utf-8"), newline=""), strict=True)
        rows = [{restored(key): restored(text or "") for key, text in row.items() if key} for row in reader]
    except (ValueError, csv.Error) as error:
        raise QuizgenError(f"cannot be read: {error}", where=str(place)) from None
    missing = {"student", "status", "points", "max", "review"} - set(map(restored, reader.fieldnames or []))
    if missing:
        raise QuizgenError(f"has no column '{min(missing)}'", where=str(place), hint="Grade again.")
    return rows


def _record(
    row: Mapping[str, str], who: Mapping[str, str], rostered: Mapping[str, Mapping[str, str]], most: float
) -> Record:
    student = who.get(row["student"], row["student"])
    return Record(
        student=student,
        details=rostered.get(student, {}),
        status=row["status"],
        points=_scaled(row["points"], row["max"], most) if row["status"] in WITH_POINTS else "",
        grade=row.get("grade", "") if row["status"] in WITH_POINTS else "",
        waiting=int(row["review"] or 0),
    )


def _scaled(points: str, worth: str, most: float) -> str:
    """Points out of what most papers count, where one counts less.

    >>> _scaled("6.0", "8.0", 12.0), _scaled("7.0", "12.0", 12.0)
    ('9', '7')
    """
    if not points or float(worth) in (0.0, most):
        return _short(points)
    return _short(f"{float(points) * most / float(worth):.2f}")


def _short(points: str) -> str:
    """Points without zeros at the end.

    >>> _short("79.50"), _short("7.0"), _short("")
    ('79.5', '7', '')
    """
    return f"{float(points):.10g}" if points else ""


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
