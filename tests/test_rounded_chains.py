"""Students who round on the way, or do not, are all right: full marks in every draw of every shipped problem."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from quizgen.answers.agreement import a_place
from quizgen.answers.typed import STATES, State, Typed
from quizgen.bank.folders import open_bank, open_grader
from quizgen.draw.search import draw
from quizgen.draw.stream import secret_of
from quizgen.draw.tellapart import kept
from quizgen.language.tolerance import Rule, Tolerance
from quizgen.marking.fold import mark
from quizgen.world.values import Value
from quizgen.world.worlds import Belief, world

DRAWS = 200
GRADER = open_grader("standard")
BANK = open_bank("cnn")
WHOLE = [(name, "", 0) for name in BANK.names]
CUT = [
    (slot.problem, plan, number) for plan in BANK.blueprints for number, slot in enumerate(BANK.blueprint(plan).slots)
]


def fully(_):
    """Nothing is rounded."""


def as_asked(asked):
    return asked


def one_digit_more(asked):
    rules = (Rule(r.unit, r.amount + 1) if r.unit in ("figures", "decimals") else r for r in asked.rules)
    return Tolerance(asked.source, tuple(rules))


@dataclass(frozen=True)
class Way:
    """How exactly somebody writes figures down, goes on with them, and takes unasked steps on the way."""

    writes: object
    goes_on: object
    between: object = fully


WAYS = {
    "full precision": Way(fully, fully),
    "every written figure rounded as asked": Way(as_asked, as_asked),
    "every step rounded as asked": Way(as_asked, as_asked, as_asked),
    "one digit more than asked": Way(one_digit_more, one_digit_more),
    "every step with one digit more": Way(one_digit_more, one_digit_more, one_digit_more),
    "written as asked, the calculator's number kept": Way(as_asked, fully),
    "written in full, gone on as asked": Way(fully, as_asked),
    "written with one digit more, gone on as asked": Way(one_digit_more, as_asked),
    "written as asked, gone on with one digit more": Way(as_asked, one_digit_more),
    "written in full, every step rounded as asked": Way(fully, as_asked, as_asked),
}


def rounded(how, cells):
    return cells if how is None else np.where(np.isnan(cells), np.nan, how.rounded(np.nan_to_num(cells)))


def typed_in(way, problem, params):
    """What such students type for every answer of their variants."""
    own = world(problem, params)
    typed = {}
    for answer in problem.answers:
        asked = answer.ask or answer.tolerance(GRADER.tolerance)
        between = way.between(asked)
        seen = own if between is None else own.rounded(between, kept(problem))
        value = seen.value(answer.of, answer.step_axes)
        if answer.kind == "location":
            typed[answer.name] = Typed.of(a_place(value))
            continue
        cells = value.cells.astype(float)
        typed[answer.name] = Typed.of(Value(rounded(way.writes(asked), cells), np.maximum(value.shape, 0)))
        if answer.carry:
            own = own.believing(Belief(answer.of, Value(rounded(way.goes_on(asked), cells), value.shape)))
    return typed


@cache
def drawn(name, plan, number):
    """A problem as it is, or as a blueprint cuts it, with some variants."""
    problem = BANK.problem(name)
    if plan:
        problem = BANK.blueprint(plan).slots[number].cut(problem, GRADER.tolerance)
    return problem, draw(problem, secret_of("rounding"), "Q1", DRAWS, GRADER.tolerance).params


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("which", WHOLE + CUT, ids=lambda which: f"{which[1]}-{which[0]}".lstrip("-"))
def test_whoever_rounds_honestly_has_full_marks_in_every_draw(which, way):
    problem, params = drawn(*which)
    marks, _ = mark(problem, GRADER, params, typed_in(WAYS[way], problem, params))
    lost = {name: int((marked.credit.floats < 1).sum()) for name, marked in marks.items()}
    assert set(lost.values()) == {0}, lost


@pytest.mark.parametrize("which", WHOLE, ids=lambda which: which[0])
def test_whoever_rounds_in_the_head_and_leaves_answers_out_loses_only_these(which):
    problem, params = drawn(*which)
    typed = typed_in(WAYS["every written figure rounded as asked"], problem, params)
    random = np.random.default_rng(0)
    for name, given in typed.items():
        out = random.random(DRAWS) < 0.5
        cells = np.where(out, np.nan, given.value.cells)
        state = np.where(out, STATES.index(State.BLANK), given.state).astype(np.uint8)
        typed[name] = Typed(Value(cells, given.value.shape), state)
    marks, _ = mark(problem, GRADER, params, typed)
    for name, marked in marks.items():
        read = typed[name].state == STATES.index(State.READ)
        assert 0 < read.sum() < DRAWS
        assert (marked.credit.floats[read] == 1).all(), name
        assert (marked.credit.floats[~read] == 0).all(), name


def test_too_coarse_rounding_is_not_right():
    problem, params = drawn("mlp-backprop", "", 0)
    coarse = Way(lambda asked: Tolerance("1 decimal", (Rule("decimals", 1),)), fully)
    marks, _ = mark(problem, GRADER, params, typed_in(coarse, problem, params))
    assert marks["o3"].credit.floats.mean() < 0.5
