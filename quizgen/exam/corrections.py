"""What was decided about questions after the exam: answers that are void, and what students are told of corrections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class How(StrEnum):
    """What becomes of a void answer; `none` takes an earlier decision back."""

    NONE = "none"
    FULL = "full"  # full points for all who sat it
    REMOVED = "removed"  # worth nothing, and the paper is worth less


HOW = tuple(How)


@dataclass(frozen=True)
class Void:
    """Answers of a question (all, if none is named) that do not count as they were marked, in some variants or all."""

    question: str
    how: How
    answers: tuple[str, ...] = ()
    variants: tuple[int, ...] = ()

    def concerns(self, question: str, answer: str, variants: np.ndarray) -> np.ndarray:
        """Mask of the students, by the variants that they hold, whose answer it is about."""
        if question != self.question or (self.answers and answer not in self.answers):
            return np.zeros(len(variants), dtype=bool)
        return np.isin(variants, self.variants) if self.variants else np.ones(len(variants), dtype=bool)


@dataclass(frozen=True)
class Correction:
    """A question that was corrected after the exam, in some variants or all, and why."""

    question: str
    reason: str
    variants: tuple[int, ...] = ()

    def concerns(self, question: str, variant: int) -> bool:
        """Whether it is about what somebody holds."""
        return question == self.question and (not self.variants or variant in self.variants)


def voided(voids: Sequence[Void], question: str, answer: str, variants: np.ndarray) -> np.ndarray:
    """Codes of HOW for students who hold some variants; the last word about an answer counts."""
    codes = np.zeros(len(variants), dtype=np.int8)
    for void in voids:
        codes[void.concerns(question, answer, variants)] = HOW.index(void.how)
    return codes
