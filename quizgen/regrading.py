"""Regrading: what a corrected problem, a changed tolerance or a decision would do to every mark, before it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from quizgen.bank.folders import parse_grader, read_text
from quizgen.csvtext import restored
from quizgen.decisions import Decisions, Floor, read_review, texts_digest
from quizgen.desk import REVIEW, Desk, grade_files
from quizgen.errors import printable
from quizgen.exam.additions import read_exam
from quizgen.exam.locks import locked
from quizgen.exam.model import Exam
from quizgen.exam.pseudonyms import read_pseudonyms
from quizgen.grading import NOT_LOWERED, Graded, Part, grade
from quizgen.ledger import RESULTS, digest_of_file, read_decimals, read_runs, standing, verify_log
from quizgen.log import NOBODY, Actor, append
from quizgen.marking.outcomes import OUTCOMES
from quizgen.problem.grader import Grader
from quizgen.report.marksfile import MARKS_FILES
from quizgen.revisions import FOLDER, Revised, revised, with_files, write_revision
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
    paper: int = 0

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
    forms: Sequence[str] | None = None,
    actor: Actor = NOBODY,
) -> Regrade:
    """Mark everything handed in so far by corrected files (`grader.yaml`, `problems/NAME.md`) and compare.

    Nothing is written unless `write`. No mark falls unless `allow_lower`, except by what a person decided or corrected.
    """
    now = revised(read_exam(folder), folder)
    files = {name: text for name, text in files.items() if now.texts.get(name) != text}
    then = with_files(now.exam, files, "corrected")
    with locked(folder, "another quizgen is grading in this folder"):
        verify_log(folder)
        shown = standing(folder)
        base = _grader_of_results(now.exam, folder)
        marker = then.grader if "grader.yaml" in files else base
        handins = _handed_in(now.exam, folder)
        review = read_review(now.exam, folder / REVIEW)
        decisions = Decisions(review, now.floors)
        decimals = read_decimals(folder, standing(folder).runs)
        free = Decisions(review) if allow_lower else decisions
        before = list(grade(now.exam, base, handins, decisions, decimals=decimals))
        same = not files and free is decisions  # then only what was decided since the results can differ
        after = before if same else list(grade(then, marker, handins, free, decimals=decimals))
        kept: list[Change] = []
        changes: list[Change] = []
        for change in (change for pair in zip(before, after, strict=True) for change in _compared(*pair)):
            (kept if change.lowers and not change.decided and not allow_lower else changes).append(change)
        names = {student: name for name, student in read_pseudonyms(folder).items()} if shown.disguised else {}
        corrected = tuple(_since_results(folder, before, names))
        revoked = now.floors if allow_lower else ()
        if write and (files or corrected or revoked):
            _write(folder, files, kept, changes, revoked, now, reason, actor)
    desk = None
    if write:
        desk = grade_files(folder, [], marker, forms=forms, pseudonymise=shown.disguised, actor=actor)
    return Regrade(tuple(changes), tuple(kept), corrected, handins.n, desk)


def corrected_files(problems: Mapping[str, str], grader: Grader | None) -> dict[str, str]:
    """What a revision holds: texts of problems by name, and of a grader."""
    files = {f"problems/{name}.md": text for name, text in problems.items()}
    return files | ({"grader.yaml": grader.text} if grader else {})


def _write(
    folder: Path,
    files: Mapping[str, str],
    kept: Sequence[Change],
    changes: Sequence[Change],
    revoked: Sequence[Floor],
    now: Revised,
    reason: str,
    actor: Actor,
) -> None:
    """Put the revision and its floors beside the exam, and what it changes into the log."""
    number = now.number
    if files or revoked:
        floors = [replace(floor, points=Fraction(0)) for floor in revoked]
        floors += [
            Floor(change.student, change.question, change.answer, change.texts, change.before, change.paper)
            for change in kept
        ]
        number = write_revision(folder, files, floors, reason, actor.by, actor.at)
    proof = digest_of_file(folder / FOLDER / f"{number:03d}" / "revision.json") if number else ""
    told = [[c.student, f"{c.question}.{c.answer}", str(c.before), str(c.after)] for c in changes]
    append(
        folder,
        actor,
        "regrade",
        {"revision": number, "proof": proof, "reason": reason, "changes": told, "kept": len(kept)},
    )


def _grader_of_results(exam: Exam, folder: Path) -> Grader:
    """The grader that marked the results; the exam's own if there are none, or it marked them."""
    path = folder / RESULTS / "grader.yaml"
    if standing(folder).grader in ("", exam.grader.digest) or not path.exists():
        return exam.grader
    return parse_grader(read_text(path), str(path), "as before")


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
                decided=new.decision[row] not in ("", NOT_LOWERED),
                texts=texts_digest(texts, row),
                paper=int(after.handins.papers[row]),
            )


def _since_results(folder: Path, blocks: Sequence[Graded], aliases: Mapping[str, str]) -> Iterator[Change]:
    """Marks that differ from the results on disk though no file was corrected: by decisions made since.

    `aliases`: the names under which the results hold students, if others.
    """
    stored = _stored(folder / RESULTS)
    for block in blocks:
        students = pd.Index(
            [aliases.get(student, student) for student in block.handins.students.tolist()], dtype=object
        )
        for part in block.parts:
            marks = stored.get((part.question.name, part.answer.name))
            if marks is not None:
                yield from _since(marks, marks.index.get_indexer(students), block, part)


def _stored(results: Path) -> dict[tuple[str, str], pd.DataFrame]:
    """Points and outcomes in the results, for each question and answer by student; nothing if there are no marks."""
    wanted = ["student", "question", "answer", "points", "outcome"]
    if (path := results / MARKS_FILES["parquet"]).exists():
        marks = pq.read_table(path, columns=wanted).to_pandas()
        marks = marks.astype(dict.fromkeys(["question", "answer", "outcome"], str))
    elif (path := results / MARKS_FILES["csv"]).exists():
        marks = pd.read_csv(path, usecols=wanted, dtype=str, keep_default_na=False)
        codes, names = pd.factorize(marks["student"])
        marks["student"] = np.array([restored(name) for name in names], dtype=object)[codes]
        marks["points"] = marks["points"].astype(float)
    else:
        return {}
    marks = marks.drop_duplicates(["student", "question", "answer"], keep="last").set_index("student")
    return {(str(key[0]), str(key[1])): rows for key, rows in marks.groupby(["question", "answer"])}


def _since(marks: pd.DataFrame, place: np.ndarray, block: Graded, part: Part) -> Iterator[Change]:
    """The marks of one answer that differ from the stored ones; `place`: of each student among these, -1 for none."""
    points, outcomes = marks["points"].to_numpy(), marks["outcome"].to_numpy()
    differ = np.abs(points[place] - part.points.floats) > _STORED
    for row in np.flatnonzero(differ & (place >= 0) & part.asked).tolist():
        yield Change(
            student=str(block.handins.students[row]),
            question=part.question.name,
            answer=part.answer.name,
            before=Fraction(points[place[row]]).limit_denominator(10_000),
            after=part.points.fraction(row),
            outcomes=(str(outcomes[place[row]]), OUTCOMES[part.marked.outcome[row]]),
            decided=True,
            texts="",
        )
