"""Several finished attempts of a student: nobody but the teacher knows which one counts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from quizgen.errors import QuizgenError
from quizgen.submissions.handins import Handins
from quizgen.submissions.table import Reject

POLICIES = ("last", "first", "best")
_SHOWN = 3  # students who are named where a policy is missing

Totals = Callable[[Handins], np.ndarray]  # rows -> their points


def one_attempt_each(handins: Handins, policy: str, totals: Totals) -> tuple[Handins, list[Reject], list[str]]:
    """Keep one attempt of every student: the last, the first, or the one with most points (of equal ones the first).

    Gives the rows that count, those set aside with the reason, and what to tell. Blank rows say nothing and are left
    out. Raises QuizgenError for several attempts without a policy, and for a policy that does not exist.
    """
    if policy and policy not in POLICIES:
        raise QuizgenError(f"there is no '--attempt {policy}'", hint=f"Say {', '.join(POLICIES)}.", exit_code=2)
    handins = handins.take(~handins.blank)
    if pd.Index(handins.students).is_unique:
        return handins, [], []
    attempts = pd.Series(handins.attempts)
    several = (attempts.groupby(handins.students).transform("nunique") > 1).to_numpy()
    if not several.any():
        return handins, [], []
    students = pd.unique(pd.Series(handins.students[several]))
    told = f"{len(students)} {'student has' if len(students) == 1 else 'students have'} several finished attempts"
    if not policy:
        named = ", ".join(map(str, students[:_SHOWN])) + (", …" if len(students) > _SHOWN else "")
        raise QuizgenError(f"{told} ({named})", hint="Say which one counts: --attempt last, first or best.")
    rows = np.flatnonzero(several)
    rank = _rank(handins.take(rows), policy, totals)
    counts = np.ones(handins.n, dtype=bool)
    counts[rows] = rank == pd.Series(rank).groupby(handins.students[rows]).transform("max").to_numpy()
    reason = f"another attempt counts (--attempt {policy})"
    aside = [
        handins.reject(row, f"attempt {handins.attempts[row]}: {reason}") for row in np.flatnonzero(~counts).tolist()
    ]
    return handins.take(counts), aside, [f"{told}; the {policy} one counts"]


def _rank(handins: Handins, policy: str, totals: Totals) -> np.ndarray:
    """A number for each row: the highest of a student is that of the attempt that counts, in all of its rows."""
    if policy == "best":
        frame = pd.DataFrame(
            {"student": handins.students, "attempt": handins.attempts, "points": totals(handins)}, dtype=object
        )
        frame["points"] = frame["points"].astype(float)
        frame["points"] = frame.groupby(["student", "attempt"])["points"].transform("max")
        order = np.lexsort((-handins.attempts, frame["points"].to_numpy()))
        ordered = frame.iloc[order]
        new = (ordered[["points", "attempt"]] != ordered[["points", "attempt"]].shift()).any(axis=1).cumsum()
        rank = np.empty(handins.n, dtype=np.int64)
        rank[order] = new.to_numpy()
        return rank
    return handins.attempts if policy == "last" else -handins.attempts
