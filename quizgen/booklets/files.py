"""Booklets and keys as files of an exam folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from quizgen.booklets.binding import bind
from quizgen.booklets.markdown import as_markdown, key_as_markdown
from quizgen.booklets.model import Booklet
from quizgen.booklets.sheet import key_table
from quizgen.exam.model import Exam
from quizgen.exam.private import write_private

Progress = Callable[[str, int, int], None]  # what is being done, how far, of how many


def write_booklets(exam: Exam, folder: Path, secret: bytes | None, progress: Progress) -> None:
    """What is handed out into `booklets/`, and the secret and the key, readable by the owner only, into `staff/`."""
    handed, staff = folder / "booklets", folder / "staff"
    handed.mkdir()
    (staff / "key").mkdir(parents=True, mode=0o700)
    staff.chmod(0o700)
    if secret is not None:
        write_private(staff / "secret.txt", f"{secret.hex()}\n".encode())
    write_private(staff / "key.csv", key_table(exam).encode())
    for booklet in _counted(bind(exam, solutions=True), exam, progress):
        (handed / f"{booklet.number:03d}.md").write_text(as_markdown(booklet), encoding="utf-8", newline="\n")
        write_private(staff / "key" / f"{booklet.number:03d}.md", key_as_markdown(booklet).encode())


def _counted(booklets: Iterator[Booklet], exam: Exam, progress: Progress) -> Iterator[Booklet]:
    """The booklets, told as they go by."""
    for done, booklet in enumerate(booklets, start=1):
        yield booklet
        progress("writing booklets", done, exam.n)
