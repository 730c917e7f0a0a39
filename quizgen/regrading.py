"""Regrading: what a corrected problem, a changed tolerance or a decision would do to every mark, before it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from quizgen.csvtext import restored
from quizgen.decisions import Decisions, Floor, read_review, texts_digest
from quizgen.desk import FEEDBACK, REVIEW, Desk, grade_files
from quizgen.errors import printable
from quizgen.exam.folder import read_exam
from quizgen.exam.locks import locked
from quizgen.exam.model import Exam
from quizgen.grading import Graded, grade
from quizgen.ledger import RESULTS, read_decimals, read_runs, standing
from quizgen.log import NOBODY, Actor, append
from quizgen.marking.outcomes import OUTCOMES
from quizgen.problem.grader import Grader
from quizgen.revisions import Revised, revised, with_files, write_revision
from quizgen.submissions.handins import Handins

_EQUAL = 1e-9  # points closer than this are the same
_STORED = 1e-5  # marks.csv holds points to six decimals


@dataclass(frozen=True)
class Change:
    """One mark that changes; `decided`: by a person or by corrected data, not by the revision."""

    student: str
    question: str
    answer: str
    before: Fraction
    after: Fraction
    outcomes: tuple[str, str]
    decided: bool
    texts: str

    @property
    def lowers(self) -> bool:
        """Whether points are lost."""
        return self.after < self.before

    def __str__(self) -> str:
        points = f"{float(self.before):g} -> {float(self.after):g}"
        return printable(f"{self.student}: {self.question}.{self.answer} {points} ({' -> '.join(self.outcomes)})")


@dataclass(frozen=True)
class Regrade:
    """What a regrade would change, or has changed; `kept`: marks that would be lower and are not lowered."""

    changes: tuple[Change, ...]
    kept: tuple[Change, ...]
    corrected: tuple[Change, ...]
    students: int
    desk: Desk | None = None

    def by_student(self) -> list[tuple[str, Fraction]]:
        """Every student whose total changes, with the difference."""
        totals: dict[str, Fraction] = {}
        for change in (*self.changes, *self.corrected):
            totals[change.student] = totals.get(change.student, Fraction(0)) + change.after - change.before
        return [(student, difference) for student, difference in totals.items() if difference]


def regrade(
    folder: Path,
    files: Mapping[str, str],
    *,
    reason: str = "",
    write: bool = False,
    allow_lower: bool = False,
    forms: Sequence[str] = tuple(FEEDBACK),
    actor: Actor = NOBODY,
) -> Regrade:
    """Mark everything handed in so far by corrected files (`grader.yaml`, `problems/NAME.md`) and compare.

    Nothing is written unless `write`. No mark falls unless `allow_lower`, except by what a person decided or corrected.
    """
    now = revised(read_exam(folder), folder)
    then = with_files(now.exam, files, "corrected")
    with locked(folder, "another quizgen is grading in this folder"):
        handins = _handed_in(now.exam, folder)
        decisions = Decisions(read_review(now.exam, folder / REVIEW), now.floors)
        decimals = read_decimals(folder, standing(folder).runs)
        before = list(grade(now.exam, now.exam.grader, handins, decisions, decimals=decimals))
        after = list(grade(then, then.grader, handins, decisions, decimals=decimals))
        found = [change for pair in zip(before, after, strict=True) for change in _compared(*pair)]
        kept = tuple(change for change in found if change.lowers and not change.decided and not allow_lower)
        changes = tuple(change for change in found if change not in kept)
        corrected = tuple(_since_results(folder, before))
        if write and (files or corrected):
            _write(folder, files, kept, changes, now, reason, actor)
    desk = grade_files(folder, [], then.grader, forms=forms, actor=actor) if write else None
    return Regrade(changes, kept, corrected, handins.n, desk)


def corrected_files(problems: Mapping[str, str], grader: Grader | None) -> dict[str, str]:
    """What a revision holds: texts of problems by name, and of a grader."""
    files = {f"problems/{name}.md": text for name, text in problems.items()}
    return files | ({"grader.yaml": grader.text} if grader else {})


def _write(
    folder: Path,
    files: Mapping[str, str],
    kept: Sequence[Change],
    changes: Sequence[Change],
    now: Revised,
    reason: str,
    actor: Actor,
) -> None:
    """Put the revision and its floors beside the exam, and what it changes into the log."""
    number = now.number
    if files:
        floors = [Floor(change.student, change.question, change.answer, change.texts, change.before) for change in kept]
        number = write_revision(folder, files, floors, reason, actor.by, actor.at)
    told = [[c.student, f"{c.question}.{c.answer}", str(c.before), str(c.after)] for c in changes]
    append(folder, actor, "regrade", {"revision": number, "reason": reason, "changes": told, "kept": len(kept)})


def _handed_in(exam: Exam, folder: Path) -> Handins:
    """Everything that counts and is to be marked."""
    current = read_runs(exam, folder, standing(folder).runs)
    return current.take((current.status == "") | (current.status == "empty"))


def _compared(before: Graded, after: Graded) -> Iterator[Change]:
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
                decided=bool(new.decision[row]),
                texts=texts_digest(texts, row),
            )


def _since_results(folder: Path, blocks: Sequence[Graded]) -> Iterator[Change]:
    """Marks that differ from the results on disk though no file was corrected: by decisions made since."""
    path = folder / RESULTS / "marks.csv"
    if not path.exists():
        return
    wanted = ["student", "question", "answer", "points", "outcome"]
    stored = pd.read_csv(path, usecols=wanted, dtype=str, keep_default_na=False)
    names = (restored(student) for student in stored["student"])
    known = {key: row for row, key in enumerate(zip(names, stored["question"], stored["answer"], strict=True))}
    points, outcomes = stored["points"].astype(float).to_numpy(), stored["outcome"].to_numpy()
    for block in blocks:
        for part in block.parts:
            for row in np.flatnonzero(part.asked).tolist():
                student = str(block.handins.students[row])
                place = known.get((student, part.question.name, part.answer.name))
                if place is None or abs(points[place] - part.points.floats[row]) <= _STORED:
                    continue
                yield Change(
                    student=student,
                    question=part.question.name,
                    answer=part.answer.name,
                    before=Fraction(points[place]).limit_denominator(10_000),
                    after=part.points.fraction(row),
                    outcomes=(str(outcomes[place]), OUTCOMES[part.marked.outcome[row]]),
                    decided=True,
                    texts="",
                )
