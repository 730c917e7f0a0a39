"""What becomes of a problem's file: entries of its front matter, or another text altogether."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from quizgen.amending.request import Request, answer_of
from quizgen.bank.amended import Entry, front_data, with_entry
from quizgen.bank.translated import file_of
from quizgen.errors import QuizgenError
from quizgen.exam.model import Question
from quizgen.language.expr import compile_expression
from quizgen.language.yamltext import read_yaml
from quizgen.problem.kinds import BY_HAND
from quizgen.problem.model import Answer

_TITLE = "a way that is accepted, too"
_WHOLE = ("1", "100%", "1/1", "1.0")  # how a full credit may be written


def corrected_files(
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
    told |= {f"without mistake '{note}'": True for note in sorted(_notes(texts[own], own) - _notes(text, own))}
    for path, entry, words in _entries(question, asked, text, own):
        changed = with_entry(text, own, path, entry)
        told[words] = changed != text
        text = changed
    files = given | {own: text}
    return {file: text for file, text in files.items() if texts.get(file) != text}, told


def _notes(text: str, file: str) -> set[str]:
    """The mistakes of a problem file: a correction of an older copy would lose those that were put in since."""
    return set(front_data(text, file).get("mistakes") or ())


def _entries(question: Question, asked: Request, text: str, file: str) -> list[tuple[tuple[str, ...], Entry, str]]:
    """The entries of the front matter that are wanted: their places, what they say, and in words."""
    data = front_data(text, file)
    found: list[tuple[tuple[str, ...], Entry, str]] = []
    taken, steps = dict(data.get("mistakes") or {}), data.get("steps") or {}
    for name, formula in asked.accepted.items():
        answer = answer_of(question, name)
        path, entry = _accepted(answer, formula, asked.says, taken)
        if answer.of in steps and _same(str(steps[answer.of]), formula):
            raise QuizgenError(f"'{formula}' is the right answer to {question.name}.{answer.name} already")
        taken.setdefault(path[1], entry)
        found.append((path, entry, f"{question.name}.{answer.name}: '{formula}' is accepted, too"))
    for source in asked.mistakes:
        for note, said in _mistakes(source).items():
            path, entry = _mistake(note, said, taken)
            found.append((path, entry, f"mistake '{note}'"))
    for name, tolerance in asked.within.items():
        answer = answer_of(question, name)
        words = f"{question.name}.{answer.name} within {tolerance}"
        found.append((("answers", answer.name, "within"), tolerance, words))
    return found


def _accepted(answer: Answer, formula: str, says: str, taken: Mapping[str, Any]) -> tuple[tuple[str, ...], Entry]:
    """An accepted way is a mistake that costs nothing: the one that goes this way already, or a new one."""
    if answer.kind in ("formula", BY_HAND):
        what = f"'{answer.name}' is {'marked by hand' if answer.kind == BY_HAND else 'a formula, and equal ones count'}"
        raise QuizgenError(what, hint="Decide in review.csv, or correct the problem with --problem FILE.")
    compile_expression(formula)
    for note, said in taken.items():
        steps = {k: v for k, v in said.items() if k not in ("says", "title", "note", "credit")}
        if steps.keys() == {answer.of} and _same(steps[answer.of], formula):
            return ("mistakes", note, "credit"), str(said["credit"]) if said.get("credit") in _WHOLE else "1"
    stem = "accepted-" + (re.sub(r"[^a-z0-9]+", "-", answer.name.lower()).strip("-") or "answer")
    number = next(i for i in range(1, len(taken) + 2) if (stem if i == 1 else f"{stem}-{i}") not in taken)
    note = stem if number == 1 else f"{stem}-{number}"
    text = says or "This counts as well: it was accepted after the exam."
    return ("mistakes", note), {answer.of: formula, "title": _TITLE, "credit": "1", "says": text}


def _same(one: str, other: str) -> bool:
    """Whether two expressions that were compiled are the same but for spaces."""
    first, second = (ast.dump(ast.parse(source.strip(), mode="eval")) for source in (one, other))
    return first == second


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
