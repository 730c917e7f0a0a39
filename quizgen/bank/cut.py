"""What a blueprint takes of a problem: some of its answers, some of its draws. A cut problem is a problem again.

Answers that are not asked but stand above all asked ones are *given*: printed in the question as precisely as they
would be asked, and everything below is computed from what is printed. (What lies between asked answers is not given, for
it would betray the upper one.) Nobody can slip above a given value, so a mistake keeps only the steps still taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import PlainValidator

from quizgen.bank.written import DRAWN, Model, draw_formula
from quizgen.errors import QuizgenError, did_you_mean
from quizgen.language.expr import Expression
from quizgen.language.tolerance import Tolerance
from quizgen.problem.model import Frozen, Mistake, Problem

_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_WORD = re.compile(r"[^\"\\()]{1,100}")


def _narrowed(text: Any) -> str:
    """A draw as in a problem file, or one value: that is a choice of one."""
    source = str(text).strip()
    if not DRAWN.match(source):
        if not _WORD.fullmatch(source):
            raise ValueError("one value is needed here, or a draw: integers(...), decimals(...), choice(...)")
        source = f"choice({source})" if _NUMBER.fullmatch(source) else f'choice("{source}")'
    draw_formula(source)
    return source


class Cut(Frozen):
    """Some answers of a problem (all, if none is named), and draws by name in place of the problem's own."""

    answers: tuple[str, ...] = ()
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
        draws[name] = draw_formula(source)
        _check_narrower(problem, name, draws[name])
    names = [answer.name for answer in problem.answers]
    for name in cut.answers:
        if name not in names:
            hint = did_you_mean(name, names) or f"It asks for: {', '.join(names)}."
            raise QuizgenError(f"'{problem.name}' asks for no '{name}'", hint=hint)
    answers = tuple(answer for answer in problem.answers if not cut.answers or answer.name in cut.answers)
    left_out = tuple(answer for answer in problem.answers if answer not in answers)
    asked = frozenset(answer.of for answer in answers)
    above, below = problem.graph.above(asked), asked | problem.graph.below(asked)
    given = {a.of: a.ask or a.tolerance(tolerances) for a in left_out if a.of in above - below}
    narrower = _rebuilt(problem, draws=draws, answers=answers, left_out=left_out, given=given)
    live = (narrower.graph.above(asked) | asked) - given.keys()
    return _rebuilt(narrower, mistakes=tuple(_still_made(problem.mistakes, live)), examples=())


def _rebuilt(model: Model, **changes: Any) -> Model:
    """A model with other fields; nothing that was computed from the old ones is kept."""
    return type(model)(**{name: getattr(model, name) for name in type(model).model_fields} | changes)


def _still_made(mistakes: tuple[Mistake, ...], live: frozenset[str]) -> list[Mistake]:
    """The mistakes that somebody can make in the live steps, with their formulas for those alone."""
    left = []
    for mistake in mistakes:
        steps = {step: formula for step, formula in mistake.steps.items() if step in live}
        if steps:
            left.append(_rebuilt(mistake, steps=steps))
    return left


def _check_narrower(problem: Problem, name: str, formula: Expression) -> None:
    """Refuse a draw that could make what the problem's own could not."""
    own = problem.draws[name]
    if not formula.names <= own.names:
        raise QuizgenError(f"the draw '{name}' of '{problem.name}' cannot use {', '.join(formula.names - own.names)}")
    for structure in problem.structures:
        try:
            wide, narrow = own.drawer(structure), formula.drawer(structure)
        except (ValueError, TypeError) as error:
            raise QuizgenError(f"draw '{name}': {error}") from None
        if narrow.shape != wide.shape:
            raise QuizgenError(
                f"the draw '{name}' of '{problem.name}' has the shape {wide.shape}, this one {narrow.shape}",
                hint=f"The problem draws {own.source}.",
            )
        strange = np.setdiff1d(narrow.values, wide.values)
        if len(strange):
            raise QuizgenError(
                f"'{problem.name}' never draws {strange[0]} for '{name}'", hint=f"It draws {own.source}."
            )
