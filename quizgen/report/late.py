"""Who handed in after the deadline, with the extra minutes of the roster. A list for people: nothing is deducted."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa

from quizgen.errors import QuizgenError
from quizgen.exam.model import Exam, Paper
from quizgen.exam.wishes import extra_of
from quizgen.submissions.handins import Handins
from quizgen.submissions.times import read_time, readable_times

_HEADINGS = ("student", "attempt", "handed in", "due", "minutes late")


@dataclass(frozen=True)
class Deadline:
    """A moment; `zoned` if its zone was stated (it is then UTC's)."""

    moment: np.datetime64
    zoned: bool


def read_deadline(text: str) -> Deadline:
    """Read `2026-11-30T12:00`, with a zone or without; raises QuizgenError (wrong usage) for anything else.

    >>> read_deadline("2026-11-30T12:00+01:00")
    Deadline(moment=np.datetime64('2026-11-30T11:00:00'), zoned=True)
    """
    read = read_time(readable_times(pa.array([text.strip()]))[0].as_py())
    if read is None:
        raise QuizgenError(
            f"'{text[:40]}' is no time", hint="Write --deadline 2026-11-30T12:00, or ...T12:00+01:00.", exit_code=2
        )
    return Deadline(*read)


def late_table(exam: Exam, handins: Handins, deadline: Deadline) -> pd.DataFrame:
    """One row per student who was late, and per one whose time cannot be read ('?' minutes); rows without a time none.

    Raises QuizgenError if times and deadline do not both state their zone, or both not.
    """
    extra = {paper.student: _extra(exam, paper) for paper in exam.papers}
    words = sorted({word for word in handins.times.tolist() if word})
    moments = {word: read_time(word) for word in words}
    for word, read in moments.items():
        if read is not None and read[1] != deadline.zoned:
            states = ("states its zone", "states none")
            raise QuizgenError(
                f"the time '{word}' {states[not read[1]]}, the deadline {states[not deadline.zoned]}",
                hint="Write the deadline as the file writes its times: 2026-11-30T12:00 or 2026-11-30T12:00+01:00.",
            )
    rows = []
    for row in np.flatnonzero(handins.times != "").tolist():
        student, word = handins.students[row], handins.times[row]
        due = deadline.moment + np.timedelta64(round(extra.get(student, 0) * 60), "s")
        read = moments[word]
        if read is None:
            rows.append((student, handins.attempts[row], word, str(due), "?"))
        elif read[0] > due:
            late = float((read[0] - due) / np.timedelta64(60, "s"))
            rows.append((student, handins.attempts[row], word, str(due), f"{late:.1f}"))
    return pd.DataFrame(rows, columns=list(_HEADINGS), dtype=object)


def _extra(exam: Exam, paper: Paper) -> Fraction:
    """A student's extra minutes; raises QuizgenError if the roster says something else."""
    try:
        return extra_of(paper.details).minutes(exam.minutes)
    except QuizgenError as error:
        raise error.at(f"the roster's '{paper.student}'") from None
