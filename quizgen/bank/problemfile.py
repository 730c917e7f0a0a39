"""One Markdown file with YAML front matter -> a compiled problem; every error names file, line and remedy."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from quizgen.bank.asked import with_asked_steps
from quizgen.bank.examples import check_examples, read_example
from quizgen.bank.texts import check_names_in_texts, check_question, sections, split
from quizgen.bank.trial import Trial, try_out
from quizgen.bank.written import AnswerText, MistakeText, ProblemText, missing_value, validated
from quizgen.errors import QuizgenError, did_you_mean
from quizgen.language.expr import Expression
from quizgen.language.tolerance import parse_tolerance
from quizgen.language.yamltext import Document, Path, read_yaml
from quizgen.problem.drawers import Drawer
from quizgen.problem.grader import refuse_vanishing
from quizgen.problem.graph import Graph
from quizgen.problem.kinds import BY_HAND, KIND_OF_AXES, KINDS, TOLERANT
from quizgen.problem.model import Answer, AskedFormula, Mistake, Problem

SAME_VALUE = parse_tolerance("0.0001% or 0.000001")  # of two formulas
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,40}")
_NOTE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def read_problem(text: str, file: str, name: str, *, tried: bool = False) -> Problem:
    """Compile the text of a problem file; `file` is how errors name it, `name` how exams do.

    `tried`: it is the very text that an exam was made from, so that its texts, mistakes and examples need no trial.
    """
    text = text.replace("\r\n", "\n")
    front, body, body_line = split(text, file)
    document = read_yaml(front, file, first_line=2)
    written, formulas = with_asked_steps(validated(ProblemText, document.data, document), document)
    _check_names(written, document)
    question, solution = sections(body, file, body_line)
    try:
        graph = Graph({step: formula.names for step, formula in written.steps.items()})
    except QuizgenError as error:
        raise error.at(document.where(("steps",))) from None
    _check_mistake_circles(written, graph, document)
    problem = Problem(
        name=name,
        title=written.title,
        file=file,
        digest=digest_of(text),
        text=text,
        draws=written.draw,
        require=written.require,
        steps=written.steps,
        answers=(),
        mistakes=tuple(_mistake(note, m) for note, m in written.mistakes.items()),
        examples=tuple(read_example(i, example, document) for i, example in enumerate(written.examples)),
        question=question,
        solution=solution,
    )
    _check_draws(problem, document)
    check_names_in_texts(problem)
    trial = try_out(problem, document, steps_only=tried)
    ordered = sorted(written.answers.items(), key=lambda item: graph.position(item[1].of or item[0]))
    answers = tuple(_answer(key, text, trial, formulas.get(key), document) for key, text in ordered)
    problem = problem.model_copy(update={"answers": answers, "whole": trial.whole, "cells": trial.cells})
    if not tried:
        check_question(problem, document)
        check_examples(problem, document)
    return problem


def digest_of(text: str) -> str:
    """What proves that the text of a file is the same, whatever ends its lines."""
    return hashlib.blake2b(text.replace("\r\n", "\n").encode(), digest_size=16).hexdigest()


def _check_names(written: ProblemText, document: Document) -> None:
    """Every name used must exist, every name given must be new and a plain word."""
    given: list[tuple[Path, str]] = [(("draw", name), name) for name in written.draw]
    given += [(("steps", name), name) for name in written.steps]
    for path, name in given:
        if not _NAME.fullmatch(name):
            raise QuizgenError(
                f"'{name}' cannot be a name", where=document.where(path), hint="Use letters, digits and _."
            )
        if path[0] == "steps" and name in written.draw:
            raise QuizgenError(f"'{name}' is a draw and a step", where=document.where(path), hint="Rename one of them.")
    steps = set(written.steps)
    known = steps | set(written.draw)
    for key, answer in written.answers.items():
        if not _NAME.fullmatch(key):
            raise QuizgenError(f"'{key}' cannot be a name", where=document.where(("answers", key)))
        _known_word(
            answer.of or key,
            steps,
            f"answer '{key}' asks for",
            "step",
            document,
            ("answers", key),
        )
    for note, mistake in written.mistakes.items():
        _check_mistake(note, mistake, written, document)
    formulas: list[tuple[str, Path, Expression]] = [
        *((f"draw '{n}'", ("draw", n), f) for n, f in written.draw.items()),
        *((f"condition {i + 1}", ("require", i), f) for i, f in enumerate(written.require)),
        *((f"step '{n}'", ("steps", n), f) for n, f in written.steps.items()),
        *((f"mistake '{m}'", ("mistakes", m, s), f) for m, x in written.mistakes.items() for s, f in x.steps.items()),
    ]
    for what, path, formula in formulas:
        visible = _above(str(path[1]), written) if path[0] == "draw" else known
        for name in sorted(formula.names - visible):
            raise QuizgenError(
                f"{what} uses '{name}', which is no {'draw above it' if path[0] == 'draw' else 'draw or step'}",
                where=document.where(path),
                hint=did_you_mean(name, visible),
            )
        for name in sorted(formula.static_names - set(written.draw)):
            raise QuizgenError(
                f"{what} makes a shape depend on the step '{name}'",
                where=document.where(path),
                hint="Strides, windows, paddings and sizes may depend on draws only.",
            )


def _above(draw: str, written: ProblemText) -> set[str]:
    """The draws that stand above a draw, whose values it may use."""
    names = list(written.draw)
    return set(names[: names.index(draw)])


def _check_mistake(note: str, mistake: MistakeText, written: ProblemText, document: Document) -> None:
    """A mistake needs an id, replaced steps that exist, and a note that exists."""
    if not _NOTE.fullmatch(note):
        raise QuizgenError(
            f"'{note}' cannot be a mistake's id",
            where=document.where(("mistakes", note)),
            hint="Write it like-this.",
        )
    if not mistake.steps:
        raise QuizgenError(f"mistake '{note}' replaces no step", where=document.where(("mistakes", note)))
    for step, formula in mistake.steps.items():
        path = ("mistakes", note, step)
        if step not in written.steps and not formula.source:
            raise missing_value(step, document.where(path))
        _known_word(step, set(written.steps), f"mistake '{note}' replaces", "step", document, path)
        if formula == written.steps[step]:
            raise QuizgenError(f"mistake '{note}' leaves '{step}' as it is", where=document.where(path))
    if mistake.note:
        _known_word(
            mistake.note,
            set(written.mistakes),
            f"mistake '{note}' names",
            "mistake",
            document,
            ("mistakes", note, "note"),
        )


def _known_word(word: str, known: Iterable[str], says: str, what: str, document: Document, path: Path) -> None:
    if word not in known:
        raise QuizgenError(
            f"{says} '{word}', which is no {what} here",
            where=document.where(path),
            hint=did_you_mean(word, known),
        )


def _check_mistake_circles(written: ProblemText, graph: Graph, document: Document) -> None:
    """A mistake must not make steps need each other; one that reads only what comes before cannot."""
    for note, mistake in written.mistakes.items():
        if all(
            name not in graph.reads or graph.position(name) < graph.position(step)
            for step, formula in mistake.steps.items()
            for name in formula.names
        ):
            continue
        formulas = {**written.steps, **mistake.steps}
        try:
            Graph({step: formula.names for step, formula in formulas.items()})
        except QuizgenError as error:
            what = f"with mistake '{note}', {error.what}"
            raise QuizgenError(what, where=document.where(("mistakes", note)), hint=error.hint) from None


def _mistake(note: str, written: MistakeText) -> Mistake:
    title = written.title or note.replace("-", " ")
    says = " ".join(written.says.split())
    return Mistake(
        id=note, note=written.note or note, title=title, says=says, steps=written.steps, credit=written.credit
    )


def _check_draws(problem: Problem, document: Document) -> None:
    """Every draw must be drawable; what decides a structure is one number or text, and structures are few."""
    for name, formula in problem.draws.items():
        if not formula.names:
            drawer = _drawer(name, formula, {}, document)
        if name in problem.structural and (formula.names or drawer.shape):
            where = document.where(("draw", name))
            raise QuizgenError(
                f"'{name}' decides a shape and must be one number or text, drawn on its own", where=where
            )
    try:
        structures = problem.structures
    except QuizgenError as error:
        where = document.where(("draw", problem.structural[0]))
        raise QuizgenError(error.what, where=where, hint=error.hint) from None
    for name, formula in problem.draws.items():
        for structure in structures if formula.names else ():
            _drawer(name, formula, structure, document)


def _drawer(name: str, formula: Expression, structure: Mapping[str, Any], document: Document) -> Drawer:
    """The drawer of a draw; raises QuizgenError with its place."""
    try:
        drawer = formula.drawer(structure)
    except (QuizgenError, ValueError, TypeError) as error:
        what, hint = (error.what, error.hint) if isinstance(error, QuizgenError) else (str(error), "")
        raise QuizgenError(f"draw '{name}': {what}", where=document.where(("draw", name)), hint=hint) from None
    assert isinstance(drawer, Drawer)
    return drawer


def _answer(name: str, written: AnswerText, trial: Trial, formula: AskedFormula | None, document: Document) -> Answer:
    """Complete an answer by what the trial found out about its step."""
    path: Path = ("answers", name)
    step = written.of or name
    found = trial.axes.get(step, 9)
    if found not in KIND_OF_AXES and written.kind not in KINDS:
        raise QuizgenError(f"answer '{name}': a step of this shape cannot be asked for", where=document.where(path))
    is_whole = step in trial.whole
    kind = written.kind or ("integer" if found == 0 and is_whole else KIND_OF_AXES[found])
    if kind not in KINDS:
        hint = did_you_mean(kind, KINDS) or f"Kinds are: {', '.join(KINDS)}."
        raise QuizgenError(f"there is no kind of answer '{kind}'", where=document.where((*path, "kind")), hint=hint)
    if KINDS[kind].step_axes != found:
        what = f"a {KIND_OF_AXES[found]}" if found in KIND_OF_AXES else f"an array of {found} axes"
        raise QuizgenError(
            f"answer '{name}' is of kind '{kind}', but its step is {what}",
            where=document.where((*path, "kind")),
        )
    if written.percent and (kind not in TOLERANT or is_whole):
        raise QuizgenError(
            f"answer '{name}': per cent may only be written where decimals are asked",
            where=document.where((*path, "percent")),
            hint="Leave 'percent' away.",
        )
    for key, tolerance in (("within", written.within), ("ask", None if written.within else written.ask)):
        if tolerance:
            refuse_vanishing(tolerance, found, document.where((*path, key)))
    return Answer(
        name=name,
        of=step,
        kind=kind,
        points=written.points,
        ask=written.ask,
        within=written.within if formula is None else SAME_VALUE,
        between=written.between,
        carry=written.carry and kind not in ("location", "formula", BY_HAND),
        whole=is_whole or KINDS[kind].whole,
        percent=written.percent,
        options=written.options,
        first=int(written.counted.removeprefix("from ")),
        formula=formula,
        lines=written.lines if kind == BY_HAND else 0,
        working=written.working,
    )
