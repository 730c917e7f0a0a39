"""Booklets and keys as files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from quizgen.booklets.binding import bind
from quizgen.booklets.forms import Form, Forms, with_wished
from quizgen.booklets.model import Booklet, Progress
from quizgen.booklets.payload import Mode
from quizgen.booklets.pdf import Printing, write_key, write_pdfs, write_stacks
from quizgen.booklets.proof import write_proof
from quizgen.booklets.rules import rules_as_markdown, rules_of
from quizgen.booklets.sheet import key_table
from quizgen.exam.model import Exam
from quizgen.exam.private import write_private


def write_booklets(exam: Exam, folder: Path, secret: bytes | None, forms: Forms, progress: Progress) -> None:
    """What is handed out into `booklets/`; what only the owner may read, secret, key and proof, into `staff/`."""
    staff = private_folder(folder / "staff")
    if secret is not None:
        write_private(staff / "secret.txt", f"{secret.hex()}\n".encode())
    write_private(staff / "key.csv", key_table(exam).encode())
    rules = rules_as_markdown(rules_of(exam.grader, exam.language, exam))
    (folder / "rules.md").write_text(rules, encoding="utf-8", newline="\n")
    booklets = _counted(bind(exam, solutions=True), exam.n, progress)
    write_forms(booklets, forms.texts, folder / "booklets", private_folder(staff / "key"))
    if forms.printing:
        write_printed(exam, folder / "booklets", forms.printing, progress=progress)
        write_proof(exam, staff, forms.printing)


def write_forms(booklets: Iterable[Booklet], forms: Sequence[Form], handed: Path, keys: Path | None) -> None:
    """Each booklet in each form into the folder `handed`, its key, if it has one, into `keys`."""
    handed.mkdir(parents=True, exist_ok=True)
    for booklet in booklets:
        for form in with_wished(forms, booklet.wishes.format):
            name = f"{booklet.number:03d}.{form.name}"
            (handed / name).write_text(form.booklet(booklet), encoding="utf-8", newline="\n")
            if keys is not None:
                write_private(keys / name, form.key(booklet).encode())


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


def private_folder(place: Path) -> Path:
    """A new folder for the owner only."""
    place.mkdir(mode=0o700)
    place.chmod(0o700)
    return place


def _counted(booklets: Iterator[Booklet], total: int, progress: Progress) -> Iterator[Booklet]:
    """The booklets, told as they go by."""
    for done, booklet in enumerate(booklets, start=1):
        yield booklet
        progress("writing booklets", done, total)
