"""Errors that a user reads: where it happened, what is wrong, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class QuizgenError(Exception):
    """A problem that a person can mend, told as `where: what hint`.

    >>> str(QuizgenError("step 'macs' uses 'wieghts'", where="a.md:14", hint="Did you mean 'weights'?"))
    "a.md:14: step 'macs' uses 'wieghts'. Did you mean 'weights'?"
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "", exit_code: int = 1) -> None:
        self.what = what.rstrip(".")
        self.where = where
        self.hint = hint
        self.exit_code = exit_code
        super().__init__(what)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        if not self.hint:
            return f"{place}{self.what}"
        stop = "" if self.what[-1:] in "?!:" else "."
        return f"{place}{self.what}{stop} {self.hint}"

    def at(self, where: str) -> QuizgenError:
        """Give the same error with a place, if it has none yet."""
        return QuizgenError(self.what, where=self.where or where, hint=self.hint, exit_code=self.exit_code)


def printable(text: str) -> str:
    """The text with a dot for each character that a terminal would act on.

    >>> printable("a\x1b[31m")
    'a·[31m'
    """
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "·" for sign in text)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest the nearest known word, or say nothing.

    >>> did_you_mean("wieghts", ["weights", "bias"])
    "Did you mean 'weights'?"
    """
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"Did you mean '{near[0]}'?" if near else ""
