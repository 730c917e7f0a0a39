"""What is wanted of an export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Options:
    """What is wanted.

    `pool`: variants of each question (None: all); `feedback`: what students are told after an attempt; `choices`: so
    many choices instead of boxes to type numbers into (0: boxes); `mathematics`: how formulas are written;
    `skip_unsupported`: leave out, and list, what the format cannot ask.
    """

    pool: int | None = None
    feedback: Literal["", "mistakes", "solution"] = ""
    choices: int = 0
    mathematics: Literal["mathml", "tex"] = "mathml"
    skip_unsupported: bool = False
