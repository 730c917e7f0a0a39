"""The list of students: who sits the exam. Ids stay texts, so that 007 stays 007."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from quizgen.csvtext import decode, delimiter_of, drowned_rows, restored
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
RESERVED = (  # quizgen's own columns, in sheets and in results; a roster's are renamed, `roster status`
    *("student", "tag", "paper", "variant", "status", "declared", "simulated"),
    *("question", "problem", "answer", "cell", "value", "attempt"),
    *("run", "points", "max", "grade", "review"),
)
_ANSWER = re.compile(r"q\d+\b", re.IGNORECASE)


@dataclass(frozen=True)
class Student:
    """A student's id and everything else the list says, and where it says so: `file:line`."""

    id: str
    details: dict[str, str]
    where: str = ""


def read_roster(path: Path) -> list[Student]:
    """Read a CSV file with one student a row; raises QuizgenError where it is not sure who or what is meant."""
    try:
        text = decode(path.read_bytes(), str(path))
    except OSError as error:
        raise QuizgenError(f"cannot be read: {error.strerror}", where=str(path)) from None
    if text.count('"') % 2:
        raise QuizgenError("a quotation mark is never closed", where=str(path))
    rows = _rows(text, str(path))
    headings = rows[0][1] if rows else []
    place = _id_column(headings, path)
    rows = [(line, [*cells, *[""] * (len(headings) - len(cells))]) for line, cells in rows[1:]]
    names = _detail_names(headings, place, [any(column) for column in zip(*(cells for _, cells in rows), strict=True)])
    students: list[Student] = []
    lines: dict[str, int] = {}
    for line, cells in rows:
        if not (name := cells[place]):
            raise QuizgenError("a student without an id", where=f"{path}:{line}")
        if name in lines:
            raise QuizgenError(
                f"the student '{name}' stands here a second time",
                where=f"{path}:{line}",
                hint=f"The first is in line {lines[name]}.",
            )
        lines[name] = line
        students.append(Student(name, {heading: cells[i] for i, heading in names.items()}, f"{path}:{line}"))
    if not students:
        raise QuizgenError("the list holds no students", where=str(path))
    return students


def _rows(text: str, file: str) -> list[tuple[int, list[str]]]:
    """The rows that say something, trimmed, each with the line it ends in; the first are the headings."""
    delimiter = delimiter_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    for cells in reader:
        where = f"{file}:{reader.line_num}"
        if any(re.search(drowned_rows(delimiter, i), cell) for i, cell in enumerate(cells)):
            raise QuizgenError(
                "a cell runs over into what looks like further rows",
                where=where,
                hint='A quotation mark " may be missing, or one too many.',
            )
        cells = [restored(cell.strip()) for cell in cells]
        width = len(rows[0][1]) if rows else len(cells)
        if any(cells[width:]):
            raise QuizgenError(
                f"{len(cells)} cells, but there are {width} headings",
                where=where,
                hint=f"A cell with a '{delimiter}' in it needs quotation marks.",
            )
        if any(cells):
            rows.append((reader.line_num, cells[:width]))
    return rows


def _id_column(headings: list[str], path: Path) -> int:
    """Where the ids stand: under the first of ID_HEADINGS that there is."""
    lower = [heading.lower() for heading in headings]
    known = next((heading for heading in ID_HEADINGS if heading in lower), None)
    if known is None:
        raise QuizgenError(
            "no column holds the students' ids",
            where=f"{path}:1",
            hint="Name it 'student' (or 'id', or 'username').",
        )
    if lower.count(known) > 1:
        raise QuizgenError(f"two columns are headed '{known}'", where=f"{path}:1", hint="Which holds the ids?")
    return lower.index(known)


def _detail_names(headings: list[str], place: int, filled: list[bool]) -> dict[int, str]:
    """The names of the other columns: each another one, and none that quizgen uses. Columns of nothing are left out."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for i, heading in enumerate(headings):
        if i == place or not (heading or (filled and filled[i])):
            continue
        name = heading or f"column {i + 1}"
        if name.lower() in RESERVED or _ANSWER.match(name):
            name = f"roster {name}"
        numbered = (name if n == 1 else f"{name} {n}" for n in count(1))
        names[i] = next(free for free in numbered if free.lower() not in taken)
        taken.add(names[i].lower())
    return names
