"""Booklets once more, from the exam as it stands after its revisions: a reprint, a corrected wording. Nothing is drawn.

Each time goes into a folder of its own, `exam/prints/001/`: what was handed out before stays.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from quizgen.booklets.files import private_folder, write_forms, write_printed
from quizgen.booklets.forms import Forms
from quizgen.booklets.model import Progress
from quizgen.errors import QuizgenError, did_you_mean
from quizgen.exam.folder import refuse_existing
from quizgen.exam.locks import locked
from quizgen.exam.model import Exam
from quizgen.exam.tags import is_like_a_tag, read_tag
from quizgen.revisions import standing_exam

FOLDER = "prints"


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
    exam = standing_exam(folder).exam
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


def papers_of(exam: Exam, who: Sequence[str]) -> list[int]:
    """The numbers of the papers that are named by tags or students' ids, in order; all, if nothing is named."""
    held = {paper.student: paper.number for paper in exam.papers}
    numbers = [held[name] if name in held else _by_tag(exam, name, held) for name in who]
    return sorted(set(numbers)) or list(range(1, exam.n + 1))


def _by_tag(exam: Exam, name: str, held: dict[str, int]) -> int:
    try:
        tag = read_tag(name, exam.code)
    except QuizgenError as error:
        if is_like_a_tag(name):
            raise error from None
        hint = did_you_mean(name, held)
        raise QuizgenError(f"'{name[:40]}' is no student and no tag of this exam", hint=hint) from None
    if not 1 <= tag.number <= exam.n:
        raise QuizgenError(f"there is no paper {tag.number}; the exam has {exam.n}")
    return tag.number


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
