"""What an author may draw: tables of equally likely values, exact as printed."""

from decimal import Decimal
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizgen.bank.problemfile import read_problem
from quizgen.errors import QuizgenError
from quizgen.language.expr import Scope, compile_expression
from quizgen.problem.drawers import DRAWERS, MAX_CELLS, MAX_VALUES, choice, decimals, integers

PROBLEM = """---
title: Dice
draw:
  dice: DRAW
steps:
  double: 2 * dice
answers:
  double: {points: 1}
---
# Question
<<dice>> [[double]]

# Solution
"""

laws = settings(max_examples=150, deadline=None)


def drawer_of(source):
    return compile_expression(source, table=DRAWERS).tree.value(Scope({}, 1))


def test_integers_include_both_ends():
    drawer = integers(-2, 3)
    assert drawer.values.tolist() == [-2, -1, 0, 1, 2, 3]
    assert (drawer.values.dtype.kind, drawer.shape, drawer.cells, drawer.space, drawer.whole) == ("i", (), 1, 6, True)
    assert integers(4, 4).values.tolist() == [4]


def test_shapes():
    drawer = integers(0, 4, shape=(4, 3))
    assert (drawer.shape, drawer.cells, drawer.space) == ((4, 3), 12, 5**12)
    assert integers(0, 4, shape=5).shape == (5,)
    assert integers(0, 1, shape=(64, 64)).space == 2**4096


def test_without():
    assert integers(-2, 2, without=0).values.tolist() == [-2, -1, 1, 2]
    assert integers(-2, 2, without=(-1, 0, 1)).values.tolist() == [-2, 2]
    assert decimals(-0.2, 0.2, step=0.1, without=0).values.tolist() == [-0.2, -0.1, 0.1, 0.2]
    assert decimals(0.1, 0.5, step=0.1, without=(0.3, 0.1)).values.tolist() == [0.2, 0.4, 0.5]
    assert integers(1, 3, without=77).values.tolist() == [1, 2, 3]


def test_decimals_are_what_a_person_would_write():
    drawer = decimals(0, 9.9, step=0.1)
    assert [repr(x) for x in drawer.values.tolist()] == [
        str(Decimal(k) / 10) if k % 10 else f"{k // 10}.0" for k in range(100)
    ]
    naive = [k * 0.1 for k in range(100)]
    assert sum(a != b for a, b in zip(naive, drawer.values.tolist(), strict=True)) > 30  # the trap this avoids
    assert not drawer.whole


@laws
@given(
    st.sampled_from(["0.1", "0.01", "0.001", "0.05", "0.25", "0.5", "0.2", "0.3", "2.5", "1", "10", "1e-3", "0.0001"]),
    st.integers(-5_000, 5_000),
    st.integers(0, 60),
)
def test_every_value_is_the_nearest_double_of_a_whole_number_of_steps(step, first, count):
    exact = [Decimal(step) * k for k in range(first, first + count + 1)]
    drawer = decimals(float(exact[0]), float(exact[-1]), step=float(step))
    assert drawer.values.tolist() == [float(value) for value in exact]


@laws
@given(st.integers(-(10**6), 10**6), st.integers(0, 200), st.integers(1, 12))
def test_space_counts_what_can_be_drawn(low, width, cells):
    drawer = integers(low, low + width, shape=cells)
    assert len(drawer.values) == width + 1 == len(set(drawer.values.tolist()))
    assert drawer.space == (width + 1) ** cells


def test_choices():
    assert choice("A", "B").values.tolist() == ["A", "B"]
    assert choice(16, 32, 64).values.tolist() == [16, 32, 64]
    assert choice(0.1, 0.2).values.tolist() == [0.1, 0.2]
    assert choice("A").space == 1
    assert choice("A", "B").shape == ()


def test_in_the_language():
    assert drawer_of("integers(-1, 2, without=0)").values.tolist() == [-1, 1, 2]
    assert drawer_of("decimals(-0.5, 0.5, step=0.1, shape=(2, 2))").shape == (2, 2)
    assert drawer_of("decimals(-0.5, 0.5, 0.5)").values.tolist() == [-0.5, 0.0, 0.5]
    assert drawer_of("integers(1, 6, shape=(3))").shape == (3,)
    assert drawer_of("integers(1, 6, shape=(3,))").shape == (3,)
    assert drawer_of("integers(0, 8, without=(1, 2))").values.tolist() == [0, 3, 4, 5, 6, 7, 8]
    assert drawer_of("choice('A', 'B')").values.tolist() == ["A", "B"]
    assert drawer_of("choice(0.1, 1)").values.tolist() == [0.1, 1]
    assert drawer_of("integers(2 ** 3, 3 * 4)").values.tolist() == [8, 9, 10, 11, 12]


def everything(drawer):
    """All that a drawer can draw, one row each."""
    indices = np.array([*product(*map(range, drawer.choices))]).T
    return drawer.drawn(indices).reshape(drawer.cells, -1).T


@laws
@given(st.integers(1, 4), st.integers(0, 3), st.booleans(), st.integers(0, 4))
def test_each_arrangement_is_drawn_by_one_choice_of_indices(largest, extra, distinct, negative):
    cells = min(max(negative, 1 + extra), largest if distinct else 4)
    drawer = integers(-largest, largest, without=0, shape=cells, distinct=distinct, negative=min(negative, cells))
    drawn = everything(drawer)
    wanted = [
        row
        for row in product([*range(-largest, 0), *range(1, largest + 1)], repeat=cells)
        if sum(x < 0 for x in row) == min(negative, cells) and not (distinct and len(set(map(abs, row))) < cells)
    ]
    assert sorted(map(tuple, drawn.tolist())) == sorted(wanted)
    assert drawer.space == len(wanted)


@laws
@given(st.integers(-5, 5), st.integers(1, 5), st.integers(1, 4))
def test_distinct_cells_are_all_arrangements_without_repetition(low, values, cells):
    drawer = integers(low, low + values - 1, shape=min(cells, values), distinct=True)
    wanted = permutations(range(low, low + values), min(cells, values))
    assert sorted(map(tuple, everything(drawer).tolist())) == sorted(wanted)


def test_distinct_and_negative_in_the_language():
    drawer = drawer_of("decimals(-0.5, 0.5, step=0.1, without=0, shape=(2, 2), distinct=True, negative=2)")
    assert drawer.choices == (5, 4, 3, 2, 6)
    drawn = everything(drawer)
    assert {(row < 0).sum() for row in drawn} == {2}
    assert set(np.unique(drawn).tolist()) == set(drawer.values.tolist())
    assert drawer_of("integers(1, 9, shape=3)").choices == (9, 9, 9)
    assert drawer_of("integers(-1, 1, without=0, negative=1)").drawn(np.array([[0], [0]])).tolist() == [-1.0]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("integers(1, 3, shape=4, distinct=True)", "4 cells cannot all be different: there are only 3 values"),
        (
            "integers(-2, 2, without=0, shape=3, distinct=True, negative=1)",
            "3 cells cannot all be different: there are only 2 absolute values",
        ),
        ("integers(1, 2000, shape=2, distinct=True)", "distinct cells are taken from 1,024 values at most"),
        ("integers(1, 3, shape=2, distinct='yes')", "distinct=yes is neither True nor False"),
        ("integers(-2, 2, shape=3, negative=1)", "`negative` needs a range with both signs"),
        ("integers(-2, 3, without=0, shape=3, negative=1)", "`negative` needs a range with both signs"),
        ("integers(-2, 2, without=0, shape=3, negative=4)", "negative=4 is no number of cells. Write 0 to 3."),
        ("integers(-2, 2, without=0, shape=(9, 9), negative=40)", "there are too many ways to make 40 of 81 cells"),
        ("integers(-1, 1, without=0, shape=4096, negative=4095)", "there are too many ways to make 4095 of 4096 cells"),
        ("integers(2, 3, without=(2, 3))", "`without` leaves nothing to draw"),
        ("integers(1.5, 3)", "the bounds 1.5 and 3 are not whole steps of 1"),
        ("decimals(0, 1, step=0.3)", "the bounds 0 and 1 are not whole steps of 0.3"),
        ("decimals(0.05, 1, step=0.1)", "the bounds 0.05 and 1 are not whole steps of 0.1"),
        ("decimals(0, 1, step=0)", "the step must be larger than 0"),
        ("decimals(0, 1, step=-0.1)", "the step must be larger than 0"),
        ("integers(0, 4, shape=0)", "shape=0 is not a shape. Write whole numbers from 1, as in shape=(3, 3)."),
        ("integers(0, 4, shape=(2, -1))", "shape=(2, -1) is not a shape."),
        ("integers(0, 4, shape=2.5)", "shape=2.5 is not a shape."),
        ("integers(0, 4, shape='a')", "shape=a is not a shape."),
        ("integers(0, 4, shape=(65, 64))", f"shape=(65, 64) asks for 4,160 numbers; the limit is {MAX_CELLS:,}"),
        ("integers(0, 1, shape=(1000000000))", "shape=1000000000 asks for 1,000,000,000 numbers;"),
        ("choice('A', 1)", "choice(...) needs options, "),
        ("choice('A', 'A')", "choice(...) names the same option twice. Name each option once."),
        ("choice(1, 1.0)", "choice(...) names the same option twice."),
        ("choice()", "choice(...) needs options"),
    ],
)
def test_what_cannot_be_drawn(source, message):
    with pytest.raises(QuizgenError) as caught:
        drawer_of(source)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    "source",
    [
        "integers(3, 2)",
        "integers(0, 1048576)",
        "integers(0, 10 ** 17)",
        "decimals(0, 1, step=1e-9)",
        "integers('a', 3)",
        "integers(1, 3, without='a')",
        "decimals(0, 1, step='a')",
        "integers(0, 1 / 0)",
        "integers(0, -ln(0))",
        "integers(0, 0 / 0)",
        "decimals(0, 1, step=1 / 0)",
        "choice([1, 2], [3, 4])",
        "choice((1, 2))",
        "choice(1 / 0)",
        "choice(0 / 0, 1)",
        "integers(2 ** 53, 2 ** 53 + 4)",  # parameters are doubles, which cannot hold 2 ** 53 + 1
        "integers(-(2 ** 53) - 4, -(2 ** 53))",
    ],
)
def test_odd_arguments_are_refused_politely(source):
    with pytest.raises(QuizgenError, match=r"^dice\.md:4: draw 'dice': "):
        read_problem(PROBLEM.replace("DRAW", source), "dice.md", "dice")


def test_that_problem_is_fine_otherwise():
    assert read_problem(PROBLEM.replace("DRAW", "integers(1, 6)"), "dice.md", "dice").draws.keys() == {"dice"}


def test_tiny_steps_work():
    assert drawer_of("decimals(0, 5e-18, step=1e-18)").values.tolist() == [0, 1e-18, 2e-18, 3e-18, 4e-18, 5e-18]


def test_the_largest_tables_work():
    assert len(integers(1, MAX_VALUES).values) == MAX_VALUES
    assert integers(0, 1, shape=MAX_CELLS).cells == MAX_CELLS


def test_large_whole_numbers_stay_exact():
    drawer = integers(2**53 - 3, 2**53)
    assert drawer.values.tolist() == [2**53 - 3, 2**53 - 2, 2**53 - 1, 2**53]
    assert drawer.values.astype(float).astype(np.int64).tolist() == drawer.values.tolist()
