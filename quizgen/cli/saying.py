"""How commands speak: counts, progress, words that several of them take."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

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
            from rich.console import Console
            from rich.progress import Progress

            self.bar = Progress(console=Console(stderr=True), transient=True)
            self.bar.start()
        if what != self.what:
            self.what, self.task = what, self.bar.add_task(what, total=total)
        self.bar.update(self.task, completed=done)
