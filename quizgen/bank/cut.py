"""What a blueprint takes of a problem: some of its answers, some of its draws. A cut problem is a problem again.

Answers that are not asked but stand above asked ones, and below none, are *given*: printed in the question as precisely
as they would be asked, and everything below is computed from what is printed. (What lies between asked answers is not
given: it would betray the upper one.) Nobody can slip above a given value: a mistake keeps only the steps still taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, PlainValidator

from quizgen.bank.shortened import without_parts
from quizgen.bank.texts import section
from quizgen.bank.written import DRAWN, draw_formula
from quizgen.errors import QuizgenError, did_you_mean
from quizgen.language.expr import Expression
from quizgen.language.template import Template, parse_template
from quizgen.language.tolerance import Tolerance, parse_tolerance
from quizgen.problem.graph import Graph
from quizgen.problem.model import Answer, Frozen, Mistake, Problem

_PRINTED = parse_tolerance("12 figures or 0.000000000001")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_WORD = re.compile(r"[^\"\\()]{1,100}")


def _narrowed(text: Any) -> str:
    """A draw as in a problem file, or one value."""
    if not isinstance(text, str):
        raise ValueError('one value is needed here, or a draw in quotes, as in {side: "choice(3, 5)"}')
    if not (DRAWN.match(text.strip()) or _WORD.fullmatch(text.strip())):
        raise ValueError("one value is needed here, or a draw: integers(...), decimals(...), choice(...)")
    if text.count("(") != text.count(")"):
        raise ValueError('inside { } a comma ends a text: put the draw in quotes, as in {side: "integers(3, 9)"}')
    if DRAWN.match(text.strip()):
        draw_formula(text)
    return text.strip()


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("an answer is named twice")
    return names


class Cut(Frozen):
    """Some answers of a problem (all, if none is named), and draws by name in place of the problem's own."""

    answers: Annotated[tuple[str, ...], AfterValidator(_distinct)] = ()
    draw: Mapping[str, Annotated[str, PlainValidator(_narrowed)]] = {}

    @property
    def is_whole(self) -> bool:
        """Whether nothing is cut."""
        return not self.answers and not self.draw


def cut_problem(problem: Problem, cut: Cut, tolerances: Mapping[str, Tolerance]) -> Problem:
    """The problem that is left; `tolerances` say how exactly given values are printed.

    Raises QuizgenError for a name that the problem has not, and for a draw that it would never make.
    """
    if cut.is_whole:
        return problem
    draws = dict(problem.draws)
    for name, source in cut.draw.items():
        if name not in draws:
            hint = did_you_mean(name, draws) or f"It draws: {', '.join(draws)}."
            raise QuizgenError(f"'{problem.name}' draws no '{name}'", hint=hint)
        draws[name] = _formula(problem, name, source)
    narrower = problem.rebuilt(draws=draws)
    for name in cut.draw:
        _check_narrower(problem, narrower, name)
    names = [answer.name for answer in problem.answers]
    for name in cut.answers:
        if name not in names:
            hint = did_you_mean(name, names) or f"It asks for: {', '.join(names)}."
            raise QuizgenError(f"'{problem.name}' asks for no '{name}'", hint=hint)
    answers = tuple(answer for answer in problem.answers if not cut.answers or answer.name in cut.answers)
    left_out = tuple(answer for answer in problem.answers if answer not in answers)
    given = {answer.of: _exactly(answer, tolerances) for answer in reversed(_given(problem, answers, left_out))}
    unasked = {answer.name for answer in left_out if answer.of not in given}
    wordings = {
        code: replace(wording, question=_shorter(wording.text, wording.file, unasked))
        for code, wording in problem.wordings.items()
    }
    narrower = narrower.rebuilt(
        answers=answers,
        left_out=left_out,
        given=given,
        examples=(),
        question=_shorter(problem.text, problem.file, unasked),
        wordings=wordings,
    )
    return narrower.rebuilt(mistakes=tuple(_still_made(narrower)))


def _shorter(text: str, file: str, unasked: set[str]) -> Template:
    """The question of a file without the parts that are not asked."""
    source, line = section(text, file, "Question")
    return parse_template(without_parts(source, unasked), file, line)


def _given(problem: Problem, answers: tuple[Answer, ...], left_out: tuple[Answer, ...]) -> list[Answer]:
    """The answers that are printed: above an asked one, below none, and betraying none.

    A value betrays an asked answer that does not build on it but comes from the same unasked work.
    """
    asked = frozenset(answer.of for answer in answers)
    above, below = problem.graph.above(asked), asked | problem.graph.below(asked)
    found = [answer for answer in left_out if answer.of in above - below]
    while found:
        cut = Graph({s: () if s in {a.of for a in found} else reads for s, reads in problem.graph.reads.items()})
        work = {step: cut.above([step]) | {step} for step in asked}
        fine = [
            one
            for one in found
            if not any(
                (problem.graph.above([one.of]) - {a.of for a in found}) & steps
                for step, steps in work.items()
                if one.of not in problem.graph.above([step])
            )
        ]
        if len(fine) == len(found):
            break
        found = fine
    for answer in found:
        if answer.by_hand or answer.formula is not None:
            what = f"'{answer.name}' cannot be printed, but what is asked starts from it"
            raise QuizgenError(what, hint=f"Ask '{answer.name}', too.")
    return found


def _exactly(answer: Answer, tolerances: Mapping[str, Tolerance]) -> Tolerance:
    """How a given value is printed: as it would be asked, else to as many figures as staff values."""
    asked = answer.ask or answer.tolerance(tolerances)
    return asked if any(rule.unit in ("decimals", "figures", "whole") for rule in asked.rules) else _PRINTED


def _still_made(problem: Problem) -> list[Mistake]:
    """The mistakes that somebody can still make, with their formulas for the steps taken by whoever makes them."""
    left = []
    for mistake in problem.mistakes:
        reads = problem.graph.reads | {step: mistake.steps[step].names for step in mistake.steps.keys() - problem.given}
        own = Graph(reads)
        taken = problem.asked | own.above(problem.asked)
        steps = {step: mistake.steps[step] for step in mistake.steps if step in taken - problem.given.keys()}
        if steps:
            left.append(mistake.rebuilt(steps=steps))
    return left


def _formula(problem: Problem, name: str, source: str) -> Expression:
    """A draw of a blueprint; a single value is a choice of one, a text where the problem draws texts."""
    if DRAWN.match(source):
        return draw_formula(source)
    texts = any(problem.drawers(structure)[name].values.dtype.kind == "U" for structure in problem.structures)
    return draw_formula(f"choice({source})" if _NUMBER.fullmatch(source) and not texts else f'choice("{source}")')


def _check_narrower(problem: Problem, narrower: Problem, name: str) -> None:
    """Refuse a draw that could make what the problem's own could not."""
    own, formula = problem.draws[name], narrower.draws[name]
    if not formula.names <= own.names:
        raise QuizgenError(f"the draw '{name}' of '{problem.name}' cannot use {', '.join(formula.names - own.names)}")
    for structure in narrower.structures:
        try:
            wide, narrow = own.drawer(structure), formula.drawer(structure)
        except (ValueError, TypeError) as error:
            raise QuizgenError(f"draw '{name}': {error}") from None
        if narrow.shape != wide.shape:
            raise QuizgenError(
                f"the draw '{name}' of '{problem.name}' has the shape {wide.shape}, this one {narrow.shape}",
                hint=f"The problem draws {own.source}.",
            )
        if (narrow.values.dtype.kind == "U") != (wide.values.dtype.kind == "U"):
            raise QuizgenError(f"'{problem.name}' never draws such values for '{name}'", hint=f"It draws {own.source}.")
        strange = np.setdiff1d(narrow.values, wide.values)
        if len(strange):
            raise QuizgenError(
                f"'{problem.name}' never draws {strange[0]} for '{name}'", hint=f"It draws {own.source}."
            )
        if (wide.distinct and not narrow.distinct) or wide.negative not in (None, narrow.negative):
            raise QuizgenError(
                f"the draw '{name}' of '{problem.name}' needs the same `distinct` and `negative`",
                hint=f"The problem draws {own.source}.",
            )
