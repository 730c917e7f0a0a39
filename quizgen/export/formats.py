"""What a format of a learning platform is: what it can ask, how it treats what is typed, and how it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

from quizgen.errors import QuizgenError
from quizgen.exam.model import Exam
from quizgen.export.items import Asked, Box, Item
from quizgen.export.options import Feedback, Options
from quizgen.problem.kinds import KINDS

WITHOUT_FORMULAS = frozenset(KINDS) - {"formula"}  # the kinds of answer that most formats can ask

Judge = Callable[[Item, Asked, Box, str], bool]
WhyNot = Callable[[Item, Asked, Options], str]
Treats = Literal["read", "wrong", "refused", "thousands", "leading"]


def nothing_against(_item: Item, _asked: Asked, _options: Options) -> str:
    """For formats that ask whatever is of a kind that they know."""
    return ""


@dataclass(frozen=True)
class Manners:
    """How a platform treats what is typed, as seen in its code; `docs/lms.md` says where.

    `closed`: whether the ends of an interval count as right. `comma`: a decimal comma; `fraction`: `1/3`; `exponent`:
    `1.5e-3`; `power`: `1.5*10^-3`; `spaces`: within a number; `minus`: the sign of typesetters; `behind`: anything
    else behind a number, `5 px`; `garbage`: what is no number at all, "read" if it counts as 0.
    "leading": what stands first is read, the rest is not looked at.
    """

    closed: bool
    comma: Treats
    fraction: Treats
    note: str = ""
    exponent: Treats = "read"
    power: Treats = "wrong"
    spaces: Treats = "wrong"
    minus: Treats = "wrong"
    behind: Treats = "wrong"
    garbage: Treats = "wrong"


@dataclass(frozen=True)
class Format:
    """A format: its name on the command line, the platform, the ending of its file, which kinds of answers it can ask.

    `write` takes the exam, its items question by question, and what is wanted, writes one file, and gives back what
    it left out, a line each: nothing, unless `Options.skip_unsupported` allows it. `judge` says whether the platform
    takes a text typed into a box as right, where that is more than its manners and a margin. `tells_mistakes`: whether
    it marks what declared mistakes explain as we do, whatever students are told of it. `feedback`: what it can
    tell them. `why_not` says what there is against an answer of a kind that the format has, empty if nothing; `types`
    whether numbers are typed, not chosen.
    """

    name: str
    platform: str
    ending: str
    kinds: frozenset[str]
    manners: Manners
    write: Callable[[Exam, Iterator[Iterator[Item]], Options, BinaryIO], list[str]]
    judge: Judge | None = None
    tells_mistakes: bool = False
    feedback: frozenset[Feedback] = frozenset(("mistakes", "solution"))
    why_not: WhyNot = nothing_against
    types: Callable[[Item, Options], bool] = lambda _item, options: not options.choices

    def asks_typed(self, item: Item, asked: Asked, options: Options) -> bool:
        """Whether an answer of an item stands in the file, with boxes in which numbers are typed."""
        can = asked.field.answer.kind in self.kinds and not self.why_not(item, asked, options)
        return can and self.types(item, options)

    def check_feedback(self, wanted: Feedback) -> None:
        """Raise QuizgenError (wrong usage) for feedback that the format has no place for."""
        can = [f"--feedback {one}" for one in sorted(self.feedback)]
        if wanted and wanted not in self.feedback:
            raise QuizgenError(
                f"--feedback {wanted}: the files of {self.platform} have no place for it",
                hint=f"Say {' or '.join(can)}." if can else "Give quizgen's own pages of feedback later.",
                exit_code=2,
            )


class CannotExport(QuizgenError):  # noqa: N818  (it reads as what happened)
    """An answer that a format cannot express; nothing is written."""


def refusal(format_name: str, item: Item, asked: Asked, why: str) -> CannotExport:
    """The error for an answer that a format cannot express."""
    return CannotExport(
        f"{asked.field.name} of '{item.problem}' cannot be asked in {format_name}: {why}",
        hint="Leave it out of the blueprint, choose another format, or say --skip-unsupported.",
    )
