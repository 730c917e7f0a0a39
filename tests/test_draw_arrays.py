"""What makes drawing quick never changes what is drawn: digests in arrays, glances, mistakes read where they show."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizgen.answers.agreement import apart, clearly_apart, differing, identical, reading
from quizgen.answers.fairness import Work, flattened, monotonous
from quizgen.bank.folders import open_bank, open_grader
from quizgen.draw.digests import Digests, digest, repeated
from quizgen.draw.parameters import Space
from quizgen.draw.search import draw
from quizgen.draw.stream import secret_of
from quizgen.draw.tellapart import shows
from quizgen.language.tolerance import parse_tolerance
from quizgen.world.values import Value
from quizgen.world.worlds import Belief, mistaken, world

BANK = open_bank("cnn")
FEW = st.lists(st.integers(0, 40), max_size=60)


def digests_of(numbers):
    return digest(np.array([numbers], dtype=np.uint64).reshape(1, -1))


@given(st.lists(FEW, max_size=6), FEW)
def test_digests_are_a_set(added, asked):
    found, expected = Digests(), set()
    for numbers in added:
        found.add(digests_of(numbers))
        expected.update(numbers)
    assert found.holds(digests_of(asked)).tolist() == [number in expected for number in asked]
    assert len(found) == len(expected)


def test_a_set_of_digests_grows():
    found = Digests(digests_of(range(3)).tolist())
    for start in range(0, 9_000, 1_500):
        found.add(digests_of(range(start, start + 3_000)))
    assert found.holds(digests_of(range(20_000))).tolist() == [number < 10_500 for number in range(20_000)]
    assert len(found) == 10_500


def test_digests_that_meet_in_a_slot_stand_side_by_side():
    halves = np.array([[5, second] for second in range(700)], dtype=np.uint64)
    all_meet = np.ascontiguousarray(halves).view("V16").ravel()
    found = Digests()
    found.add(all_meet[:400])
    assert found.holds(all_meet).tolist() == [number < 400 for number in range(700)]


@given(FEW)
def test_what_is_repeated(numbers):
    assert repeated(digests_of(numbers)).tolist() == [number in numbers[:i] for i, number in enumerate(numbers)]


# A glance decides only what looking at every cell decides in the same way

NUMBERS = st.one_of(
    st.integers(-3, 3).map(float),
    st.floats(-1e6, 1e6, allow_nan=False),
    st.sampled_from([0.0, 1e-12, 1.0, 1.0 + 1e-10, 1e15, np.nan, np.inf, -np.inf]),
)
RULES = ("exact", "whole number", "2 decimals", "3 figures or 0.0005", "1% or 0.01")


@settings(max_examples=300)
@given(st.data(), st.integers(1, 5), st.sampled_from(RULES))
def test_a_glance_tells_what_a_long_look_tells(data, cells, rule):
    rows = st.lists(NUMBERS, min_size=2 * cells, max_size=2 * cells)
    numbers = np.array(data.draw(st.lists(rows, min_size=2, max_size=6))).T.copy()
    seen = [reading(Value.dense(part), None, parse_tolerance(rule)) for part in (numbers[:cells], numbers[cells:])]
    clear = clearly_apart(*seen)
    for i in np.flatnonzero(clear):
        one, other = (side.take(np.array([i])) for side in seen)
        gap = np.abs(one.value.cells - other.value.cells)
        assert (gap > one.reach + other.reach).any()
        assert not identical(one, other).any()
    alone = [apart(*(side.take(np.array([i])) for side in seen))[0] for i in range(numbers.shape[1])]
    assert apart(*seen).tolist() == alone
    assert differing(*seen).tolist() == (~identical(*seen)).tolist()


def ragged(*columns):
    """A value whose columns are square matrices of different sizes."""
    side = max(len(column) for column in columns)
    cells, sizes = np.full((side, side, len(columns)), np.nan), np.array([[len(column) for column in columns]] * 2)
    for i, column in enumerate(columns):
        cells[: len(column), : len(column), i] = column
    return Value(cells, sizes.astype(np.int32))


def test_room_is_the_same_beside_a_larger_neighbour():
    """A column's tolerance counts although another one of the same values has another shape."""
    small, near, large = np.ones((2, 2)), np.full((2, 2), 1.004), np.ones((3, 3))
    rule = parse_tolerance("2 decimals")
    one, other = reading(ragged(small, small), None, rule), reading(ragged(near, large), None, rule)
    assert apart(one, other).tolist() == [False, True]
    assert apart(other, one).tolist() == [False, True]
    assert apart(one.take(np.array([0])), other.take(np.array([0]))).tolist() == [False]


def test_cells_that_are_exchanged_are_told_by_a_glance():
    cells = np.arange(12.0).reshape(3, 4, 1)
    one, other = (reading(Value.dense(x), None, parse_tolerance("exact")) for x in (cells, cells[::-1].copy()))
    assert clearly_apart(one, other).all()


@given(st.data(), st.integers(1, 20))
def test_what_is_flat_is_found_though_most_is_not_looked_at_closely(data, cells):
    columns = st.lists(st.sampled_from([1.0, 1.0, 1.0, 2.0, 3.0, np.nan]), min_size=cells, max_size=cells)
    value = Value.dense(np.array(data.draw(st.lists(columns, min_size=1, max_size=5))).T.copy())
    truth = Value.dense(np.arange(1.0, cells + 1)[:, None] * np.ones(value.n))
    assert flattened(value, truth).tolist() == (monotonous(value) & ~monotonous(truth)).tolist()
    fewer = 2 * (np.nan_to_num(value.cells) != 0).sum(axis=0) < cells
    assert Work(truth).degenerate(value).tolist() == (flattened(value, truth) | fewer).tolist()


# Where a mistake cannot show, nothing of it is read


@pytest.mark.parametrize("name", BANK.names)
def test_a_mistake_shows_nowhere_else(name):
    problem = BANK.problem(name)
    params = draw(problem, secret_of("shows"), "Q1", 6, open_grader("standard").tolerance).params
    truth = world(problem, params)
    exact = parse_tolerance("exact")
    right = [reading(truth.value(a.of, a.step_axes), None, exact) for a in problem.answers]
    for mistake in problem.mistakes:
        shown, own = shows(problem, mistake), truth.believing(*mistaken(mistake))
        assert shown, mistake.id
        for k, answer in enumerate(problem.answers):
            if k not in shown:
                assert identical(reading(own.value(answer.of, answer.step_axes), None, exact), right[k]).all()
            own = own.believing(Belief(answer.of, right[k].value))


# Structures apart or together


@pytest.mark.parametrize("name", ["conv-window", "vgg-table", "conv-forward"])
def test_candidates_of_each_structure_are_those_of_their_words(name):
    space = Space(BANK.problem(name))
    words = np.random.default_rng(1).integers(0, 2**63, (space.words, 6_000), dtype=np.uint64) * np.uint64(2)
    every = space.indices(words)
    groups = list(space.grouped(words))
    assert len(groups) == (1 if name == "conv-forward" else space.structures)
    assert sorted(np.concatenate([places for places, _ in groups]).tolist()) == list(range(6_000))
    for places, indices in groups:
        np.testing.assert_array_equal(indices, every[:, places])
