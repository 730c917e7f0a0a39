"""Booklets and keys as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from quizgen.booklets.binding import bind
from quizgen.booklets.forms import Forms
from quizgen.booklets.model import Progress
from quizgen.booklets.rules import rules_as_markdown, rules_of
from quizgen.booklets.sheet import key_table
from quizgen.exam.model import Exam
from quizgen.exam.private import private_folder, write_private
from quizgen.exam.wishes import NO_WISHES, wishes_of


def write_booklets(exam: Exam, folder: Path, secret: bytes | None, forms: Forms, progress: Progress) -> None:
    """What is handed out into `booklets/`; what only the owner may read, secret, key and proof, into `staff/`."""
    staff = write_handouts(exam, folder, forms, progress)
    if secret is not None:
        write_private(staff / "secret.txt", f"{secret.hex()}\n".encode())
    rules = rules_as_markdown(rules_of(exam.grader, exam.language, exam))
    (folder / "rules.md").write_text(rules, encoding="utf-8", newline="\n")
    if forms.printing:
        from quizgen.booklets.printed import write_for_the_owner

        write_for_the_owner(exam, staff, forms.printing)


def write_handouts(
    exam: Exam, folder: Path, forms: Forms, progress: Progress, numbers: Sequence[int] | None = None
) -> Path:
    """The booklets of some papers (all, if none are named) into `booklets/`, keys into `staff/`, which it gives."""
    numbers = range(1, exam.n + 1) if numbers is None else numbers
    handed, staff = folder / "booklets", private_folder(folder / "staff")
    write_private(staff / "key.csv", key_table(exam, numbers).encode())
    write_forms(exam, forms, handed, numbers=numbers, keys=private_folder(staff / "key"), progress=progress)
    if forms.printing:
        from quizgen.booklets.printed import print_handouts

        print_handouts(exam, handed, staff, forms.printing, numbers=numbers, progress=progress)
    return staff


def write_forms(
    exam: Exam,
    forms: Forms,
    handed: Path,
    *,
    numbers: Sequence[int] | None = None,
    language: str = "",
    keys: Path | None = None,
    progress: Progress | None = None,
) -> None:
    """Booklets as texts, in each form that is wanted, into the folder `handed`; their keys into `keys`."""
    handed.mkdir(parents=True, exist_ok=True)
    numbers = _written(exam, forms, range(1, exam.n + 1) if numbers is None else numbers)
    booklets = bind(exam, numbers, solutions=keys is not None, language=language)
    for done, booklet in enumerate(booklets, start=1):
        for form in forms.texts_for(booklet.wishes):
            name = f"{booklet.number:03d}.{form.name}"
            (handed / name).write_text(form.booklet(booklet), encoding="utf-8", newline="\n")
            if keys is not None:
                write_private(keys / name, form.key(booklet).encode())
        if progress:
            progress("writing booklets", done, len(numbers))


def _written(exam: Exam, forms: Forms, numbers: Sequence[int]) -> list[int]:
    """The papers, of some, that are written as a text: where only PDFs are wanted, those whose students ask for one."""
    holders = exam.holders
    wishes = {number: wishes_of(holders[number].details) for number in numbers if number in holders}
    return [number for number in numbers if forms.texts_for(wishes.get(number, NO_WISHES))]
