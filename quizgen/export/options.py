"""What is wanted of an export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from quizgen.errors import QuizgenError

Feedback = Literal["", "mistakes", "solution"]


@dataclass(frozen=True)
class Options:
    """What is wanted.

    `pool`: variants of each question (None: all); `feedback`: what students are told after an attempt; `choices`: so
    many choices instead of boxes to type numbers into (0: boxes); `mathematics`: how formulas are written;
    `skip_unsupported`: leave out, and list, what the format cannot ask.
    """

    pool: int | None = None
    feedback: Feedback = ""
    choices: int = 0
    mathematics: Literal["mathml", "tex"] = "mathml"
    skip_unsupported: bool = False


def options_of(
    pool: int | None, feedback: str, choices: int, mathematics: str, *, skip_unsupported: bool = False
) -> Options:
    """What is wanted, from words; raises QuizgenError (wrong usage) for one that there is not."""
    if feedback not in ("", "mistakes", "solution"):
        raise QuizgenError(f"--feedback {feedback}", hint="Say mistakes or solution.", exit_code=2)
    if mathematics not in ("mathml", "tex"):
        raise QuizgenError(f"--mathematics {mathematics}", hint="Say mathml or tex.", exit_code=2)
    if choices == 1:
        raise QuizgenError("--choices 1 leaves nothing to choose", hint="Say 2 or more.", exit_code=2)
    told = cast(Feedback, feedback)
    return Options(pool, told, choices, cast(Literal["mathml", "tex"], mathematics), skip_unsupported)
