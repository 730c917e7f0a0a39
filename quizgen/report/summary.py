"""The short table that grading prints: how many, the mean, outcomes per answer, the commonest mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from quizgen.exam.model import Exam, heading_of
from quizgen.grading import Graded
from quizgen.marking.outcomes import OUTCOMES, Outcome
from quizgen.problem.grader import Grader

COMMONEST = 3


@dataclass
class Tally:
    """Counts gathered block by block."""

    outcomes: dict[str, np.ndarray] = field(default_factory=dict)  # answer -> count of each outcome
    notes: dict[str, int] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    points: float = 0.0
    worth: Fraction = Fraction(0)  # of all papers together
    students: int = 0
    review: int = 0

    def add(self, grader: Grader, block: Graded) -> None:
        """Count a block of students."""
        self.students += block.handins.n
        self.review += int(block.waiting.sum())
        self.points += float(block.total.rounded(grader.round_to).sum())
        self.worth += block.worth.sum()
        for part in block.parts:
            name = heading_of(part.question.name, part.answer.name)
            counts = np.bincount(part.marked.outcome, minlength=len(OUTCOMES))
            self.outcomes[name] = self.outcomes.get(name, 0) + counts
            made = part.marked.has(Outcome.MISTAKE)
            for numbers in (part.marked.note[made], part.marked.second[made]):
                for number, count in zip(*np.unique(numbers[numbers >= 0], return_counts=True), strict=True):
                    mistake = part.question.problem.named[number]
                    self.notes[mistake.note] = self.notes.get(mistake.note, 0) + int(count)
                    self.titles.setdefault(mistake.note, mistake.title)

    def join(self, other: Tally) -> None:
        """Take over the counts of further students."""
        for name, counts in other.outcomes.items():
            self.outcomes[name] = self.outcomes.get(name, 0) + counts
        for note, count in other.notes.items():
            self.notes[note] = self.notes.get(note, 0) + count
        self.titles |= {note: title for note, title in other.titles.items() if note not in self.titles}
        self.points, self.students = self.points + other.points, self.students + other.students
        self.worth += other.worth
        self.review += other.review

    @property
    def counts(self) -> dict[str, Any]:
        """Everything as plain numbers and texts, for a file."""
        outcomes = {name: counts.tolist() for name, counts in self.outcomes.items()}
        return {**self.__dict__, "outcomes": outcomes, "worth": str(self.worth)}

    @classmethod
    def of(cls, counts: Mapping[str, Any]) -> Tally:
        """From what `counts` gave."""
        outcomes = {name: np.array(found) for name, found in counts["outcomes"].items()}
        return cls(**{**counts, "outcomes": outcomes, "worth": Fraction(counts["worth"])})


@dataclass(frozen=True)
class Summary:
    """What grading found, ready to be printed."""

    tally: Tally
    exam: Exam
    absent: int

    def lines(self) -> list[str]:
        """The table, line by line."""
        tally = self.tally
        of = float(tally.worth / tally.students) if tally.students else 0.0
        mean = f"{tally.points / tally.students:.2f} of {of:g} points" if tally.students else "none"
        lines = [
            f"students  {tally.students} marked, {self.absent} absent or excused",
            f"mean      {mean}",
            "",
        ]
        used = [i for i in range(len(OUTCOMES)) if any(counts[i] for counts in tally.outcomes.values())]
        width = max((len(name) for name in tally.outcomes), default=6)
        lines.append(f"{'answer':<{width}}" + "".join(f"{OUTCOMES[i]:>{max(9, len(OUTCOMES[i]) + 2)}}" for i in used))
        for name, counts in tally.outcomes.items():
            cells = "".join(f"{counts[i] or '·':>{max(9, len(OUTCOMES[i]) + 2)}}" for i in used)
            lines.append(f"{name:<{width}}{cells}")
        return lines + self._mistakes()

    def _mistakes(self) -> list[str]:
        """The commonest mistakes by name, and what waits for a person."""
        found: Sequence[tuple[str, int]] = sorted(self.tally.notes.items(), key=lambda item: (-item[1], item[0]))[
            :COMMONEST
        ]
        lines = ["", "commonest mistakes"] if found else []
        lines += [f"  {count:>5} x {self.tally.titles[note]} ({note})" for note, count in found]
        if self.tally.review:
            lines += [
                "",
                f"{_waiting(self.tally.review)} for a person: see review.csv",
            ]
        return lines


def _waiting(count: int) -> str:
    return "1 answer waits" if count == 1 else f"{count:,} answers wait"
