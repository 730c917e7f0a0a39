"""What a database says of an exam: figures of its questions and answers, and the marks of a student."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from quizgen.database.schema import MILLION, STATUSES
from quizgen.database.store import Row, Store, has_tables
from quizgen.errors import QuizgenError, did_you_mean
from quizgen.marking.outcomes import Outcome
from quizgen.report.statistics import Distribution, discrimination, distribution, facility, reliability

_NEAR = 2_000  # students among whom a like name is looked for
_CANDIDATES = 20
_SAY_NOTHING = (str(Outcome.NOT_ASKED), str(Outcome.VOID))  # outcomes that statistics leave out


@dataclass(frozen=True)
class Sat:
    """An exam in a database."""

    key: str
    code: str
    title: str
    rehearsal: bool


@dataclass(frozen=True)
class ItemFigures:
    """A question, or an answer: how many it was asked, their mean, and the notes of its mistakes, commonest first."""

    name: str
    max: float
    n: int
    mean: float
    facility: float
    discrimination: float
    notes: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Figures:
    """What there is to tell of an exam."""

    sat: Sat
    statuses: Mapping[str, int]
    max: float
    scores: Distribution
    alpha: float
    questions: Sequence[ItemFigures]
    answers: Sequence[ItemFigures]
    waiting: int


@dataclass(frozen=True)
class StudentMarks:
    """A student's paper: status and points, and a row for each answer, in the order of the paper."""

    sat: Sat
    student: str
    status: str
    points: float | None
    max: float
    grade: str
    marks: Sequence[Row]  # question, answer, points, max, outcome, note, given, review


def exam_in(store: Store, called: str = "") -> Sat:
    """The exam of an id or code; without one the only exam there is, rehearsals aside."""
    if not has_tables(store):
        raise QuizgenError("holds no marks", where=store.shown, hint="Fill it: quizgen grade FILE --db.")
    query = "SELECT exam, code, title, rehearsal, id FROM exams ORDER BY exam"
    found = [(Sat(key, code, title, bool(flag)), own) for key, code, title, flag, own in store.rows(query)]
    if called:
        found = [(sat, own) for sat, own in found if called in (sat.key, own) or called.upper() == sat.code]
    real = [sat for sat, _ in found if not sat.rehearsal]
    chosen = real if real else [sat for sat, _ in found]
    if len(chosen) == 1:
        return chosen[0]
    if not chosen:
        what = f"no exam is called '{called}' there" if called else "holds no exam"
        raise QuizgenError(what, where=store.shown, hint="Grade it with --db first.")
    known = ", ".join(f"{sat.code} ({sat.title})" for sat in chosen[:_CANDIDATES])
    raise QuizgenError(f"holds {len(chosen)} exams: {known}", where=store.shown, hint="Say --exam CODE.", exit_code=2)


def figures_of(store: Store, sat: Sat) -> Figures:
    """All figures of an exam; marks pass in the order of students, and leave a few bytes for each question."""
    questions = [(str(name), float(most)) for name, most in store.rows(_QUESTIONS, (sat.key,))]
    totals, most = _totals(store, sat)
    points = _matrix(store, sat, dict(questions), len(totals))
    maxima = np.array([most for _, most in questions])
    notes = _notes(store, sat)
    asked = (~np.isnan(points)).sum(axis=0)
    with np.errstate(invalid="ignore"):
        means = np.where(np.isnan(points), 0, points).sum(axis=0, dtype=float) / np.where(asked, asked, np.nan)
        easy = facility(points, np.where(maxima > 0, maxima, np.nan))
    apart = discrimination(points)
    return Figures(
        sat=sat,
        statuses={status: _count(store, _STATUS, (sat.key, status)) for status in STATUSES},
        max=most,
        scores=distribution(totals),
        alpha=reliability(points)[0],
        questions=[
            ItemFigures(name, worth, int(asked[i]), float(means[i]), float(easy[i]), float(apart[i]), _of(notes, name))
            for i, (name, worth) in enumerate(questions)
        ],
        answers=[_answer(row, notes) for row in _answers(store, sat)],
        waiting=_count(store, "SELECT COUNT(*) FROM marks WHERE exam = ? AND review", (sat.key,)),
    )


def marks_of(store: Store, sat: Sat, student: str) -> StudentMarks:
    """The paper of one student."""
    found = list(
        store.rows("SELECT status, points, max, grade FROM grades WHERE exam = ? AND student = ?", (sat.key, student))
    )
    if not found:
        known = (str(name) for (name,) in store.rows("SELECT student FROM grades WHERE exam = ?", (sat.key,)))
        near = list(islice(known, _NEAR))
        hint = did_you_mean(student, near) or "A class graded with --pseudonymise stands there under its pseudonyms."
        raise QuizgenError(f"'{student}' did not sit exam {sat.code}", where=store.shown, hint=hint)
    status, points, most, grade = found[0]
    marks = list(store.rows(_OF_STUDENT, (sat.key, student)))
    return StudentMarks(sat, student, status, None if points is None else float(points), float(most), grade, marks)


_QUESTIONS = "SELECT question, max FROM questions WHERE exam = ? ORDER BY position"
_TOTALS = "SELECT points, max FROM grades WHERE exam = ? AND points IS NOT NULL ORDER BY student"
_STATUS = "SELECT COUNT(*) FROM grades WHERE exam = ? AND status = ?"
_OF_STUDENT = """
    SELECT m.question, m.answer, m.points, m.max, m.outcome, m.note, m.given, m.review
    FROM marks m JOIN answers a ON a.exam = m.exam AND a.question = m.question AND a.answer = m.answer
    WHERE m.exam = ? AND m.student = ? ORDER BY a.position"""
_NOTES = """
    SELECT question, answer, note, COUNT(*) FROM (
      SELECT question, answer, note FROM marks WHERE exam = ? AND outcome = ? AND note IS NOT NULL
      UNION ALL
      SELECT question, answer, second_note FROM marks WHERE exam = ? AND outcome = ? AND second_note IS NOT NULL
    ) AS made GROUP BY question, answer, note"""


def _count(store: Store, query: str, parameters: Sequence[str]) -> int:
    return int(next(iter(list(store.rows(query, parameters))))[0])


def _totals(store: Store, sat: Sat) -> tuple[np.ndarray, float]:
    """Points of everybody, (students,), as if all papers counted as many as the one that counts most; and how many."""
    rows = [(float(points), float(most)) for points, most in store.rows(_TOTALS, (sat.key,))]
    points, worths = np.array(rows, dtype=np.float64).reshape(-1, 2).T
    most = float(worths.max(initial=0))
    return points * (most / np.maximum(worths, 1e-9)), most


def _matrix(store: Store, sat: Sat, questions: Mapping[str, float], students: int) -> np.ndarray:
    """Points of each student in each question, (students, questions) float32; nan where the paper does not ask it.

    Void answers say nothing of anybody: the other answers stand for the whole question, and without any it is nan.
    """
    query = f"""
        SELECT m.student, m.question, {store.millionths("m.points")}, {store.millionths("a.max")}
        FROM marks m JOIN answers a ON a.exam = m.exam AND a.question = m.question AND a.answer = m.answer
        WHERE m.exam = ? AND m.outcome NOT IN (?, ?) GROUP BY m.student, m.question ORDER BY m.student"""
    place = {name: (i, round(worth * MILLION)) for i, (name, worth) in enumerate(questions.items())}
    points = np.full((students, len(questions)), np.nan, dtype=np.float32)
    row, last = -1, None
    for student, question, reached, left in store.rows(query, (sat.key, *_SAY_NOTHING)):
        row, last = row + (student != last), student
        i, worth = place[question]
        points[row, i] = (reached if left == worth else reached / left * worth if left else np.nan) / MILLION
    return points


def _notes(store: Store, sat: Sat) -> dict[str, dict[str, int]]:
    """How many made each mistake, by question and by answer; two in one answer are both counted."""
    found: dict[str, dict[str, int]] = {}
    made = (sat.key, str(Outcome.MISTAKE))
    for question, answer, note, count in store.rows(_NOTES, (*made, *made)):
        for name in (question, f"{question}.{answer}"):
            own = found.setdefault(name, {})
            own[note] = own.get(note, 0) + int(count)
    return found


def _of(notes: Mapping[str, Mapping[str, int]], name: str) -> list[tuple[str, int]]:
    return sorted(notes.get(name, {}).items(), key=lambda item: (-item[1], item[0]))


def _answers(store: Store, sat: Sat) -> list[Row]:
    """Each answer with its maximum, how many it was asked, and their points in millionths, in the order of papers."""
    query = f"""
        SELECT question, answer, COUNT(*), {store.millionths("points")} FROM marks
        WHERE exam = ? AND outcome NOT IN (?, ?) GROUP BY question, answer"""
    reached = {row[:2]: row[2:] for row in store.rows(query, (sat.key, *_SAY_NOTHING))}
    listed = store.rows("SELECT question, answer, max FROM answers WHERE exam = ? ORDER BY position", (sat.key,))
    return [(question, answer, most, *reached.get((question, answer), (0, 0))) for question, answer, most in listed]


def _answer(row: Row, notes: Mapping[str, Mapping[str, int]]) -> ItemFigures:
    question, answer, most, n, millionths = row
    name, mean = f"{question}.{answer}", float(millionths) / MILLION / n if n else np.nan
    share = mean / float(most) if most else np.nan
    return ItemFigures(name, float(most), int(n), mean, share, np.nan, _of(notes, name))
