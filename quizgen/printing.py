"""Booklets once more, from the exam as it stands after its revisions: a reprint, a corrected wording. Nothing is drawn.

Each time goes into a folder of its own, `exam/prints/001/`: what was handed out before stays.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from quizgen.booklets.attendance import write_attendance
from quizgen.booklets.files import write_forms
from quizgen.booklets.forms import Forms
from quizgen.booklets.model import Progress
from quizgen.booklets.printed import write_printed
from quizgen.errors import QuizgenError, did_you_mean
from quizgen.exam.folder import refuse_existing
from quizgen.exam.locks import locked
from quizgen.exam.model import Exam
from quizgen.exam.private import private_folder
from quizgen.exam.tags import is_like_a_tag, read_paper
from quizgen.revisions import standing_exam

FOLDER, ATTENDANCE = "prints", "attendance"


def print_again(
    folder: Path,
    who: Sequence[str],
    forms: Forms,
    *,
    key: bool = False,
    out: Path | None = None,
    language: str = "",
    progress: Progress | None = None,
) -> tuple[Path, int]:
    """Write the booklets of some papers (all, if nobody is named); where they are, and how many.

    `who`: tags of papers, or ids of students. With `key` their keys are written as well, into `staff/` beside them.
    `language`: for those for whom the roster asks none, instead of the exam's own.
    """
    exam = standing_exam(folder, (lambda exam: papers_of(exam, who)) if who else None).exam
    numbers = papers_of(exam, who)
    with locked(folder, "another quizgen is working on this exam"):
        place = out or _new_place(folder)
        with _appearing(place) as partial:
            keys = private_folder(partial / "staff") if key else None
            write_forms(exam, forms, partial, numbers=numbers, language=language, keys=keys)
            if forms.printing:
                some = numbers if who else None
                write_printed(
                    exam, partial, forms.printing, numbers=some, language=language, keys=keys, progress=progress
                )
    return place, len(numbers)


def print_attendance(
    folder: Path, rooms: Sequence[str] = (), paper: str = "a4", *, out: Path | None = None, pdf: bool = True
) -> list[Path]:
    """Write the lists of attendance of some rooms (all, if none is named), as papers are held now; their files.

    Into `exam/attendance/`, if nothing else is said; a list that is there is written anew. `paper`: a4 or us-letter.
    """
    exam = standing_exam(folder).exam
    with locked(folder, "another quizgen is working on this exam"):
        place = out or folder / ATTENDANCE
        if (folder / "staff").resolve() in (place.resolve(), *place.resolve().parents):
            raise QuizgenError(
                "what was made with the exam stays as it is", where=str(place), hint="Choose another --out."
            )
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        return write_attendance(exam, place, paper, rooms=rooms, pdf=pdf)


def papers_of(exam: Exam, who: Sequence[str]) -> list[int]:
    """The numbers of the papers that are named by tags or students' ids, in order; all, if nothing is named."""
    held = {paper.student: paper.number for paper in exam.papers}
    numbers = [held[name] if name in held else _by_tag(exam, name, held) for name in who]
    return sorted(set(numbers)) or list(range(1, exam.n + 1))


def _by_tag(exam: Exam, name: str, held: dict[str, int]) -> int:
    try:
        return read_paper(name, exam.code, exam.n)
    except QuizgenError as error:
        if is_like_a_tag(name):
            raise error from None
        hint = did_you_mean(name, held)
        raise QuizgenError(f"'{name[:40]}' is no student and no tag of this exam", hint=hint) from None


def _new_place(folder: Path) -> Path:
    """The next number."""
    taken = [int(path.name) for path in (folder / FOLDER).glob("*") if path.name.isdigit()]
    return folder / FOLDER / f"{max(taken, default=0) + 1:03d}"


@contextmanager
def _appearing(place: Path) -> Iterator[Path]:
    """A folder to fill that gets its name when all is written; what a killed run left is cleared away."""
    refuse_existing(place)
    partial = place.with_name(place.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        partial.rename(place)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
