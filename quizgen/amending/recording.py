"""Amendments recorded, taken back, and listed; each stands in the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from quizgen.amending.entries import corrected_files
from quizgen.amending.request import Request, question_of
from quizgen.amending.telling import newly_untold
from quizgen.amending.voiding import is_new, refuse_nothing_left, told_void, voids_of
from quizgen.amendments import (
    Amendment,
    changes_of,
    next_number,
    pending,
    proof_of,
    read_amendments,
    write_amendment,
    write_withdrawal,
)
from quizgen.errors import QuizgenError
from quizgen.exam.additions import Why
from quizgen.exam.corrections import Correction, Void
from quizgen.exam.locks import locked
from quizgen.exam.model import Exam, Question
from quizgen.log import Actor, append, entries
from quizgen.revisions import Changes, Revised, standing_exam, with_changes

BUSY = "another quizgen is grading in this folder"


@dataclass(frozen=True)
class Recorded:
    """What was recorded, and for which questions; `known`: it stood there already, and nothing was written."""

    amendment: Amendment | None
    questions: tuple[str, ...] = ()
    known: bool = False


def amend(folder: Path, asked: Request, actor: Actor) -> Recorded:
    """Record an amendment, if it is possible and new; raises QuizgenError where it is not possible."""
    with locked(folder, BUSY):
        now = standing_exam(folder)
        before = changes_of(pending(now, folder), now)
        exam = with_changes(now.exam, before, "amendments")
        question = question_of(exam, asked.question)
        files, what = corrected_files(question, asked, {**now.texts, **before.files})
        voids = voids_of(exam, question, asked)
        if not files and not (voids and is_new(exam, voids[0])):
            return _known(folder, now, question, [*what, *map(told_void, voids)], actor)
        concerned = [one.name for one in exam.questions if one.problem.name == question.problem.name and files]
        one = Amendment(
            number=next_number(folder),
            question=question.name,
            what=(*(words for words, changes in what.items() if changes), *map(told_void, voids)),
            files=files,
            voids=voids,
            corrections=_corrections(concerned, voids, asked.reason),
            untold=tuple(_checked(exam, Changes(files, voids), concerned, anyway=asked.anyway)),
            why=Why(asked.reason, actor.by, actor.at),
        )
        write_amendment(folder, exam, one)
        _log(folder, actor, one)
        return Recorded(one, tuple(dict.fromkeys(correction.question for correction in one.corrections)))


def _checked(exam: Exam, changes: Changes, concerned: Sequence[str], *, anyway: bool) -> list[str]:
    """What would no longer be told apart, a line each; raises QuizgenError for it, unless it is wanted all the same."""
    then = with_changes(exam, changes, "amended")
    refuse_nothing_left(then)
    untold = newly_untold(exam, then, concerned)
    if untold and not anyway:
        more = f" (and {len(untold) - 1} more)" if len(untold) > 1 else ""
        hint = "Say --anyway to record it all the same, or mend it with --problem FILE."
        raise QuizgenError(untold[0] + more, hint=hint)
    return untold


def _corrections(concerned: Sequence[str], voids: Sequence[Void], reason: str) -> tuple[Correction, ...]:
    """What students are told: of all questions with the same problem, and of what is void."""
    told = [Correction(name, reason) for name in concerned]
    return (*told, *(Correction(v.question, reason, v.variants) for v in voids if v.question not in concerned))


def _known(folder: Path, now: Revised, question: Question, what: Sequence[str], actor: Actor) -> Recorded:
    """The amendment that says what is asked for, if one was recorded; its line in the log, if it was lost."""
    if not what:
        hint = "Say --problem, --accept, --mistake, --within or --void."
        raise QuizgenError("what is to be amended?", hint=hint, exit_code=2)
    found = [one for one in read_amendments(now.exam, folder) if one.question == question.name and not one.withdrawn]
    found = [one for one in found if set(what) <= set(one.what)]
    for one in found[-1:]:
        _log(folder, actor, one)
    return Recorded(found[-1] if found else None, known=True)


def withdraw(folder: Path, number: int, reason: str, actor: Actor) -> bool:
    """Take back an amendment that waits; whether it was not taken back before."""
    with locked(folder, BUSY):
        now = standing_exam(folder)
        found = {one.number: one for one in read_amendments(now.exam, folder)}
        if number not in found:
            known = ", ".join(map(str, found)) or "none"
            raise QuizgenError(f"there is no amendment {number}; recorded are: {known}")
        if number in now.amendments:
            hint = "Amend the question once more."
            raise QuizgenError(f"amendment {number} is carried out already: it is part of a revision", hint=hint)
        later = [one.number for one in pending(now, folder) if one.number > number]
        built = [n for n in later if found[n].files.keys() & found[number].files.keys()]
        if built and not found[number].withdrawn:
            hint = f"Withdraw {built[-1]} first."
            raise QuizgenError(f"amendment {built[-1]} builds on amendment {number}", hint=hint)
        if not found[number].withdrawn:
            write_withdrawal(folder, number, Why(reason, actor.by, actor.at))
        about = {"amendment": number, "reason": reason}
        if not any(entry.what == "withdraw" and entry.about["amendment"] == number for entry in entries(folder)):
            append(folder, actor, "withdraw", about)
        return not found[number].withdrawn


def listed(folder: Path) -> list[str]:
    """All amendments in words, with what became of each."""
    now = standing_exam(folder)
    lines = []
    for one in read_amendments(now.exam, folder):
        waits = "withdrawn" if one.withdrawn else "waits for a regrade"
        done = "in a revision" if one.number in now.amendments else waits
        lines.append(f"{one.told}: {done}")
    return lines


def _log(folder: Path, actor: Actor, one: Amendment) -> None:
    """Put an amendment into the log, if it does not stand there."""
    if any(entry.what == "amend" and entry.about["amendment"] == one.number for entry in entries(folder)):
        return
    about = {"amendment": one.number, "proof": proof_of(folder, one.number), "what": list(one.what)}
    append(folder, actor, "amend", about | {"reason": one.why.reason, "untold": list(one.untold)})
