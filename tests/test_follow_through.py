"""A long chain with a slip near its start: the author of seed 003, marked by us, pays for each of his slips once.

His sheet trains a small CNN for one step. Three of his slips are his own: the gradient of the weights is handed down to
the pooled map, the bias gradient of the filter is a number of its own, and the last column of the new filter has the
wrong sign. The other columns do the first slip only and go on rightly: exactly, and from gradients of three decimals.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from quizgen.answers.typed import Typed
from quizgen.bank.folders import Bank, open_grader, shipped_folder
from quizgen.check import example_world
from quizgen.marking.fold import mark
from quizgen.marking.outcomes import OUTCOMES, RULES, Outcome, Rule
from quizgen.world.values import Value

PASSED_DOWN = "weight-gradient-passed-down"
LAST_COLUMN = "wrong-sign-in-last-column"
RIGHT = (Outcome.CORRECT, Outcome.CARRIED)


def rows(row):
    """A map of five equal rows."""
    return [row] * 5


def routed(upper, lower):
    """The gradient of a 5 x 5 map: each window's goes to its first largest cell."""
    nothing = [0, 0, 0, 0, 0]
    return [[0, *upper, 0, 0], nothing, [0, *lower, 0, 0], nothing, nothing]


# What everybody writes before the slip; the author with three decimals, the others exactly.
FORWARD = {
    "y_hat": 0.634136,
    "loss": 0.455492,
    "d_output_bias": -0.365864,
    "d_weights": [-0.292692, -0.256105, -0.292692, -0.256105],
    "new_weights": [0.346346, 0.228053, 0.446346, 0.528053],
    "new_output_bias": -0.0170678,
}

AS_PRINTED = {
    "y_hat": 0.634,
    "loss": 0.456,
    "d_output_bias": -0.367,
    "d_weights": [-0.293, -0.257, -0.293, -0.257],
    "d_pool": [[-0.293, -0.257], [-0.293, -0.257]],
    "d_relu": routed([-0.293, -0.257], [-0.293, -0.257]),
    "d_conv": routed([-0.293, -0.257], [-0.293, -0.257]),
    "d_filter": [[0, -0.514, -0.586]] * 3,
    "d_bias": -1.613,
    "new_weights": [0.3465, 0.2285, 0.4465, 0.5285],
    "new_output_bias": -0.017,
    "new_filter": [[0.2, 0.356, 0.007], [0.1, 0.456, 0.107], [0.3, 0.657, -0.193]],
    "new_bias": 0.806,
    "new_conv": rows([0.806, 0.727, 2.277, 1.406, 0.806]),
    "new_pool": [[2.277, 2.277], [2.277, 2.277]],
    "new_z": 3.51285,
    "new_y_hat": 0.97105119,
    "new_loss": 0.0293761,
    "left": 0.0293761 / 0.456,
}

SLIP_ONLY = FORWARD | {
    "d_pool": [[-0.292692, -0.256105], [-0.292692, -0.256105]],
    "d_relu": routed([-0.292692, -0.256105], [-0.292692, -0.256105]),
    "d_conv": routed([-0.292692, -0.256105], [-0.292692, -0.256105]),
    "d_filter": [[0, -0.51221, -0.585383]] * 3,
    "d_bias": -1.09759,
    "new_filter": [[0.2, 0.356105, 0.592692], [0.1, 0.456105, 0.692692], [0.3, 0.656105, 0.392692]],
    "new_bias": 0.548797,
    "new_conv": rows([0.548797, 2.22687, 2.01711, 1.1488, 0.548797]),
    "new_pool": [[2.22687, 2.01711], [2.22687, 2.01711]],
    "new_z": 3.2733,
    "new_y_hat": 0.963501,
    "new_loss": 0.0371812,
    "left": 0.0371812 / 0.455492,
}

SLIP_ROUNDED = FORWARD | {
    "d_pool": [[-0.293, -0.257], [-0.293, -0.257]],
    "d_relu": routed([-0.293, -0.257], [-0.293, -0.257]),
    "d_conv": routed([-0.293, -0.257], [-0.293, -0.257]),
    "d_filter": [[0, -0.514, -0.586]] * 3,
    "d_bias": -1.1,
    "new_filter": [[0.2, 0.357, 0.593], [0.1, 0.457, 0.693], [0.3, 0.657, 0.393]],
    "new_bias": 0.55,
    "new_conv": rows([0.55, 2.229, 2.021, 1.15, 0.55]),
    "new_pool": [[2.229, 2.021], [2.229, 2.021]],
    "new_z": 3.27793,
    "new_y_hat": 0.963664,
    "new_loss": 0.0370127,
    "left": 0.0370127 / 0.455492,
}

FULLY_RIGHT = FORWARD | {
    "d_pool": [[-0.0731729, -0.0365864], [-0.109759, -0.146346]],
    "d_relu": routed([-0.0731729, -0.0365864], [-0.109759, -0.146346]),
    "d_conv": routed([-0.0731729, -0.0365864], [-0.109759, -0.146346]),
    "d_filter": [[0, -0.182932, -0.182932]] * 3,
    "d_bias": -0.365864,
    "new_filter": [[0.2, 0.191466, 0.391466], [0.1, 0.291466, 0.491466], [0.3, 0.491466, 0.191466]],
    "new_bias": 0.182932,
    "new_conv": rows([0.182932, 1.25733, 1.15733, 0.782932, 0.182932]),
    "new_pool": [[1.25733, 1.15733], [1.25733, 1.15733]],
    "new_z": 1.85467,
    "new_y_hat": 0.864675,
    "new_loss": 0.145402,
    "left": 0.145402 / 0.455492,
}


@cache
def training():
    """The problem and its known instance, seed 003."""
    problem = Bank("cnn", shipped_folder("banks") / "cnn").problem("cnn-train-step")
    (example,) = problem.examples
    return problem, example


def marks_of(written):
    """Mark one student of the known instance who wrote these numbers."""
    problem, example = training()
    assert written.keys() == {answer.name for answer in problem.answers}
    params = {name: Value.dense(np.array(value)[..., None]) for name, value in example.draw.items()}
    typed = {name: Typed.of(Value.dense(np.array(value, dtype=float)[..., None])) for name, value in written.items()}
    marks, _ = mark(problem, open_grader("standard"), params, typed)
    return {name: in_words(problem, marked) for name, marked in marks.items()}


def in_words(problem, marked):
    """Outcome, mistake and share of the points of one student."""
    (note,) = marked.note
    named = problem.mistakes[note].id if note >= 0 else ""
    return OUTCOMES[marked.outcome[0]], named, marked.credit.fraction(0), RULES[marked.rule[0]]


def lost(marks):
    """What is neither right nor carried, and why."""
    return {name: (outcome, note) for name, (outcome, note, _, _) in marks.items() if outcome not in RIGHT}


def test_whoever_does_everything_right_has_full_marks():
    marks = marks_of(FULLY_RIGHT)
    assert {outcome for outcome, *_ in marks.values()} == {Outcome.CORRECT}


@pytest.mark.parametrize("written", [SLIP_ONLY, SLIP_ROUNDED], ids=["exact", "three decimals"])
def test_one_slip_is_paid_for_once(written):
    marks = marks_of(written)
    assert lost(marks) == {"d_pool": (Outcome.MISTAKE, PASSED_DOWN)}
    before = {"y_hat", "loss", "d_output_bias", "d_weights", "new_weights", "new_output_bias"}
    for name, (outcome, _, share, rule) in marks.items():
        if name in before:
            assert outcome == Outcome.CORRECT, name
        elif name != "d_pool":
            assert (outcome, share, rule) == (Outcome.CARRIED, 1, Rule.OWN), name


def test_the_author_loses_his_three_slips_once_each():
    marks = marks_of(AS_PRINTED)
    assert lost(marks) == {
        "d_pool": (Outcome.MISTAKE, PASSED_DOWN),
        "d_bias": (Outcome.WRONG, ""),
        "new_filter": (Outcome.MISTAKE, LAST_COLUMN),
    }
    half = {name: share for name, (_, _, share, _) in marks.items() if 0 < share < 1}
    assert half == {"d_pool": Fraction(1, 2), "new_filter": Fraction(1, 2)}


def test_the_author_is_carried_for_the_rest():
    marks = marks_of(AS_PRINTED)
    rest = marks.keys() - lost(marks).keys()
    assert {name for name in rest if marks[name][0] == Outcome.CARRIED} == {
        "d_relu",
        "d_conv",
        "d_filter",
        "new_bias",
        "new_conv",
        "new_pool",  # four equal numbers, by honest work
        "new_z",
        "new_y_hat",
        "new_loss",
        "left",
    }
    assert {name for name in rest if marks[name][0] == Outcome.CORRECT} == {
        "y_hat",
        "loss",
        "d_output_bias",
        "d_weights",
        "new_weights",
        "new_output_bias",
    }


def test_the_numbers_of_the_right_column_are_those_of_the_problem():
    problem, example = training()
    truth = example_world(problem, example)
    for answer in problem.answers:
        value = truth.value(answer.of, answer.axes).cells[..., 0]
        assert np.allclose(value, FULLY_RIGHT[answer.name], rtol=1e-5, atol=1e-6), answer.name
