"""The list of students: who sits the exam. Ids stay texts, so that 007 stays 007."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from quizgen.csvtext import decode, delimiter_of, restored
from quizgen.errors import QuizgenError

ID_HEADINGS = (
    "student",
    "student id",
    "student_id",
    "studentid",
    "id",
    "id number",
    "username",
    "matriculation number",
)


@dataclass(frozen=True)
class Student:
    """A student's id and everything else the list says."""

    id: str
    details: dict[str, str]


def read_roster(path: Path) -> list[Student]:
    """Read a CSV file with one student a row; raises QuizgenError for missing and double ids."""
    try:
        text = decode(path.read_bytes(), str(path))
    except OSError as error:
        raise QuizgenError(f"cannot be read: {error.strerror}", where=str(path)) from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
    headings = [heading.strip() for heading in next(reader, [])]
    place = next((i for i, heading in enumerate(headings) if heading.lower() in ID_HEADINGS), None)
    if place is None:
        raise QuizgenError(
            "no column holds the students' ids",
            where=f"{path}:1",
            hint="Name it 'student' (or 'id', or 'username').",
        )
    students: list[Student] = []
    lines: dict[str, int] = {}
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        cells = [*cells, *[""] * (len(headings) - len(cells))]
        name = restored(cells[place].strip())
        if not name:
            raise QuizgenError("a student without an id", where=f"{path}:{reader.line_num}")
        if name in lines:
            raise QuizgenError(
                f"the student '{name}' stands here a second time",
                where=f"{path}:{reader.line_num}",
                hint=f"The first is in line {lines[name]}.",
            )
        lines[name] = reader.line_num
        details = {h: restored(c.strip()) for i, (h, c) in enumerate(zip(headings, cells, strict=False)) if i != place}
        students.append(Student(name, details))
    if not students:
        raise QuizgenError("the list holds no students", where=str(path))
    return students
