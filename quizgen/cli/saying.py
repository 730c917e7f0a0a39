"""How commands speak: counts, progress, words that several of them take."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from quizgen.errors import QuizgenError

if TYPE_CHECKING:
    from quizgen.log import Actor

LISTED = 40  # changes that are named one by one
_PATIENCE = 1.0  # seconds before a progress bar appears


def counted(number: float, what: str) -> str:
    """`1 paper`, `50 papers`."""
    return f"{number:,.10g} {what}{'' if number == 1 else 's'}"


def feedback_forms(wanted: str) -> tuple[str, ...] | None:
    """The endings of the feedback files that are wanted; None if nobody said so."""
    if not wanted:
        return None
    forms = {"both": ("md", "html"), "html": ("html",), "md": ("md",), "none": ()}
    if wanted not in forms:
        raise QuizgenError(f"--feedback {wanted}", hint=f"Say {', '.join(forms)}.", exit_code=2)
    return forms[wanted]


def write_whole(path: Path, text: str) -> None:
    """Write a file that may be shown round; it is there whole, or as it was before."""
    if not path.parent.is_dir():
        raise QuizgenError(f"{path}: there is no folder {path.parent}", hint="Make it first, or choose another --out.")
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    partial.replace(path)


def actor() -> Actor:
    """Who uses quizgen, and when."""
    import getpass
    from datetime import UTC, datetime

    from quizgen.log import Actor

    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = ""
    return Actor(user, datetime.now(UTC).isoformat(timespec="seconds"))


@contextmanager
def noted(folder: Path, what: str, form: str, place: Path) -> Iterator[None]:
    """Hold an exam's lock while a file is written from it for others, and put into the log what was written.

    The same file again adds nothing. A folder that cannot be written to has its log left alone, and this is told.
    """
    from quizgen.exam.locks import locked
    from quizgen.ledger import digest_of_file
    from quizgen.log import log_once
    from quizgen.status import source_of

    with locked(folder, "another quizgen is working on this exam"):
        yield
        about = {"format": form, "file": place.name, "digest": digest_of_file(place), "of": source_of(folder, what)}
        try:
            log_once(folder, actor(), what, about)
        except OSError as error:
            typer.echo(f"not noted in {folder}/log.jsonl: {error.strerror}", err=True)


class Progress:
    """A progress bar that appears only when something takes longer than a second."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.bar: Any = None
        self.task: Any = None
        self.what = ""

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Say how far something is."""
        if self.bar is None:
            if time.monotonic() - self.started < _PATIENCE or not sys.stderr.isatty():
                return
            from rich import progress
            from rich.console import Console

            columns = (
                progress.TextColumn("{task.description}"),
                progress.BarColumn(),
                progress.TextColumn("{task.completed:,} of {task.total:,}"),
                progress.TextColumn("{task.fields[rate]}"),
                progress.TimeRemainingColumn(),
            )
            self.bar = progress.Progress(*columns, console=Console(stderr=True), transient=True)
            self.bar.start()
        if what != self.what:
            self.what, self.task = what, self.bar.add_task(what, total=total, completed=done, rate="")
        rate = self.bar.tasks[self.task].speed
        self.bar.update(self.task, rate=f"{rate:,.0f}/s" if rate else "")
        self.bar.update(self.task, completed=done)
