"""What is known of one student: the exam as it stands, the row that counts, and its marks with all that was tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from quizgen.decisions import Decisions, read_review
from quizgen.desk import REVIEW
from quizgen.dossier.others import Others
from quizgen.errors import QuizgenError, did_you_mean
from quizgen.exam.additions import read_exam
from quizgen.exam.model import Exam, Question
from quizgen.exam.pseudonyms import read_pseudonyms
from quizgen.exam.tags import is_like_a_tag, read_tag
from quizgen.exam.wishes import wishes_of
from quizgen.filenames import file_names
from quizgen.grading import Graded, grade_block
from quizgen.ledger import RESULTS, Standing, read_decimals, read_runs, standing, verify_log
from quizgen.marking.outcomes import OUTCOMES
from quizgen.marking.trace import Trace
from quizgen.problem.grader import Grader
from quizgen.regrading import grader_of_results
from quizgen.render.words import words_of
from quizgen.report.marksfile import marks_in, read_marks
from quizgen.revisions import revised
from quizgen.submissions.decimals import MARKS, Decimals
from quizgen.submissions.handins import Handins

_STORED = 1e-5  # marks.csv holds points to six decimals


@dataclass(frozen=True)
class Case:
    """One student of an exam; `drawn` is the exam without its corrections, as papers were printed at first.

    `row`: what counts, a single row, or none of an absent student; `graded` and `traces`: its marks and how they came
    about, None and empty where nothing is marked. `paper`: the number that answers are judged by, 0 where a pool gave
    every question its own variant. `decimal`: the mark that decimals have in the row's file, '' if nothing tells.
    `as_published`: whether the grader is the one that the exam was drawn with; `file`: a name for files about the
    student.
    """

    folder: Path
    exam: Exam
    drawn: Exam
    grader: Grader
    student: str
    details: Mapping[str, str]
    paper: int
    row: Handins
    graded: Graded | None
    traces: Mapping[str, Trace]
    decisions: Decisions
    standing: Standing
    others: Others
    pseudonym: str
    decimal: str
    as_published: bool
    file: str

    @property
    def status(self) -> str:
        """`marked`, `empty`, `excused` or `absent`."""
        return str(self.row.status[0]) or "marked" if self.row.n else "absent"

    @property
    def language(self) -> str:
        """The language that the student's paper has words in."""
        return words_of(wishes_of(self.details).language or self.exam.language).language

    def variant(self, question: Question) -> int:
        """The student's variant of a question, from 1; 0 if the paper does not ask it."""
        if self.row.n:
            held = self.row.on_papers(self.decisions.papers())
            return int(held.variants_of(question)[0]) if held.asks(question)[0] else 0
        asked = self.paper and question.asks(np.array([self.paper]))[0]
        return self.paper if asked else 0


def open_case(folder: Path, who: str) -> Case:
    """One student of an exam folder, by id, by the tag of the paper, or by pseudonym.

    Raises QuizgenError for somebody unknown, and where the results are not those of today's decisions and revisions.
    """
    drawn = read_exam(folder)
    now = revised(drawn, folder)
    verify_log(folder)
    stands = standing(folder)
    everybody = read_runs(now.exam, folder, stands.runs)
    aliases = read_pseudonyms(folder)
    student = _student(now.exam, everybody, aliases, who)
    row = everybody.take(np.flatnonzero(everybody.students == student))
    decisions = Decisions(read_review(now.exam, folder / REVIEW), now.floors)
    decimals = read_decimals(folder, stands.runs)
    grader = grader_of_results(now.exam, folder, "as graded")
    traces = {question.name: Trace() for question in now.exam.questions}
    counts = row.n and row.status[0] in ("", "empty")
    held = row.on_papers(decisions.papers())
    graded = grade_block(now.exam, grader, held, decisions, decimals=decimals, traces=traces) if counts else None
    mine = next((paper for paper in now.exam.papers if paper.student == student), None)
    case = Case(
        folder=folder,
        exam=now.exam,
        drawn=drawn,
        grader=grader,
        student=student,
        details=mine.details if mine else {},
        paper=int(held.papers[0]) if row.n else mine.number if mine else 0,
        row=row,
        graded=graded,
        traces=traces if graded else {},
        decisions=decisions,
        standing=stands,
        others=Others.of(student, everybody, now.exam, mine, aliases),
        pseudonym=next((name for name, known in aliases.items() if known == student), "") if stands.disguised else "",
        decimal=_decimal(decimals, row),
        as_published=grader.digest == drawn.grader.digest,
        file=file_names([*(paper.student for paper in now.exam.papers), student])[student],
    )
    _refuse_other_marks(case)
    return case


def _student(exam: Exam, everybody: Handins, aliases: Mapping[str, str], who: str) -> str:
    """Who is meant; a student who handed in, or is on the roster, wins over a tag or a pseudonym of that name."""
    holders = {paper.number: paper.student for paper in exam.papers}
    holders |= dict(zip(everybody.papers.tolist(), everybody.students.tolist(), strict=True))
    known = {*everybody.students.tolist(), *holders.values()}
    name = who.strip()
    if name in known:
        return name
    if name in aliases:
        return aliases[name]
    if is_like_a_tag(name):
        number = read_tag(name, exam.code).number
        if number in holders:
            return holders[number]
        raise QuizgenError(f"nobody holds the paper '{name}'")
    hint = did_you_mean(name[:60], known) or "Name a student's id, or the tag of a paper."
    raise QuizgenError(f"'{name[:60]}' is no student of this exam", hint=hint)


def _decimal(decimals: Decimals, row: Handins) -> str:
    return MARKS[int(decimals.rows(row)[0])] if row.n else ""


def _refuse_other_marks(case: Case) -> None:
    """Raise QuizgenError if the results hold other marks than those that are to be explained."""
    path = marks_in(case.folder / RESULTS)
    if case.graded is None or path is None:
        return
    stored = _stored(path, case.pseudonym or case.student)
    for part in case.graded.parts:
        if not (part.asked[0] or part.waiting[0]):
            continue
        name = (part.question.name, part.answer.name)
        outcome, points = stored.get(name, ("", -1.0))
        if outcome != OUTCOMES[part.marked.outcome[0]] or abs(points - part.points.floats[0]) > _STORED:
            raise QuizgenError(
                f"the results hold another mark for {'.'.join(name)} of '{case.student}' than today's decisions give",
                where=str(path),
                hint="Run 'quizgen regrade' to see what changed, then 'quizgen regrade --apply'.",
            )


def _stored(path: Path, student: str) -> dict[tuple[str, str], tuple[str, float]]:
    """Outcome and points of one student in a file of marks, by question and answer."""
    marks = read_marks(path, ["student", "question", "answer", "outcome", "points"])
    mine = marks[marks["student"] == student]
    names = zip(mine["question"], mine["answer"], strict=True)
    return dict(zip(names, zip(mine["outcome"], mine["points"], strict=True), strict=True))
