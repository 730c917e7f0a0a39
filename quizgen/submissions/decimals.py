"""Which sign marks the decimals in each file: as somebody said, or as the texts of that file show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from quizgen.answers.evidence import Evidence, count_commas, count_points
from quizgen.answers.manner import COMMA, POINT
from quizgen.errors import QuizgenError
from quizgen.exam.model import Exam
from quizgen.problem.kinds import TOLERANT
from quizgen.submissions.handins import Handins

_MOST_TOLD = 5  # files of which it is told; a class of saved pages has hundreds
MARKS = ("", COMMA, POINT)


@dataclass(frozen=True)
class Decimals:
    """The decimal mark of each file that has one, by run (empty before it has one) and file."""

    marks: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def of_run(self, run: str) -> Decimals:
        """The same, for the files as a run took them in."""
        return Decimals({(run, file): mark for (_, file), mark in self.marks.items()})

    def joined(self, other: Decimals) -> Decimals:
        """Both together."""
        return Decimals({**self.marks, **other.marks})

    def by_file(self) -> dict[str, str]:
        """The marks by file alone, as a run keeps them."""
        return {file: mark for (_, file), mark in self.marks.items()}

    def rows(self, handins: Handins) -> np.ndarray:
        """For each row the number of its mark in MARKS."""
        codes = np.zeros(handins.n, dtype=np.uint8)
        if not self.marks:
            return codes
        files, names = pd.factorize(handins.files)
        runs, ids = pd.factorize(handins.runs)
        places, kept = ({str(word): i for i, word in enumerate(words)} for words in (names, ids))
        for (run, file), mark in self.marks.items():
            codes[(files == places.get(file, -1)) & (runs == kept.get(run, -1))] = MARKS.index(mark)
        return codes


UNKNOWN = Decimals()


def decimals_of(exam: Exam, handins: Handins, told: str = "") -> tuple[Decimals, list[str]]:
    """The decimal mark of each file of some rows, and what to say about it; `told` is for all files."""
    if told not in MARKS:
        raise QuizgenError(f"--decimal is a comma or a point, not '{told}'", exit_code=2)
    files, names = pd.factorize(handins.files)
    if told:
        return Decimals({("", str(name)): told for name in names}), []
    evidence = {
        str(name): found for name, found in zip(names, _evidence(exam, handins, files, len(names)), strict=True)
    }
    marks = {("", name): found.decimal for name, found in evidence.items() if found.decimal}
    notices = [notice for name, found in evidence.items() if (notice := _notice(name, found))]
    more = len(notices) - _MOST_TOLD
    return Decimals(marks), notices[:_MOST_TOLD] + ([f"... and commas in {more:,} more files"] if more > 0 else [])


def _evidence(exam: Exam, handins: Handins, files: np.ndarray, n: int) -> list[Evidence]:
    """What each file shows, all its columns of numbers together."""
    answers = {(question.name, answer.name): answer for question, answer in exam.fields()}
    numbers = {column: answers[column[:2]] for column in handins.texts if answers[column[:2]].kind in TOLERANT}
    counts = np.zeros((4, n), dtype=np.int64)
    for column, answer in numbers.items():
        axes = 0 if column[2] else answer.axes
        counts[:3] += count_commas(handins.texts[column], files, n, whole=answer.whole, axes=axes)
    doubtful = counts.any(axis=0)  # points speak only where there are commas to explain, and one is enough
    for column in numbers:
        if counts[3, doubtful].all():
            break
        counts[3] += count_points(handins.texts[column], files, n)
    return [Evidence(*column) for column in counts.T.tolist()]


def _notice(file: str, found: Evidence) -> str:
    """What a teacher should know about the commas of a file; nothing where there is nothing to know."""
    commas = found.commas + found.thousands + found.either
    if found.decimal == COMMA:
        return f"{file}: decimal commas ({found.commas:,} of {commas:,} numbers with a comma): 1,5 is read as 1.5"
    if not found.either:
        return ""
    if found.decimal == POINT:
        return f"{file}: commas part thousands ({found.thousands:,} of {commas:,} numbers with a comma): 1,234 is 1234"
    numbers = "1 number like 1,234 is" if found.either == 1 else f"{found.either:,} numbers like 1,234 are"
    shown = [
        f"{found.commas:,} like 0,5" if found.commas else "",
        f"{found.thousands:,} like 1,234.5" if found.thousands else "",
        "some like 0.5" if found.points else "",
    ]
    also = f" ({', '.join(filter(None, shown))})" if any(shown) else ""
    return f"{file}: {numbers} unreadable, since the file does not tell what a comma means{also}; say --decimal"
