"""Booklets and keys as files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from quizgen.booklets.binding import bind
from quizgen.booklets.forms import Form
from quizgen.booklets.model import Booklet
from quizgen.booklets.rules import rules_as_markdown, rules_of
from quizgen.booklets.sheet import key_table
from quizgen.exam.model import Exam
from quizgen.exam.private import write_private

Progress = Callable[[str, int, int], None]  # what is being done, how far, of how many


def write_booklets(exam: Exam, folder: Path, secret: bytes | None, forms: Sequence[Form], progress: Progress) -> None:
    """What is handed out into `booklets/`; the secret and the key, readable by the owner only, into `staff/`."""
    staff = private_folder(folder / "staff")
    if secret is not None:
        write_private(staff / "secret.txt", f"{secret.hex()}\n".encode())
    write_private(staff / "key.csv", key_table(exam).encode())
    rules = rules_as_markdown(rules_of(exam.grader, exam.language, exam))
    (folder / "rules.md").write_text(rules, encoding="utf-8", newline="\n")
    booklets = _counted(bind(exam, solutions=True), exam.n, progress)
    write_forms(booklets, forms, folder / "booklets", private_folder(staff / "key"))


def write_forms(booklets: Iterable[Booklet], forms: Sequence[Form], handed: Path, keys: Path | None) -> None:
    """Each booklet in each form into the folder `handed`, its key, if it has one, into `keys`."""
    handed.mkdir(parents=True, exist_ok=True)
    for booklet in booklets:
        for form in forms:
            name = f"{booklet.number:03d}.{form.name}"
            (handed / name).write_text(form.booklet(booklet), encoding="utf-8", newline="\n")
            if keys is not None:
                write_private(keys / name, form.key(booklet).encode())


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
