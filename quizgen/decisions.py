"""What a person decided about single answers: how a text is to be read, or how many points it earns.

Decisions are made in `review.csv`, a list of everything that waits for a person: unreadable, ambiguous, degenerate or
suspicious answers, and those marked by hand. A decision wins over the machine, for as long as the text that it was
made about stands in the sheet.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from quizgen.csvtext import decode, delimiter_of, restored, write_csv
from quizgen.errors import QuizgenError, did_you_mean
from quizgen.exam.model import Exam
from quizgen.exam.tags import read_paper, write_tag
from quizgen.problem.grader import parse_fraction

PAPER = "paper"  # in place of a question: which paper a sheet is
ANY = "*"  # all papers, or all answers, with the same text
HEADINGS = ("tag", "student", "question", "answer", "given", "why", "max", "read as", "points", "reason", "by")
_FILLED = ("read as", "points")
_SHOWN = 400  # characters of a text that are repeated


@dataclass(frozen=True)
class Waiting:
    """An answer, or several with the same text, that a person should look at; with what was decided, if anything.

    `paper` 0 stands for all papers, an empty question and answer for all with this text; the question PAPER for the
    sheet itself. `points` is a text as typed.
    """

    paper: int
    student: str
    question: str
    answer: str
    given: str
    why: str
    worth: str = ""
    read_as: str = ""
    points: str = ""
    reason: str = ""
    by: str = ""
    unreadable: bool = False
    failed: bool = False  # decided, but what it is to be read as cannot be read either

    @property
    def key(self) -> tuple[int, str, str, str]:
        """What it is about."""
        return (self.paper, self.question, self.answer, self.given)

    @property
    def decided(self) -> bool:
        """Whether somebody has decided it."""
        return bool(self.read_as or self.points) and not self.failed

    @property
    def told(self) -> str:
        """What was decided, in words."""
        parts = [f"read as '{self.read_as}'"] if self.read_as else []
        parts += [f"{self.points} points"] if self.points else []
        why = f" ({self.reason})" if self.reason else ""
        return " and ".join(parts) + why + (f", by {self.by}" if self.by else "")


@dataclass(frozen=True)
class Floor:
    """The points that an answer keeps in a regrade, while the student's texts in its question (their digest) stay.

    `paper`: the one that they were earned on; on another they are not kept. 0: whichever.
    """

    student: str
    question: str
    answer: str
    texts: str
    points: Fraction
    paper: int = 0


class Decisions:
    """All decisions, by the answer they are about; and the floors that regrading left."""

    def __init__(self, decided: Iterable[Waiting] = (), floors: Iterable[Floor] = ()) -> None:
        self.floors: dict[tuple[str, str], dict[str, Floor]] = {}
        for floor in floors:
            self.floors.setdefault((floor.question, floor.answer), {})[floor.student] = floor
        self.all = tuple(waiting for waiting in decided if waiting.decided)
        self._by_answer: dict[tuple[str, str], list[Waiting]] = {}
        for decision in self.all:
            self._by_answer.setdefault((decision.question, decision.answer), []).append(decision)

    def of(self, question: str, answer: str) -> list[Waiting]:
        """Those that may be about an answer, the wide ones first: what is decided for one paper wins."""
        everywhere = self._by_answer.get(("", ""), [])
        return sorted(everywhere + self._by_answer.get((question, answer), []), key=lambda decision: decision.paper > 0)

    def papers(self) -> Mapping[int, int]:
        """Papers that turned out to be another one: number on the sheet -> number that counts."""
        return {decision.paper: int(decision.read_as) for decision in self.all if decision.question == PAPER}


UNDECIDED = Decisions()


def held_by(decisions: Sequence[Waiting], papers: np.ndarray, texts: np.ndarray) -> list[np.ndarray]:
    """For each decision about one answer, a mask of the students whom it concerns: papers (n,), texts (n,).

    Of several about one student the last counts alone.
    """
    if not decisions:
        return []
    place = {int(paper): row for row, paper in enumerate(papers.tolist()) if paper}
    spelled: dict[str, np.ndarray] = {}
    if any(not decision.paper for decision in decisions):
        words, codes = np.unique(texts.astype(str), return_inverse=True)
        order = np.argsort(codes, kind="stable")
        rows = np.split(order, np.cumsum(np.bincount(codes, minlength=len(words)))[:-1])
        for word, own in zip(words.tolist(), rows, strict=True):
            known = spelled.get(plain_text(word), own[:0])
            spelled[plain_text(word)] = np.concatenate([known, own])
    last = np.full(len(papers), -1)
    for number, decision in enumerate(decisions):
        if not decision.paper:
            last[spelled.get(decision.given, np.zeros(0, dtype=np.intp))] = number
        elif (row := place.get(decision.paper)) is not None and plain_text(str(texts[row])) == decision.given:
            last[row] = number
    return [last == number for number in range(len(decisions))]


def kept(
    floors: Mapping[str, Floor], students: np.ndarray, papers: np.ndarray, texts: Sequence[np.ndarray]
) -> dict[int, Fraction]:
    """Rows of students (n,) on papers (n,) whose points may not fall, and to what.

    `texts`: of each answer of the question, (n,).
    """
    if not floors:
        return {}
    rows = {row: floors[student] for row, student in enumerate(students.tolist()) if student in floors}
    return {
        row: floor.points
        for row, floor in rows.items()
        if floor.paper in (0, papers[row]) and texts_digest(texts, row) == floor.texts
    }


def texts_digest(texts: Sequence[np.ndarray], row: int) -> str:
    """What proves that a student's texts in a question are the same."""
    joined = "\x1f".join(str(column[row]) for column in texts)
    return hashlib.blake2b(joined.encode(), digest_size=8).hexdigest()


def write_review(exam: Exam, waiting: Sequence[Waiting]) -> str:
    """The text of review.csv: what is open first, then what was decided."""
    rows = []
    for one in sorted(waiting, key=lambda one: (one.decided, _number(one.question), one.answer, one.given, one.paper)):
        tag = write_tag(exam.code, one.paper) if one.paper else ANY
        cells = (tag, one.student, one.question or ANY, one.answer or ANY, f"`{one.given}`", one.why, one.worth)
        decided = (one.read_as, one.points, one.reason, one.by)
        rows.append((*cells, *decided))
    return write_csv(HEADINGS, rows)


def read_review(exam: Exam, path: Path) -> list[Waiting]:
    """The rows of a review.csv; raises QuizgenError with the line of a decision that cannot be followed."""
    if not path.exists():
        return []
    text = decode(path.read_bytes(), str(path))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
    headings = [heading.strip().lower() for heading in next(reader, [])]
    for needed in ("tag", "question", "answer", "given", *_FILLED):
        if needed not in headings:
            hint = did_you_mean(needed, headings) or "Let 'quizgen grade' write the file anew."
            raise QuizgenError(f"the column '{needed}' is missing", where=f"{path}:1", hint=hint)
    return list(_rows(exam, path, headings, reader))


def _rows(exam: Exam, path: Path, headings: list[str], reader: Iterator[list[str]]) -> Iterator[Waiting]:
    """The rows, one by one."""
    worth = {(q.name, a.name): q.points[a.name] for q, a in exam.fields()}
    holders = {paper.number: paper.student for paper in exam.papers} if exam.has_roster else {}
    now = {paper.student: paper.number for paper in exam.papers}
    for row in reader:
        where = f"{path}:{getattr(reader, 'line_num', 0)}"
        cells = dict(zip(headings, (restored(cell.strip()) for cell in row), strict=False))
        if not any(cells.values()):
            continue
        question, answer = (cells.get(name, "").replace(ANY, "") for name in ("question", "answer"))
        if not cells.get("question"):
            hint = f"Write the question, or {ANY} for all."
            raise QuizgenError("which answer is this about?", where=where, hint=hint)
        paper, student = _paper(cells.get("tag", ""), exam, where), cells.get("student", "")
        if paper in exam.former.get(student, ()):  # written while the student held it
            paper = now.get(student, paper)
        one = Waiting(
            paper=paper,
            student=holders.get(paper, "") or student,
            question=question,
            answer=answer,
            given=plain_text(cells.get("given", "").strip("`")),
            why=cells.get("why", ""),
            worth=cells.get("max", ""),
            read_as=cells.get("read as", ""),
            points=cells.get("points", ""),
            reason=cells.get("reason", ""),
            by=cells.get("by", ""),
        )
        if one.decided:
            _check(one, exam, worth, where)
        yield one


def _paper(tag: str, exam: Exam, where: str) -> int:
    """The number of the paper that a tag names; 0 for all."""
    if tag == ANY:
        return 0
    try:
        return read_paper(tag, exam.code, exam.n)
    except QuizgenError as error:
        raise error.at(where) from None


def _check(one: Waiting, exam: Exam, worth: Mapping[tuple[str, str], Fraction], where: str) -> None:
    """Refuse a decision that cannot be followed."""
    if one.question == PAPER:
        _check_paper(one, exam, where)
        return
    if (one.question or one.answer) and (one.question, one.answer) not in worth:
        known = [f"{question}.{answer}" for question, answer in worth]
        name = f"{one.question}.{one.answer}"
        raise QuizgenError(f"'{name}' is no answer of this exam", where=where, hint=did_you_mean(name, known))
    if not one.points:
        return
    if not one.question:
        raise QuizgenError("points are given for one answer, not for all", where=where, hint="Fill in `read as`.")
    if points_of(one) is None:
        raise QuizgenError(f"'{one.points}' are no points", where=where, hint="Write 4, 2.5 or 1/2.")
    most = worth[one.question, one.answer]
    if not 0 <= (points_of(one) or 0) <= most:
        raise QuizgenError(f"{one.points} points: there are 0 to {float(most):g}", where=where)


def _check_paper(one: Waiting, exam: Exam, where: str) -> None:
    """A sheet can be read as another paper only if there is one."""
    if not one.paper or one.answer or one.points:
        what = "a row about a whole sheet names its tag, no answer and no points"
        raise QuizgenError(what, where=where, hint="Fill in `read as` alone.")
    if not re.fullmatch(r"[0-9]{1,9}", one.read_as) or not 1 <= int(one.read_as) <= exam.n:
        raise QuizgenError(
            "which paper this is needs a number in `read as`", where=where, hint=f"Write 1 to {exam.n}, or nothing."
        )


def points_of(one: Waiting) -> Fraction | None:
    """The points that were decided; None if none were, or what was typed is no number."""
    if not one.points:
        return None
    try:
        return parse_fraction(one.points.replace(",", "."))
    except ValueError:
        return None


def plain_text(text: str) -> str:
    """A text on one line, as review.csv shows it."""
    return " ".join(text.replace("`", "'").split())[:_SHOWN]


def _number(question: str) -> int:
    digits = question.lstrip("Q")
    return int(digits) if digits.isdigit() else 0
