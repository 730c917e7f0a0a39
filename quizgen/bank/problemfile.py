"""One Markdown file with YAML front matter -> a compiled problem; every error names file, line and remedy."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from quizgen.bank.asked import with_asked_steps
from quizgen.bank.examples import check_examples, read_example
from quizgen.bank.trial import Trial, try_out
from quizgen.bank.written import AnswerText, MistakeText, ProblemText, missing_value, validated
from quizgen.errors import QuizgenError, did_you_mean
from quizgen.language.expr import Expression, Ref
from quizgen.language.template import Choice, Hole, Place, Template, parse_template
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
_HEADING = re.compile(r"^# +(Question|Solution)[ \t]*$", re.MULTILINE)


def read_problem(text: str, file: str, name: str) -> Problem:
    """Compile the text of a problem file; `file` is how errors name it, `name` how exams do."""
    text = text.replace("\r\n", "\n")
    front, body, body_line = _split(text, file)
    document = read_yaml(front, file, first_line=2)
    written, formulas = with_asked_steps(validated(ProblemText, document.data, document), document)
    _check_names(written, document)
    question, solution = _sections(body, file, body_line)
    try:
        graph = Graph({step: formula.names for step, formula in written.steps.items()})
    except QuizgenError as error:
        raise error.at(document.where(("steps",))) from None
    _check_mistake_circles(written, document)
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
    _check_names_in_texts(problem)
    trial = try_out(problem, document)
    ordered = sorted(written.answers.items(), key=lambda item: graph.position(item[1].of or item[0]))
    answers = tuple(_answer(key, text, trial, formulas.get(key), document) for key, text in ordered)
    cells = sum(trial.cells.values())
    problem = problem.model_copy(update={"answers": answers, "whole": trial.whole, "cells": cells})
    _check_question(problem, document)
    check_examples(problem, document)
    return problem


def _split(text: str, file: str) -> tuple[str, str, int]:
    """Front matter, body, and the body's first line."""
    if not text.startswith("---\n"):
        raise QuizgenError("a problem file starts with a line '---'", where=f"{file}:1")
    end = text.find("\n---\n", 3)
    if end < 0:
        raise QuizgenError("the front matter is never closed", where=f"{file}:1", hint="End it with a line '---'.")
    return text[4 : end + 1], text[end + 5 :], text.count("\n", 0, end + 5) + 1


def digest_of(text: str) -> str:
    """What proves that the text of a file is the same, whatever ends its lines."""
    return hashlib.blake2b(text.replace("\r\n", "\n").encode(), digest_size=16).hexdigest()


def section(problem: Problem, heading: str) -> tuple[str, int]:
    """The source of one text of a compiled problem, and its first line."""
    _, body, body_line = _split(problem.text, problem.file)
    text, line = _parts(body, problem.file, body_line)[heading]
    return text, line


def _sections(body: str, file: str, first_line: int) -> tuple[Template, Template]:
    """The two texts of a problem."""
    parts = _parts(body, file, first_line)
    question, solution = (parse_template(text, file, line) for text, line in (parts["Question"], parts["Solution"]))
    return question, solution


def _parts(body: str, file: str, first_line: int) -> dict[str, tuple[str, int]]:
    """The sources of the two texts, by heading, with their first lines."""
    found: dict[str, tuple[str, int]] = {}
    headings = list(_HEADING.finditer(body))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        line = first_line + body.count("\n", 0, heading.end())
        if heading[1] in found:
            raise QuizgenError(f"'# {heading[1]}' stands here a second time", where=f"{file}:{line}")
        found[heading[1]] = (body[heading.end() : following.start() if following else len(body)], line)
    for wanted in ("Question", "Solution"):
        if wanted not in found:
            raise QuizgenError(f"the text has no heading '# {wanted}'", where=f"{file}:{first_line}")
    return found


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


def _check_mistake_circles(written: ProblemText, document: Document) -> None:
    """A mistake must not make steps need each other."""
    for note, mistake in written.mistakes.items():
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
        for structure in structures:
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
        what = KINDS[KIND_OF_AXES[found]].says if found in KIND_OF_AXES else f"an array of {found} axes"
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


def _check_names_in_texts(problem: Problem) -> None:
    """The texts must name draws and steps that exist."""
    known = {*problem.steps, *problem.draws}
    for template in (problem.question, problem.solution):
        for piece in template.walk():
            if not isinstance(piece, Hole | Choice):
                continue
            formula = piece.value if isinstance(piece, Hole) else piece.condition
            for name in sorted(formula.names - known):
                where = f"{template.file}:{piece.line}"
                what = f"the text shows '{name}', which is no draw or step"
                raise QuizgenError(what, where=where, hint=did_you_mean(name, known))


def _check_question(problem: Problem, document: Document) -> None:
    """The question must ask each answer once, show every draw exactly, and give nothing away."""
    holes = [piece for piece in problem.question.walk() if isinstance(piece, Hole)]
    for piece in problem.question.walk():
        if isinstance(piece, Hole | Choice):
            _check_shown(problem, piece, piece.value if isinstance(piece, Hole) else piece.condition)
    _check_places(problem)
    shown = frozenset().union(*(hole.value.names for hole in holes))
    for step in problem.graph.above(shown & problem.steps.keys()) | (shown & problem.steps.keys()):
        shown |= problem.steps[step].names
    for name in problem.draws:
        if name not in shown:
            raise QuizgenError(
                f"the question never shows the draw '{name}'",
                where=document.where(("draw", name)),
                hint=f"A student cannot solve it without: write <<{name}>>, or take the draw away.",
            )


def _check_shown(problem: Problem, piece: Hole | Choice, formula: Expression) -> None:
    """A question must not show what is asked, and must print parameters exactly."""
    where = f"{problem.file}:{piece.line}"
    for name in sorted(formula.names & problem.asked):
        raise QuizgenError(f"the question shows '{name}', which is asked", where=where)
    for name in sorted(formula.names & problem.steps.keys()):
        for asked in sorted(problem.graph.above([name]) & problem.asked):
            raise QuizgenError(f"the question shows '{name}', computed from '{asked}', which is asked", where=where)
    for asked in sorted(problem.asked):
        if formula.source not in problem.draws and formula.tree == problem.steps[asked].tree:
            raise QuizgenError(f"the question shows '{formula.source}', which is what '{asked}' asks for", where=where)
    if not isinstance(piece, Hole) or not piece.digits:
        return
    if not isinstance(formula.tree, Ref) or formula.tree.name not in problem.draws:
        raise QuizgenError(f"'{formula.source}' is rounded in the question", where=where, hint="Show it exactly.")
    for structure in problem.structures:
        values = problem.drawers(structure)[formula.tree.name].values
        if values.dtype.kind != "U" and any(float(piece.digits.shown(float(v))) != float(v) for v in values[:100_000]):
            raise QuizgenError(
                f"'{formula.source}: {piece.format}' does not print every '{formula.source}' exactly",
                where=where,
                hint="Students would compute with other numbers than we do; leave the format away.",
            )


def _check_places(problem: Problem) -> None:
    """Each answer has exactly one place, in the question."""
    names = [answer.name for answer in problem.answers]
    found: list[str] = []
    for template in (problem.question, problem.solution):
        for piece in template.walk():
            if not isinstance(piece, Place):
                continue
            where = f"{template.file}:{piece.line}"
            if template is problem.solution:
                raise QuizgenError(
                    f"[[{piece.answer}]] stands in the solution", where=where, hint="Move it to the question."
                )
            if piece.answer not in names:
                raise QuizgenError(
                    f"[[{piece.answer}]] is no answer", where=where, hint=did_you_mean(piece.answer, names)
                )
            if piece.answer in found:
                raise QuizgenError(f"[[{piece.answer}]] stands in the question twice", where=where)
            found.append(piece.answer)
    for name in names:
        if name not in found:
            raise QuizgenError(
                f"the question has no place for the answer '{name}'",
                where=f"{problem.file}:{problem.question.line}",
                hint=f"Write [[{name}]].",
            )
