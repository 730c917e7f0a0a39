"""Who holds which paper from now on: a spare for a lost one, two that were swapped, somebody new, or nobody after all.

An assignment is an addition with number, reason, person and time; what was drawn stays as it is. What was graded before
counts for the paper that the student holds now: rows are joined again whenever they are read.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from quizgen.errors import QuizgenError, did_you_mean, printable
from quizgen.exam.additions import (
    ASSIGNMENTS,
    Binding,
    Why,
    bindings_of,
    first_papers,
    numbered,
    read_exam,
    write_assignment,
)
from quizgen.exam.locks import locked
from quizgen.exam.model import Exam, Paper
from quizgen.exam.tags import is_like_a_tag, read_paper, write_tag
from quizgen.ledger import digest_of_file
from quizgen.log import NOBODY, Actor, append, entries
from quizgen.proven import ASSIGNED

_NAMED = 5  # spares that a hint names
_LONGEST = 200  # characters of an id


@dataclass(frozen=True)
class Assigned:
    """What was recorded: the tag, the student, what else changed hands; `number` 0: nothing, it was so before.

    `before`: the tag that the student held until now, if any; `other`: who got that one in exchange, if anybody.
    """

    tag: str
    student: str
    before: str = ""
    other: str = ""
    number: int = 0


def assign(
    folder: Path, tag: str, student: str, *, reason: str = "", new: bool = False, actor: Actor = NOBODY
) -> Assigned:
    """Record that a student holds the paper with this tag: a spare, or that of another student, who gets theirs.

    `new`: the student may be somebody whom the exam does not know yet. Raises QuizgenError for a tag of no paper of
    this exam, a student whom it does not know, and a spare that somebody else was given.
    """
    with locked(folder, "another quizgen is working on this exam"):
        exam = read_exam(folder)
        number = read_paper(tag, exam.code, exam.n, [question.name for question in exam.questions])
        student = student.strip()
        held = {paper.student: paper.number for paper in exam.papers}
        own = held.get(student, 0)
        done = 0
        if own != number:
            bindings = _bindings(exam, folder, number, student, own, new=new)
            done = int(write_assignment(folder, exam, bindings, Why(reason, actor.by, actor.at)).stem)
        _log_assignments(folder, exam.code, actor)
    now = write_tag(exam.code, number)
    if own == number:
        return Assigned(now, student)
    other = exam.holders.get(number)
    before = write_tag(exam.code, own) if own else ""
    return Assigned(now, student, before, other.student if other else "", done)


def release(folder: Path, tag: str, *, reason: str = "", actor: Actor = NOBODY) -> Assigned:
    """Record that nobody holds a paper, since who was entered as new with it was entered by mistake.

    `before` and `other` of the answer are empty; `student` is who held it. Raises QuizgenError for a paper of somebody
    whom the exam knows otherwise: such a student always holds one.
    """
    with locked(folder, "another quizgen is working on this exam"):
        exam = read_exam(folder)
        number = read_paper(tag, exam.code, exam.n, [question.name for question in exam.questions])
        holder, done = exam.holders.get(number), 0
        if holder:
            _refuse_known(exam, folder, holder)
            done = int(write_assignment(folder, exam, [Binding(number, "")], Why(reason, actor.by, actor.at)).stem)
        _log_assignments(folder, exam.code, actor)
    return Assigned(write_tag(exam.code, number), holder.student if holder else "", number=done)


def _refuse_known(exam: Exam, folder: Path, holder: Paper) -> None:
    """Stop for a paper of somebody who is on the roster: he or she gets another one, and cannot be left without."""
    first = next((paper.number for paper in first_papers(folder) if paper.student == holder.student), 0)
    if first:
        own = f"quizgen assign {write_tag(exam.code, first)} {shlex.quote(holder.student)}"
        hint = f"To give back the first one: {own}." if first != holder.number else "An absent one keeps it, too."
        what = f"paper {write_tag(exam.code, holder.number)} is held by '{holder.student}', who is not new"
        raise QuizgenError(f"{what}: only what was given to somebody new can be released", hint=hint)


def _bindings(exam: Exam, folder: Path, number: int, student: str, own: int, *, new: bool) -> list[Binding]:
    """Who holds what if the student gets the paper `number` and had `own` (0: none); refuses what cannot be meant."""
    holder = exam.holders.get(number)
    if not own:
        _refuse_stranger(exam, student, new=new)
    if holder is None:
        return [Binding(number, student)]
    tag, theirs = write_tag(exam.code, number), f"'{holder.student}'"
    if not own:
        what = f"paper {tag} is held by {theirs}, and somebody new needs a spare"
        known = holder.student in {paper.student for paper in first_papers(folder)}
        mistaken = "" if known else f" If {theirs} was a mistake: quizgen assign {tag} --release"
        raise QuizgenError(what, hint=_spares_told(exam) + mistaken)
    if number not in {paper.number for paper in first_papers(folder)}:
        swap = f"quizgen assign {write_tag(exam.code, own)} {shlex.quote(holder.student)}"
        hint = f"{_spares_told(exam)} If they changed papers: {swap}"
        raise QuizgenError(f"the spare {tag} was given to {theirs} before", hint=hint)
    return [Binding(number, student), Binding(own, holder.student)]


def _refuse_stranger(exam: Exam, student: str, *, new: bool) -> None:
    """Stop for a student whom the exam does not know, unless it is somebody new, with an id that can be one."""
    if not new:
        near = did_you_mean(student, [paper.student for paper in exam.papers])
        hint = f"{near} Somebody new: --new.".strip()
        raise QuizgenError(f"this exam knows no student '{printable(student[:40])}'", hint=hint)
    if not student or not student.isprintable() or len(student) > _LONGEST or is_like_a_tag(student):
        raise QuizgenError(
            f"'{printable(student[:40])}' is no id of a student", hint="First the tag, then the student."
        )


def _spares_told(exam: Exam) -> str:
    """The first papers that can be handed out."""
    spares = [write_tag(exam.code, number) for number in exam.unused]
    more = ", ..." if len(spares) > _NAMED else ""
    return f"Spares: {', '.join(spares[:_NAMED])}{more}." if spares else "There is no spare left."


def _log_assignments(folder: Path, code: str, actor: Actor) -> None:
    """Put assignments into the log that are not in it: the last one, and one whose process was killed before."""
    known = {entry.about["assignment"] for entry in entries(folder) if entry.what == ASSIGNED.what}
    for number, place in enumerate(numbered(folder / ASSIGNMENTS, ".json"), start=1):
        if number not in known:
            bindings, why = bindings_of(place)
            papers = {write_tag(code, binding.paper): binding.student for binding in bindings}
            about = {"assignment": number, "papers": papers, "reason": why.reason, "proof": digest_of_file(place)}
            append(folder, Actor(why.by, why.at) if why.at else actor, ASSIGNED.what, about)
