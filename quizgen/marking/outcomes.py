"""What became of an answer: the closed sets of outcomes and of rules, and an answer marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

import numpy as np

from quizgen.marking.shares import Shares
from quizgen.problem.model import Answer
from quizgen.world.values import Value


class Outcome(StrEnum):
    """What became of an answer: a closed set."""

    CORRECT = "correct"
    CARRIED = "carried"
    MISTAKE = "mistake"
    PARTIAL = "partial"
    WRONG = "wrong"
    BLANK = "blank"
    UNREADABLE = "unreadable"
    NOT_ASKED = "not asked"
    DECIDED = "decided"
    VOID = "void"


class Rule(StrEnum):
    """Which rule spoke, for whoever asks why."""

    NONE = ""
    TRUTH = "the right answer"
    OWN = "right from own earlier figures"
    ROUNDED = "right with rounded steps"
    AGAIN = "a mistake already charged"
    EASY = "own earlier figures leave no work to do"
    IMPOSSIBLE = "an impossible value"
    HAND = "marked by hand"
    UNMARKED = "not yet marked by hand"
    CONSTANT = "the same number everywhere"
    SOME_CELLS = "a mistake in all cells that are not right"
    VOID_FULL = "void: full points for all"
    VOID_REMOVED = "void: it does not count"


OUTCOMES = tuple(Outcome)
RULES = tuple(Rule)


@dataclass(frozen=True)
class Marked:
    """One answer of n students, marked.

    `outcome`: codes of OUTCOMES; `credit`: share of the points; `note`, `second`: numbers of `Problem.named`, -1 for
    none; `rule`: code of RULES; `review`: a human should look; `candidates`: for a student, the mistakes that each
    explain a wrong answer. `own_rows`, `own`: students whose answer was not simply right, and what their own figures
    give.
    """

    answer: Answer
    outcome: np.ndarray
    credit: Shares
    note: np.ndarray
    second: np.ndarray
    rule: np.ndarray
    review: np.ndarray
    candidates: Mapping[int, tuple[int, ...]]
    own_rows: np.ndarray
    own: Value

    def settled(
        self, rows: np.ndarray, share: Fraction, became: Outcome = Outcome.DECIDED, by: Rule = Rule.HAND
    ) -> Marked:
        """The same, but for some students (a mask) whose share of the points was decided by no rule of marking."""
        outcome, rule, review = self.outcome.copy(), self.rule.copy(), self.review & ~rows
        outcome[rows], rule[rows] = OUTCOMES.index(became), RULES.index(by)
        credit = self.credit.put(rows, Shares.of(share, int(rows.sum())))
        note, second = np.where(rows, -1, self.note), np.where(rows, -1, self.second)
        candidates = {row: found for row, found in self.candidates.items() if not rows[row]}
        changes = {"outcome": outcome, "rule": rule, "review": review, "credit": credit, "note": note, "second": second}
        return replace(self, **changes, candidates=candidates)

    def has(self, outcome: Outcome) -> np.ndarray:
        """Mask of the students with an outcome."""
        result: np.ndarray = self.outcome == OUTCOMES.index(outcome)
        return result
