"""Amending an exam: from what a person asks for to a recorded amendment, with everything checked that can be.

What is accepted, what is a mistake and how exactly an answer is asked become entries of the problem's file, which its
reader then reads with all its checks; what is void is data of its own. Nobody's marks change here: a regrade does that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

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
from quizgen.bank.amended import Entry, front_data, with_entry
from quizgen.bank.translated import file_of
from quizgen.draw.tellapart import Sieve, Untold
from quizgen.errors import QuizgenError, did_you_mean
from quizgen.exam.additions import Why
from quizgen.exam.corrections import HOW, Correction, How, Void, voided
from quizgen.exam.locks import locked
from quizgen.exam.model import Exam, Question
from quizgen.exam.tags import is_like_a_tag, read_tag
from quizgen.language.expr import compile_expression
from quizgen.language.yamltext import read_yaml
from quizgen.log import Actor, append, entries
from quizgen.problem.kinds import BY_HAND
from quizgen.problem.model import Answer
from quizgen.revisions import Changes, Revised, standing_exam, with_changes
from quizgen.world.worlds import world

BUSY = "another quizgen is grading in this folder"
_LISTED = 6  # variants that are named one by one
_TITLE = "a way that is accepted, too"


@dataclass(frozen=True)
class Request:
    """What a person asks for, about one question.

    `problems`: whole corrected texts by language ("" for the original); `accepted`, `within`: answer -> formula,
    tolerance; `mistakes`: YAML as in a problem file, `id: {...}`; `void`: full, removed, none, or nothing; `variants`:
    numbers or tags, none for all.
    """

    question: str
    reason: str
    problems: Mapping[str, str] = field(default_factory=dict)
    accepted: Mapping[str, str] = field(default_factory=dict)
    says: str = ""
    mistakes: tuple[str, ...] = ()
    within: Mapping[str, str] = field(default_factory=dict)
    void: str = ""
    answers: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    anyway: bool = False


@dataclass(frozen=True)
class Recorded:
    """What was recorded, and for which questions; `known`: it stood there already, and nothing was written."""

    amendment: Amendment | None
    questions: tuple[str, ...] = ()
    known: bool = False


def amend(folder: Path, asked: Request, actor: Actor) -> Recorded:
    """Record an amendment, if it is possible and new; raises QuizgenError where it is neither."""
    with locked(folder, BUSY):
        now = standing_exam(folder)
        waiting = pending(now, folder)
        before = changes_of(waiting, now)
        exam = with_changes(now.exam, before, "amendments")
        question = _question(exam, asked.question)
        files, what = _corrected_files(question, asked, {**now.texts, **before.files})
        voids = _voids(exam, question, asked)
        if not files and not (voids and _is_new(exam, voids[0])):
            return _known(folder, now, question, [*what, *map(_told_void, voids)], actor)
        concerned = [one.name for one in exam.questions if one.problem.name == question.problem.name and files]
        told = [Correction(name, asked.reason) for name in concerned]
        told += [Correction(void.question, asked.reason, void.variants) for void in voids if void.question not in concerned]
        then = with_changes(exam, Changes(files, voids), "amended")
        _refuse_nothing_left(then)
        untold = _newly_untold(exam, then, concerned)
        if untold and not asked.anyway:
            more = f" (and {len(untold) - 1} more)" if len(untold) > 1 else ""
            hint = "Say --anyway to record it all the same, or mend it with --problem FILE."
            raise QuizgenError(untold[0] + more, hint=hint)
        one = Amendment(
            number=next_number(folder),
            question=question.name,
            what=(*(words for words, changes in what.items() if changes), *map(_told_void, voids)),
            files=files,
            voids=voids,
            corrections=tuple(told),
            untold=tuple(untold),
            why=Why(asked.reason, actor.by, actor.at),
        )
        write_amendment(folder, exam, one)
        _log(folder, actor, one)
        return Recorded(one, tuple(dict.fromkeys(correction.question for correction in told)))


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
        done = "in a revision" if one.number in now.amendments else "withdrawn" if one.withdrawn else "waits for a regrade"
        lines.append(f"{one.told}: {done}")
    return lines


def _log(folder: Path, actor: Actor, one: Amendment) -> None:
    """Put an amendment into the log, if it does not stand there."""
    if any(entry.what == "amend" and entry.about["amendment"] == one.number for entry in entries(folder)):
        return
    about = {"amendment": one.number, "proof": proof_of(folder, one.number), "what": list(one.what)}
    append(folder, actor, "amend", about | {"reason": one.why.reason, "untold": list(one.untold)})


def _question(exam: Exam, name: str) -> Question:
    """A question by its name: Q3, q3 or 3."""
    wanted = f"Q{name}" if name.isdecimal() else name.upper()
    known = {question.name: question for question in exam.questions}
    if wanted not in known:
        hint = did_you_mean(wanted, known) or f"It has {', '.join(known)}."
        raise QuizgenError(f"this exam has no question '{name[:40]}'", hint=hint)
    return known[wanted]


def _answer(question: Question, name: str) -> Answer:
    """An answer of a question by its name: conv or Q3.conv."""
    known = {answer.name: answer for answer in question.problem.answers}
    wanted = name.removeprefix(f"{question.name}.")
    if wanted not in known:
        hint = did_you_mean(wanted, known) or f"It asks: {', '.join(known)}."
        raise QuizgenError(f"{question.name} asks for no '{wanted[:40]}'", hint=hint)
    return known[wanted]


# ---- what becomes of the problem's file --------------------------------------------------------------------------


def _corrected_files(
    question: Question, asked: Request, texts: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, bool]]:
    """The files that change, by name; and in words what is asked for, with whether it changes anything.

    `texts`: the files as they stand, by name.
    """
    name = question.problem.name
    own = f"problems/{file_of(name)}"
    given = {f"problems/{file_of(name, code)}": text for code, text in asked.problems.items()}
    told = {f"corrected {file}": texts.get(file) != text for file, text in given.items()}
    text = given.get(own, texts[own])
    for path, entry, words in _entries(question, asked, text, own):
        changed = with_entry(text, own, path, entry)
        told[words] = changed != text
        text = changed
    files = given | {own: text}
    return {file: text for file, text in files.items() if texts.get(file) != text}, told


def _entries(question: Question, asked: Request, text: str, file: str) -> list[tuple[tuple[str, ...], Entry, str]]:
    """The entries of the front matter that are wanted: their places, what they say, and in words."""
    data = front_data(text, file)
    found: list[tuple[tuple[str, ...], Entry, str]] = []
    taken = dict(data.get("mistakes") or {})
    for name, formula in asked.accepted.items():
        answer = _answer(question, name)
        path, entry = _accepted(answer, formula, asked.says, taken)
        taken.setdefault(path[1], entry)
        found.append((path, entry, f"{question.name}.{answer.name}: '{formula}' is accepted, too"))
    for source in asked.mistakes:
        for note, said in _mistakes(source).items():
            path, entry = _mistake(note, said, taken)
            found.append((path, entry, f"mistake '{note}'"))
    for name, tolerance in asked.within.items():
        answer = _answer(question, name)
        words = f"{question.name}.{answer.name} within {tolerance}"
        found.append((("answers", answer.name, "within"), tolerance, words))
    return found


def _accepted(answer: Answer, formula: str, says: str, taken: Mapping[str, Any]) -> tuple[tuple[str, ...], Entry]:
    """An accepted way is a mistake that costs nothing: the one that goes this way already, or a new one."""
    if answer.kind in ("formula", BY_HAND):
        what = f"'{answer.name}' is {'marked by hand' if answer.kind == BY_HAND else 'a formula, and equal ones count'}"
        raise QuizgenError(what, hint="Decide in review.csv, or correct the problem with --problem FILE.")
    wanted = compile_expression(formula)
    for note, said in taken.items():
        steps = {k: v for k, v in said.items() if k not in ("says", "title", "note", "credit")}
        if steps.keys() == {answer.of} and compile_expression(steps[answer.of]).tree == wanted.tree:
            return ("mistakes", note, "credit"), str(said["credit"]) if said.get("credit") in _WHOLE else "1"
    stem = "accepted-" + (re.sub(r"[^a-z0-9]+", "-", answer.name.lower()).strip("-") or "answer")
    number = next(i for i in range(1, len(taken) + 2) if (stem if i == 1 else f"{stem}-{i}") not in taken)
    note = stem if number == 1 else f"{stem}-{number}"
    text = says or "This counts as well: it was accepted after the exam."
    return ("mistakes", note), {answer.of: formula, "title": _TITLE, "credit": "1", "says": text}


_WHOLE = ("1", "100%", "1/1", "1.0")


def _mistakes(source: str) -> Mapping[str, Any]:
    """Mistakes in the form of a problem file: `id: {step: formula, credit: 1/2, says: ...}`."""
    data = read_yaml(source, "--mistake").data
    for note, said in data.items():
        if not isinstance(said, dict) or not all(isinstance(text, str) for text in said.values()):
            hint = "Write it as in a problem file: 'id: {conv: ..., credit: 1/2, says: ...}'."
            raise QuizgenError(f"'{note[:40]}' is no mistake", where="--mistake", hint=hint)
    return dict(data)


def _mistake(note: str, said: Mapping[str, str], taken: Mapping[str, Any]) -> tuple[tuple[str, ...], Entry]:
    """A new mistake; or the credit of one that there is."""
    if note not in taken or dict(said) == taken[note]:
        return ("mistakes", note), said
    if said.keys() == {"credit"}:
        return ("mistakes", note, "credit"), said["credit"]
    hint = f"Give it another id, or only a credit: '{note}: {{credit: 1/2}}'."
    raise QuizgenError(f"the problem has a mistake '{note}' already", where="--mistake", hint=hint)


# ---- what is void -------------------------------------------------------------------------------------------------


def _voids(exam: Exam, question: Question, asked: Request) -> tuple[Void, ...]:
    """What is declared void."""
    if not asked.void:
        return ()
    if asked.void not in HOW:
        raise QuizgenError(f"--void {asked.void[:40]}", hint=f"Say {', '.join(HOW)}.", exit_code=2)
    answers = tuple(_answer(question, name).name for name in asked.answers)
    variants = tuple(sorted({_variant(exam, question, text) for text in asked.variants}))
    return (Void(question.name, How(asked.void), tuple(dict.fromkeys(answers)), variants),)


def _variant(exam: Exam, question: Question, text: str) -> int:
    """A variant by its number, or by the tag of a paper or a question."""
    number = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
    if not number:
        if not is_like_a_tag(text):
            raise QuizgenError(f"'{text[:40]}' is no number of a variant and no tag")
        tag = read_tag(text, exam.code)
        if tag.question not in (None, question.name):
            raise QuizgenError(f"the tag '{text[:40]}' is of {tag.question}, not of {question.name}")
        number = tag.number
    if not 1 <= number <= exam.n:
        raise QuizgenError(f"{question.name} has no variant {number}; there are {exam.n}")
    return number


def _is_new(exam: Exam, void: Void) -> bool:
    """Whether declaring something void changes anything: nothing said since is about the same question."""
    same = [other for other in exam.voids if other.question == void.question]
    return not same and void.how != How.NONE or bool(same) and same[-1] != void


def _told_void(void: Void) -> str:
    names = ", ".join(f"{void.question}.{name}" for name in void.answers) or void.question
    return f"{names} void: {void.how}{f' for {_numbers(void.variants)}' if void.variants else ''}"


def _refuse_nothing_left(exam: Exam) -> None:
    """Stop if a paper would be worth nothing."""
    papers = np.arange(1, exam.n + 1)
    left = np.full(exam.n, float(exam.total))
    for question, answer in exam.fields():
        gone = voided(exam.voids, question.name, answer.name, papers) == HOW.index(How.REMOVED)
        left[gone & question.asks(papers)] -= float(question.points[answer.name])
    if (left <= 1e-9).any() and exam.voids:
        first = int(papers[left <= 1e-9][0])
        raise QuizgenError(f"nothing would be left of paper {first:03d}", hint="Say --void full.")


# ---- what is no longer told apart ---------------------------------------------------------------------------------


def _newly_untold(before: Exam, then: Exam, names: Sequence[str]) -> list[str]:
    """What was told apart in the exam's own variants and would not be any more, a line each."""
    lines = []
    for old, new in zip(before.questions, then.questions, strict=True):
        if new.name in names:
            known = {one.key: one.columns for one in _untold(old, before)}
            had = {mistake.note for mistake in old.problem.mistakes}
            for one in _untold(new, then):
                columns = one.columns & ~known.get(one.key, np.zeros(new.n, dtype=bool))
                if columns.any():
                    lines.append(_told_untold(one, columns, new, had))
    return lines


def _untold(question: Question, exam: Exam) -> list[Untold]:
    """Everything that is not told apart in a question's own variants; stops where there is no right answer."""
    for answer in question.problem.answers:
        value = question.expected[answer.name]
        numbers = value.cells.dtype.kind == "f"
        fine = (np.isfinite(value.cells) | ~value.inside).all(axis=tuple(range(value.axes))) if numbers else True
        if not np.all(fine):
            first = _numbers((np.flatnonzero(~fine) + 1).tolist())
            raise QuizgenError(f"{question.name}.{answer.name} would have no right answer in {first}")
    sieve = Sieve(question.problem, exam.grader.tolerance)
    return list(sieve.untold(world(question.problem, question.params)))


def _told_untold(one: Untold, columns: np.ndarray, question: Question, had: set[str]) -> str:
    can = "can no longer" if one.mistake in had and (one.other in had or not one.other) else "cannot"
    other = f"mistake '{one.other}'" if one.other else "the right answer"
    where = f"{question.name}.{one.answer} in {_numbers((np.flatnonzero(columns) + 1).tolist())}"
    return f"mistake '{one.mistake}' {can} be told from {other} at {where}"


def _numbers(variants: Sequence[int]) -> str:
    """`variant 3`, `variants 3, 17 and 5 more`."""
    more = f" and {len(variants) - _LISTED} more" if len(variants) > _LISTED else ""
    return f"variant{'s' * (len(variants) != 1)} {', '.join(map(str, variants[:_LISTED]))}{more}"
