"""Booklets, keys and lists as PDF: what is printed of an exam."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from quizgen.booklets.attendance import write_attendance
from quizgen.booklets.binding import bind
from quizgen.booklets.forms import Printing
from quizgen.booklets.model import Progress
from quizgen.booklets.payload import Mode
from quizgen.booklets.pdf import on_paper, write_key, write_pdfs, write_stacks
from quizgen.booklets.proof import write_proof
from quizgen.exam.model import Exam
from quizgen.exam.private import private_folder


def print_handouts(
    exam: Exam, handed: Path, staff: Path, printing: Printing, *, numbers: Sequence[int], progress: Progress
) -> None:
    """The booklets of those of some papers that are on paper into the folder `handed`; the key of all into `staff`."""
    write_printed(exam, handed, printing, numbers=on_paper(exam, numbers), progress=progress)
    write_key(exam, staff, printing, numbers=numbers, progress=progress)


def write_for_the_owner(exam: Exam, staff: Path, printing: Printing) -> None:
    """The proof, and where there is a roster the lists to be signed."""
    write_proof(exam, staff, printing)
    if exam.has_roster:
        write_attendance(exam, private_folder(staff / "attendance"), printing.paper)


def write_printed(
    exam: Exam,
    handed: Path,
    printing: Printing,
    *,
    numbers: Sequence[int] | None = None,
    language: str = "",
    keys: Path | None = None,
    progress: Progress | None = None,
) -> None:
    """Booklets as PDF, a file for each student and one for each room; answer sheets likewise; the key into `keys`."""
    bound = partial(bind, exam, language=language)
    write = partial(write_pdfs, exam, printing=printing, numbers=numbers, bound=bound, progress=progress)
    write_stacks(exam, write(handed / "pdf"), handed / "print")
    if printing.answer_sheets:
        write_stacks(exam, write(handed / "answer-sheets", mode=Mode.ANSWERS), handed / "print", "-answers")
    if keys is not None:
        solved = partial(bind, exam, language=language, solutions=True)
        write_key(exam, keys, printing, numbers=numbers, bound=solved, progress=progress)
