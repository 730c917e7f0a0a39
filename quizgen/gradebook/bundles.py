"""All feedback files in one zip, named so that an LMS hands each to its student.

Moodle's assignment reads `Full name_participant_assignsubmission_file_NAME`: the number after the first underscore is
the participant. Canvas reads from `name_user_attachment_NAME` the first two whole numbers, and takes a file only if the
student handed in that attachment; so names come from the zip of submissions that Canvas gives.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from quizgen.errors import QuizgenError
from quizgen.filenames import file_names
from quizgen.gradebook.exported import Table
from quizgen.gradebook.filling import MOST_TOLD
from quizgen.gradebook.formats import is_student
from quizgen.gradebook.matching import kind_of, match
from quizgen.gradebook.results import Record, Results

MAX_MEMBERS = 200_000  # of a zip of submissions
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same files, the same bytes
_FORBIDDEN = re.compile(r'[_/\\:*?"<>|\x00-\x1f\x7f]')  # in a name: Moodle cuts at underscores, systems at the others
_NUMBER = re.compile(r"(\d+)\s*$")


@dataclass(frozen=True)
class Bundle:
    """A zip, how many files are in it, and the students whose feedback found no name."""

    data: bytes
    files: int
    missing: tuple[str, ...]

    def told(self) -> list[str]:
        """Who was left over."""
        if not self.missing:
            return []
        more = f" and {len(self.missing) - MOST_TOLD} more" if len(self.missing) > MOST_TOLD else ""
        return [f"feedback left out, for the LMS's name is not known: {', '.join(self.missing[:MOST_TOLD])}{more}"]


def feedback_files(folder: Path, results: Results) -> dict[str, Path]:
    """Student -> page of feedback; raises QuizgenError where grading wrote none."""
    students = [record.student for record in results.records if record.has_points]
    place = folder / "results" / "feedback"
    files = {student: place / f"{name}.html" for student, name in file_names(students).items()}
    missing = [student for student, file in files.items() if not file.is_file()]
    if missing:
        raise QuizgenError(f"no feedback page of '{missing[0]}'", where=str(place), hint="Grade with --feedback html.")
    return files


def moodle_bundle(results: Results, files: Mapping[str, Path], worksheet: Table | None) -> Bundle:
    """For 'Upload multiple feedback files in a zip'; participants from a grading worksheet, or from the roster."""
    participants = _of_worksheet(worksheet, results) if worksheet else _of_roster(results)
    names = {
        student: f"{_harmless(name)}_{participant}_assignsubmission_file_feedback.html"
        for student, (name, participant) in participants.items()
        if student in files
    }
    return _bundle(files, names)


def canvas_bundle(results: Results, files: Mapping[str, Path], handed_in: Path, gradebook: Table | None) -> Bundle:
    """For the upload of graded submissions; users from the roster, or from an exported gradebook."""
    attached = attachments(handed_in)
    headings: Sequence[str] = gradebook.headings if gradebook else ["ID"]
    rows = _student_rows(gradebook) if gradebook else {number: [user] for number, user in enumerate(attached)}
    place = next((i for i, heading in enumerate(headings) if kind_of(heading) == "canvas"), None)
    if place is None:
        raise QuizgenError("has no column 'ID'", where=gradebook.file if gradebook else "")
    matched = match(headings, rows, results.records)
    users = {record.student: rows[number][place].strip() for number, record in matched.students.items()}
    names = {s: attached[user] for s, user in users.items() if s in files and user in attached}
    return _bundle(files, names)


def attachments(handed_in: Path) -> dict[str, str]:
    """Canvas's user number -> the name of a file that this student handed in, from a zip of submissions."""
    try:
        with ZipFile(handed_in) as file:
            members = file.namelist()
    except (OSError, BadZipFile, ValueError) as error:
        raise QuizgenError(f"is no zip of submissions: {error}", where=str(handed_in)) from None
    if len(members) > MAX_MEMBERS:
        raise QuizgenError(f"holds {len(members):,} files, too many for a course", where=str(handed_in))
    found: dict[str, str] = {}
    for name in sorted(PurePosixPath(member).name for member in members if not member.endswith("/")):
        numbers = [part for part in name.split("_") if part.isascii() and part.isdecimal()]
        if len(numbers) >= 2 and not name.startswith("._"):
            found.setdefault(numbers[0], name)
    if not found:
        raise QuizgenError(
            "holds no file that is named as Canvas does, name_123_456_file.pdf",
            where=str(handed_in),
            hint="Take the zip of 'Download Submissions' as it is.",
        )
    return found


def _of_worksheet(table: Table, results: Results) -> dict[str, tuple[str, str]]:
    """Student -> full name and participant number."""
    place = next((i for i, heading in enumerate(table.headings) if kind_of(heading) == "participant"), None)
    if place is None:
        hint = "Take the assignment's grading worksheet, in English."
        raise QuizgenError("has no column 'Identifier'", where=table.file, hint=hint)
    named = next((i for i, heading in enumerate(table.headings) if heading.strip() == "Full name"), None)
    rows = _student_rows(table)
    found = {}
    for number, record in match(table.headings, rows, results.records).students.items():
        participant = _NUMBER.search(rows[number][place])
        if participant:
            found[record.student] = (rows[number][named] if named is not None else "", participant[1])
    return found


def _of_roster(results: Results) -> dict[str, tuple[str, str]]:
    """The same from the roster's columns `Identifier` and `name`."""
    found = {}
    for record in results.records:
        told = next((text for name, text in record.details.items() if kind_of(name) == "participant"), "")
        participant = _NUMBER.search(told)
        if participant:
            found[record.student] = (_full_name(record), participant[1])
    if not found:
        raise QuizgenError(
            "Moodle's participant numbers are not known",
            hint="Say --into FILE with the assignment's grading worksheet, or give the roster a column 'Identifier'.",
        )
    return found


def _full_name(record: Record) -> str:
    known = {name.casefold(): text for name, text in record.details.items()}
    return known.get("full name") or known.get("name") or ""


def _student_rows(table: Table) -> dict[int, Sequence[str]]:
    width = len(table.headings)
    rows = {number: row for number, row in enumerate(table.rows[1:]) if is_student(row)}
    return {number: (*row, *[""] * (width - len(row))) for number, row in rows.items()}


def _harmless(name: str) -> str:
    """A name that Moodle reads whole: without underscores, and not hidden.

    >>> _harmless("../Ann_Bee "), _harmless("~")
    ('Ann Bee', 'Student')
    """
    return " ".join(_FORBIDDEN.sub(" ", name).split()).lstrip(".~ ")[:100].rstrip(". ") or "Student"


def _bundle(files: Mapping[str, Path], names: Mapping[str, str]) -> Bundle:
    """The files under their names; the same files give the same bytes."""
    data = io.BytesIO()
    with ZipFile(data, "w", ZIP_DEFLATED) as out:
        for student, name in sorted(names.items(), key=lambda item: item[1]):
            entry = ZipInfo(name, _EPOCH)
            entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, 3, 0o600 << 16
            out.writestr(entry, files[student].read_bytes())
    return Bundle(data.getvalue(), len(names), tuple(student for student in files if student not in names))
