"""Two markings of the same answers: which marks differ, what papers count, and what is not taken from anybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from quizgen.decisions import Floor, texts_digest
from quizgen.errors import printable
from quizgen.exam.corrections import HOW, How, Void, voided
from quizgen.exam.model import Exam
from quizgen.grading import NOT_LOWERED, Graded, Part
from quizgen.marking.outcomes import OUTCOMES, Outcome

_EQUAL = 1e-9  # points closer than this are the same


@dataclass(frozen=True)
class Change:
    """One mark that changes; `decided`: by a person, by corrected data or since it is void, not by marking it anew."""

    student: str
    question: str
    answer: str
    before: Fraction
    after: Fraction
    outcomes: tuple[str, str]
    decided: bool
    texts: str
    paper: int = 0

    @property
    def lowers(self) -> bool:
        """Whether points are lost."""
        return self.after < self.before

    def __str__(self) -> str:
        points = f"{float(self.before):g} -> {float(self.after):g}"
        return printable(f"{self.student}: {self.question}.{self.answer} {points} ({' -> '.join(self.outcomes)})")


@dataclass(frozen=True)
class Counted:
    """The points of a student whose paper counts another number of points than before."""

    points: tuple[Fraction, Fraction]
    worth: tuple[Fraction, Fraction]

    @property
    def gain(self) -> Fraction:
        """The difference as a share of the paper."""
        before, after = (points / worth for points, worth in zip(self.points, self.worth, strict=True))
        return after - before

    def __str__(self) -> str:
        before, after = (f"{float(p):g} of {float(w):g}" for p, w in zip(self.points, self.worth, strict=True))
        return f"{before} -> {after}"


def staying(
    before: Iterable[Graded], then: Exam, voids: Sequence[Void], floors: Sequence[Floor]
) -> tuple[list[Change], list[Floor]]:
    """What is removed of a question stays for those who earned a larger share in it than in the whole paper.

    So nobody's share of the points falls by what is removed now (`voids`). With the floors that no longer hold there.
    """
    questions = {void.question for void in voids}
    known = {(floor.student, floor.question, floor.answer): floor for floor in floors if floor.points}
    stays: list[Change] = []
    lifted: list[Floor] = []
    for block in before if voids else ():
        share = block.total.floats / np.maximum(block.worth.floats, _EQUAL)
        for question in (question for question in then.questions if question.name in questions):
            parts = [part for part in block.parts if part.question.name == question.name]
            removed = [_removed(block, part, then) for part in parts]
            earned = np.sum([part.points.floats * mask for part, mask in zip(parts, removed, strict=True)], axis=0)
            worth = np.sum([part.worth.floats * mask for part, mask in zip(parts, removed, strict=True)], axis=0)
            more = earned > share * worth + _EQUAL
            texts = [part.texts for part in parts]
            for part, mask in zip(parts, removed, strict=True):
                rows = np.flatnonzero(mask & more & (part.points.floats > _EQUAL)).tolist()
                stays += [_removal(block, part, row, texts_digest(texts, row)) for row in rows]
                for row in np.flatnonzero(mask & ~more).tolist() if known else ():
                    key = (str(block.handins.students[row]), question.name, part.answer.name)
                    lifted += [replace(known[key], points=Fraction(0))] if key in known else []
    return stays, lifted


def _removed(block: Graded, part: Part, then: Exam) -> np.ndarray:
    """Mask of the students for whom an answer counts now and is to be removed."""
    codes = voided(then.voids, part.question.name, part.answer.name, block.handins.variants_of(part.question))
    return np.asarray(part.asked & ~part.removed & (codes == HOW.index(How.REMOVED)))


def _removal(block: Graded, part: Part, row: int, texts: str) -> Change:
    """What removing an answer would take from a student."""
    return Change(
        student=str(block.handins.students[row]),
        question=part.question.name,
        answer=part.answer.name,
        before=part.points.fraction(row),
        after=Fraction(0),
        outcomes=(OUTCOMES[part.marked.outcome[row]], Outcome.VOID),
        decided=False,
        texts=texts,
        paper=int(block.handins.papers[row]),
    )


def floor_of(change: Change) -> Floor:
    """What keeps a mark from falling."""
    return Floor(change.student, change.question, change.answer, change.texts, change.before, change.paper)


def counted(before: Graded, after: Graded) -> Iterator[tuple[str, Counted]]:
    """The students of a block whose papers count another number of points."""
    for row in np.flatnonzero(np.abs(before.worth.floats - after.worth.floats) > _EQUAL).tolist():
        points = (before.total.fraction(row), after.total.fraction(row))
        worth = (before.worth.fraction(row), after.worth.fraction(row))
        yield str(after.handins.students[row]), Counted(points, worth)


def compared(before: Graded, after: Graded) -> Iterator[Change]:
    """The marks of a block of students that differ."""
    for old, new in zip(before.parts, after.parts, strict=True):
        differ = np.abs(old.points.floats - new.points.floats) > _EQUAL
        texts = [part.texts for part in after.parts if part.question.name == new.question.name]
        for row in np.flatnonzero(differ).tolist():
            yield Change(
                student=str(after.handins.students[row]),
                question=new.question.name,
                answer=new.answer.name,
                before=old.points.fraction(row),
                after=new.points.fraction(row),
                outcomes=(OUTCOMES[old.marked.outcome[row]], OUTCOMES[new.marked.outcome[row]]),
                decided=new.decision[row] not in ("", NOT_LOWERED),
                texts=texts_digest(texts, row),
                paper=int(after.handins.papers[row]),
            )
