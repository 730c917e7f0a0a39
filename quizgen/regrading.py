"""Regrading: what a corrected problem, a changed tolerance or a decision would do to every mark, before it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from quizgen.amendments import Amendment, changes_of, pending
from quizgen.bank.folders import parse_grader, read_text
from quizgen.decisions import Decisions, Floor, read_review
from quizgen.desk import REVIEW, Desk, grade_files
from quizgen.errors import QuizgenError
from quizgen.exam.additions import Why
from quizgen.exam.locks import locked
from quizgen.exam.model import Exam
from quizgen.exam.pseudonyms import read_pseudonyms
from quizgen.grading import Graded, Part, grade
from quizgen.ledger import RESULTS, digest_of_file, read_decimals, read_runs, standing, verify_log
from quizgen.log import NOBODY, Actor, append, entries
from quizgen.marking.outcomes import OUTCOMES
from quizgen.problem.grader import Grader
from quizgen.remarked import Change, Counted, compared, counted, floor_of, staying
from quizgen.report.marksfile import marks_in, read_marks
from quizgen.revisions import (
    FOLDER,
    Changes,
    Revised,
    corrections_of,
    standing_exam,
    with_changes,
    write_revision,
)
from quizgen.submissions.handins import Handins

_STORED = 1e-5  # marks.csv holds points to six decimals


@dataclass(frozen=True)
class Regrade:
    """What a regrade would change, or has changed; `kept`: marks that would be lower and are not lowered.

    `counted`: the students whose papers count another number of points; `amendments`: those that it carries out;
    `revision`: the number of the last one, 0 for none.
    """

    changes: tuple[Change, ...]
    kept: tuple[Change, ...]
    corrected: tuple[Change, ...]
    students: int
    desk: Desk | None = None
    counted: Mapping[str, Counted] = field(default_factory=dict)
    amendments: tuple[Amendment, ...] = ()
    revision: int = 0

    def gains(self) -> dict[str, Fraction]:
        """Every student whose result changes: by how many points, or, if the paper counts otherwise, by which share."""
        gained = dict(self.by_student()) | {student: counted.gain for student, counted in self.counted.items()}
        return {student: gain for student, gain in gained.items() if gain or student in self.counted}

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
    """Mark everything handed in so far by amendments and corrected files (`grader.yaml`, `problems/NAME.md`); compare.

    Nothing is written unless `write`. No mark falls unless `allow_lower`, except by what a person decided or corrected;
    nor does a student's share of the points by what is removed from the paper.
    """
    with locked(folder, "another quizgen is grading in this folder"):
        now = standing_exam(folder)
        waiting = pending(now, folder)
        changing = _together(now, waiting, files, reason)
        reason = reason or "; ".join(dict.fromkeys(one.why.reason for one in waiting))
        then = with_changes(now.exam, changing, "corrected")
        verify_log(folder)
        shown = standing(folder)
        base = grader_of_results(now.exam, folder)
        marker = then.grader if "grader.yaml" in changing.files else base
        handins = _handed_in(now.exam, folder)
        review = read_review(now.exam, folder / REVIEW)
        decisions = Decisions(review, now.floors)
        decimals = read_decimals(folder, shown.runs)

        def before() -> Iterator[Graded]:  # marked once more by each who asks: memory holds one block, not the class
            return grade(now.exam, base, handins, decisions, decimals=decimals)

        stays, lifted = ([], []) if allow_lower else staying(before(), then, changing.voids, now.floors)
        floors = (*now.floors, *lifted, *map(floor_of, stays))
        free = Decisions(review) if allow_lower else Decisions(review, floors)
        same = not changing.any and not allow_lower  # then only what was decided since the results can differ
        after = None if same else grade(then, marker, handins, free, decimals=decimals)
        names = {student: name for name, student in read_pseudonyms(folder).items()} if shown.disguised else {}
        found = _compared(before(), after, _stored(folder / RESULTS), names)
        kept, changes, corrected = list(stays), list[Change](), tuple(found.corrected)
        for change in found.changes:
            (kept if change.lowers and not change.decided and not allow_lower else changes).append(change)
        revoked = [replace(f, points=Fraction(0)) for f in now.floors if f.points] if allow_lower else lifted
        number = now.number
        if write and (changing.any or revoked or _unfinished(folder, now.number, shown.log, decided=bool(corrected))):
            logged = _logged(folder, now.number)
            told = _Told(changes, corrected) if logged else _Told([*changes, *corrected])
            why = Why(reason, actor.by, actor.at)
            number = _write(folder, changing, [*revoked, *map(floor_of, kept)], told, now, why)
    desk = None
    if write and shown.runs:  # before anything was handed in a revision is recorded, and that is all
        desk = grade_files(folder, [], marker, forms=forms, pseudonymise=shown.disguised, actor=actor)
    return Regrade(tuple(changes), tuple(kept), corrected, handins.n, desk, found.counted, tuple(waiting), number)


@dataclass
class _Compared:
    """What differs: marks before and after, the results on disk and the marks before, points that papers count."""

    changes: list[Change] = field(default_factory=list)
    corrected: list[Change] = field(default_factory=list)
    counted: dict[str, Counted] = field(default_factory=dict)


def _compared(
    before: Iterator[Graded], after: Iterator[Graded] | None, stored: _Stored, names: Mapping[str, str]
) -> _Compared:
    """Compare block by block; where there is nothing `after`, it is as before."""
    found = _Compared()
    for block, other in ((block, block) for block in before) if after is None else zip(before, after, strict=True):
        found.changes.extend(compared(block, other))
        found.corrected.extend(_since_results(stored, block, names))
        found.counted.update(counted(block, other))
    return found


def _together(now: Revised, waiting: Sequence[Amendment], files: Mapping[str, str], reason: str) -> Changes:
    """What amendments that wait and corrected files change together; raises QuizgenError where they clash."""
    amended = changes_of(waiting, now)
    for name, text in files.items():
        clash = next((one for one in reversed(waiting) if one.files.get(name, text) != text), None)
        if clash:
            hint = f"Record it as one, too: quizgen amend --problem; or: quizgen amend --withdraw {clash.number}."
            raise QuizgenError(f"amendment {clash.number} changes {name} already", hint=hint)
    mine = {name: text for name, text in files.items() if now.texts.get(name) != text and name not in amended.files}
    told = (*amended.corrections, *corrections_of(now.exam, mine, reason))
    return replace(amended, files={**amended.files, **mine}, corrections=tuple(dict.fromkeys(told)))


def corrected_files(problems: Mapping[str, str], grader: Grader | None) -> dict[str, str]:
    """What a revision holds: texts of problems by name, and of a grader."""
    files = {f"problems/{name}.md": text for name, text in problems.items()}
    return files | ({"grader.yaml": grader.text} if grader else {})


def _logged(folder: Path, number: int) -> bool:
    """Whether the log knows of a revision; of none there is nothing to know."""
    return not number or any(e.what == "regrade" and e.about["revision"] == number for e in entries(folder))


def _unfinished(folder: Path, number: int, known: str, *, decided: bool) -> bool:
    """Whether something belongs into the log though nothing is corrected now.

    That is a revision whose process was killed before it came to the log; or what was decided since the results, if
    these are not just of an earlier revision. `known`: the hash of the last entry of the log that the results know.
    """
    found = entries(folder)
    seen = next((entry.number for entry in found if entry.hash == known), 0)
    graded = [int(entry.about["revision"]) for entry in found[:seen] if entry.what == "grade"]
    outdated = bool(graded) and graded[-1] < number
    return not _logged(folder, number) or (decided and not outdated)


@dataclass(frozen=True)
class _Told:
    """What the log is told: the marks that a revision changes, and those that people decided or assigned since."""

    changes: Sequence[Change]
    decided: Sequence[Change] = ()


def _write(
    folder: Path,
    changing: Changes,
    floors: Sequence[Floor],
    told: _Told,
    now: Revised,
    why: Why,
) -> int:
    """Put the revision and its floors beside the exam, and what it changes into the log; its number."""
    number = now.number
    if changing.any or floors:
        number = write_revision(folder, changing, floors, why)
    proof = digest_of_file(folder / FOLDER / f"{number:03d}" / "revision.json") if number else ""
    about = {"revision": number, "proof": proof, "reason": why.reason, "changes": _listed(told.changes)}
    about |= {"decided": _listed(told.decided)} if told.decided else {}
    about |= {"kept": sum(floor.points > 0 for floor in floors)}
    about |= {"amendments": list(changing.amendments)} if changing.amendments else {}
    append(folder, Actor(why.by, why.at), "regrade", about)
    return number


def _listed(changes: Sequence[Change]) -> list[list[str]]:
    return [[one.student, f"{one.question}.{one.answer}", str(one.before), str(one.after)] for one in changes]


def grader_of_results(exam: Exam, folder: Path, called: str = "as before") -> Grader:
    """The grader that marked the results; the exam's own if there are none, or it marked them.

    `called`: the name of one that is not the exam's own.
    """
    path = folder / RESULTS / "grader.yaml"
    if standing(folder).grader in ("", exam.grader.digest) or not path.exists():
        return exam.grader
    return parse_grader(read_text(path), str(path), called)


def _handed_in(exam: Exam, folder: Path) -> Handins:
    """Everything that counts and is to be marked."""
    current = read_runs(exam, folder, standing(folder).runs)
    return current.take((current.status == "") | (current.status == "empty"))


_Stored = Mapping[tuple[str, str], pd.DataFrame]  # question and answer -> points and outcomes by student


def _since_results(stored: _Stored, block: Graded, aliases: Mapping[str, str]) -> Iterator[Change]:
    """Marks of a block that differ from the results on disk though no file was corrected: by decisions made since.

    `aliases`: the names under which the results hold students, if others.
    """
    students = pd.Index([aliases.get(student, student) for student in block.handins.students.tolist()], dtype=object)
    for part in block.parts:
        marks = stored.get((part.question.name, part.answer.name))
        if marks is not None:
            yield from _since(marks, marks.index.get_indexer(students), block, part)


def _stored(results: Path) -> _Stored:
    """Points and outcomes in the results, for each question and answer by student; nothing if there are no marks."""
    if (path := marks_in(results)) is None:
        return {}
    marks = read_marks(path, ["student", "question", "answer", "points", "outcome"])
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
