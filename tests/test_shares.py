"""Exact fractions in columns, against fractions.Fraction."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizgen.marking.shares import Shares

laws = settings(max_examples=150, deadline=None)
SMALL = st.fractions(min_value=0, max_value=100, max_denominator=10_000)
LARGE = st.fractions(min_value=0, max_value=1000, max_denominator=2**31 - 1)
HUGE = st.fractions(min_value=0, max_value=1000, max_denominator=10**30)


def shares(fractions):
    tops, bottoms = [f.numerator for f in fractions], [f.denominator for f in fractions]
    fits = max(map(abs, [*tops, *bottoms])) < 2**63
    dtype = np.int64 if fits else object
    return Shares(np.array(tops, dtype=dtype), np.array(bottoms, dtype=dtype))


def fractions_of(columns):
    found = [columns.fraction(i) for i in range(len(columns.top))]
    for i, fraction in enumerate(found):  # in lowest terms, with a positive denominator
        assert (int(columns.top[i]), int(columns.bottom[i])) == (fraction.numerator, fraction.denominator)
    return found


def test_of():
    assert fractions_of(Shares.of(Fraction(2, 6), 3)) == [Fraction(1, 3)] * 3
    assert fractions_of(Shares.of(4, 2)) == [4, 4]
    assert fractions_of(Shares.of(0, 1)) == [0]
    assert len(Shares.of(1, 0).top) == 0


def test_of_a_fraction_beyond_64_bits():
    assert fractions_of(Shares.of(Fraction(1, 10**20), 2)) == [Fraction(1, 10**20)] * 2


def test_ratio_reduces():
    assert fractions_of(Shares.ratio(np.array([6, 0, 5]), np.array([9, 7, 5]))) == [Fraction(2, 3), 0, 1]


@laws
@given(st.lists(st.tuples(SMALL, SMALL), min_size=1, max_size=5))
def test_addition(pairs):
    total = shares([a for a, _ in pairs]) + shares([b for _, b in pairs])
    assert fractions_of(total) == [a + b for a, b in pairs]


@laws
@given(st.lists(st.tuples(LARGE, LARGE), min_size=1, max_size=3))
def test_addition_of_large_denominators(pairs):
    total = shares([a for a, _ in pairs]) + shares([b for _, b in pairs])
    assert fractions_of(total) == [a + b for a, b in pairs]


@laws
@given(st.lists(st.tuples(HUGE, HUGE), min_size=1, max_size=3))
def test_addition_beyond_64_bits(pairs):
    total = shares([a for a, _ in pairs]) + shares([b for _, b in pairs])
    assert fractions_of(total) == [a + b for a, b in pairs]


@laws
@given(st.lists(LARGE, min_size=2, max_size=12))
def test_a_paper_adds_up_exactly(points):
    total = Shares.of(0, 1)
    for point in points:
        total = total + Shares.of(point, 1)
    assert fractions_of(total) == [sum(points, Fraction(0))]


@laws
@given(st.lists(SMALL, min_size=1, max_size=5), st.fractions(0, 10, max_denominator=1000))
def test_times(values, factor):
    assert fractions_of(shares(values).times(factor)) == [value * factor for value in values]


@laws
@given(st.lists(LARGE, min_size=1, max_size=5), LARGE)
def test_times_with_large_denominators(values, factor):
    assert fractions_of(shares(values).times(factor)) == [value * factor for value in values]


@laws
@given(LARGE, st.lists(st.fractions(0, 1, max_denominator=10**6), min_size=1, max_size=5))
def test_credits_of_credits(points, factors):
    earned = Shares.of(points, 1)
    for factor in factors:
        earned, points = earned.times(factor), points * factor
    assert fractions_of(earned) == [points]


def test_the_edge_of_64_bits():
    a, b = Fraction(3 * (2**31 - 1) - 1, 2**31 - 1), Fraction(3 * (2**31 - 3) - 1, 2**31 - 3)
    assert fractions_of(Shares.of(a, 2) + Shares.of(b, 2)) == [a + b] * 2
    big = Fraction(2**61, 2**31 - 1)
    assert fractions_of(Shares.of(big, 1) + Shares.of(big, 1)) == [2 * big]
    assert fractions_of(Shares.of(big, 1).times(Fraction(16))) == [16 * big]


def test_one_column_beyond_64_bits_does_not_change_the_others():
    left = shares([Fraction(1, 2**31 - 1), Fraction(1, 3)])
    total = left + shares([Fraction(1, 2**31 - 3), Fraction(1, 4)]) + shares([Fraction(1, 2**31 - 19), Fraction(1, 5)])
    expected = [sum((Fraction(1, 2**31 - k) for k in (1, 3, 19)), Fraction(0)), Fraction(47, 60)]
    assert fractions_of(total) == expected
    assert fractions_of(total.times(Fraction(1, 7))) == [f / 7 for f in expected]
    assert fractions_of(total.take(np.array([1]))) == [expected[1]]
    np.testing.assert_array_equal(total.rounded(Fraction(1, 100)), [0, 0.78])
    np.testing.assert_allclose(total.floats, [float(f) for f in expected], rtol=1e-15)
    assert total.floats.dtype == np.float64


def test_put_and_take():
    halves = Shares.of(Fraction(1, 2), 4)
    changed = halves.put(np.array([False, True, False, True]), shares([Fraction(1, 3), Fraction(1, 4)]))
    assert fractions_of(changed) == [Fraction(1, 2), Fraction(1, 3), Fraction(1, 2), Fraction(1, 4)]
    assert fractions_of(halves) == [Fraction(1, 2)] * 4  # the first is not touched
    assert fractions_of(changed.take(np.array([3, 1]))) == [Fraction(1, 4), Fraction(1, 3)]
    assert fractions_of(changed.take(np.array([True, False, False, True]))) == [Fraction(1, 2), Fraction(1, 4)]


def test_put_beyond_64_bits():
    huge = Fraction(1, 10**25)
    assert fractions_of(Shares.of(Fraction(1, 2), 2).put(np.array([1]), shares([huge]))) == [Fraction(1, 2), huge]


@pytest.mark.parametrize(
    ("value", "step", "rounded"),
    [
        ("1/200", "1/100", 0.01),  # halves go up
        ("3/200", "1/100", 0.02),
        ("4999/1000000", "1/100", 0.0),
        ("1/8", "1/4", 0.25),
        ("3/8", "1/4", 0.5),
        ("1/4", "1/2", 0.5),
        ("1/2", "1", 1.0),
        ("5/2", "1", 3.0),
        ("1/3", "1/100", 0.33),
        ("2/3", "1/100", 0.67),
        ("1005/1000", "1/100", 1.01),  # 1.005 is below its half as a double
        ("2675/1000", "1/100", 2.68),
        ("7", "1/100", 7.0),
        ("0", "1/100", 0.0),
        ("7/2", "5", 5.0),
        ("5/2", "5", 5.0),
    ],
)
def test_rounding_half_up(value, step, rounded):
    assert Shares.of(Fraction(value), 2).rounded(Fraction(step)).tolist() == [rounded, rounded]


@laws
@given(st.one_of(SMALL, LARGE, HUGE), st.sampled_from(["1/100", "1/4", "1/2", "1", "1/1000"]))
def test_rounding_is_exact(value, step):
    step = Fraction(step)
    expected = ((value / step + Fraction(1, 2)) // 1) * step
    rounded = shares([value]).rounded(step)
    assert rounded.tolist() == [float(expected)]
    assert rounded.dtype == np.float64


def test_no_rows():
    empty = Shares.of(1, 0)
    assert len((empty + empty).top) == 0
    assert len(empty.times(Fraction(1, 3)).top) == 0
    assert empty.rounded(Fraction(1, 100)).tolist() == []
    assert empty.floats.tolist() == []
