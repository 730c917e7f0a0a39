"""Functions of single cells and reductions against Python's own."""

import math
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizgen.ops import OPS

quick = settings(max_examples=200, deadline=None, database=None, derandomize=True)
finite = st.floats(-1e12, 1e12)


def one(name, *numbers):
    (value,) = OPS[name].call(*(np.array([number]) for number in numbers)).tolist()
    return value


@given(finite)
@quick
def test_rounding_against_python(x):
    assert one("round", x) == int(Decimal(x).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    assert one("floor", x) == math.floor(x)
    assert one("ceil", x) == math.ceil(x)
    assert one("abs", x) == abs(x)
    assert one("sign", x) == (x > 0) - (x < 0)


@pytest.mark.parametrize(
    ("x", "rounded"),
    [
        *((0.5, 1), (-0.5, -1), (1.5, 2), (2.5, 3), (-2.5, -3)),
        *((0.49999999999999994, 0), (2251799813685249.5, 2251799813685250)),
    ],
)
def test_halves_go_away_from_zero(x, rounded):
    assert one("round", x) == rounded


@given(st.floats(1e-300, 1e300))
@quick
def test_logarithms_against_python(x):
    for name, function in {"ln": math.log, "log2": math.log2, "log10": math.log10, "sqrt": math.sqrt}.items():
        assert math.isclose(one(name, x), function(x), rel_tol=1e-14, abs_tol=1e-14)


@given(st.floats(-700, 700))
@quick
def test_exp_against_python(x):
    assert math.isclose(one("exp", x), math.exp(x), rel_tol=1e-14)


def test_no_warnings_at_the_edges():
    assert one("ln", 0) == -math.inf
    assert math.isnan(one("ln", -1))
    assert math.isnan(one("sqrt", -1.0))
    assert one("exp", 1000) == math.inf
    assert one("power", 0, -1) == math.inf
    assert math.isnan(one("power", -2.0, 0.5))


@given(st.integers(-30, 30), st.integers(-12, 30))
@quick
def test_power_of_whole_numbers(base, exponent):
    value = one("power", base, exponent)
    if base == 0 and exponent < 0:
        assert value == math.inf
    elif exponent >= 0 and abs(base**exponent) < 2**53:
        assert value == base**exponent
        assert isinstance(value, int)
    else:
        assert isinstance(value, float)
        assert math.isclose(value, Fraction(base) ** exponent, rel_tol=1e-14)


@given(st.floats(0.01, 100), st.floats(-20, 20))
@quick
def test_power_against_python(base, exponent):
    assert math.isclose(one("power", base, exponent), base**exponent, rel_tol=1e-13)


def test_choices():
    a, b = np.array([[1, 5], [2, 2]]), np.array([3, 4])
    assert OPS["minimum"].call(a, b).tolist() == [[1, 4], [2, 2]]
    assert OPS["maximum"].call(a, b).tolist() == [[3, 5], [3, 4]]
    assert OPS["where"].call(a > b, a, b).tolist() == [[3, 5], [3, 4]]
    assert OPS["where"].call(np.array([2, 0]), 1, 0.5).tolist() == [1.0, 0.5]
    assert OPS["case"].call(2, **{"1": "one", "2": "two"}) == "two"


@given(st.lists(st.integers(-99, 99), min_size=1, max_size=12))
@quick
def test_reductions_against_python(cells):
    column = np.array(cells)[:, None]
    expected = {
        "sum": sum(cells), "max": max(cells), "min": min(cells), "mean": sum(cells) / len(cells),
        "any": any(cells), "all": all(cells), "count": sum(map(bool, cells)),
    }  # fmt: skip
    assert {name: OPS[name].call(column).tolist() for name in expected} == {
        name: [value] for name, value in expected.items()
    }
    assert OPS["prod"].call(column[:6]).tolist() == [math.prod(cells[:6])]


@pytest.mark.parametrize("zeros", [(0.0, -0.0), (-0.0, 0.0), (-0.0, -0.0)])
def test_the_larger_of_two_zeros_has_no_sign(zeros):
    a, b = (np.array([zero]) for zero in zeros)
    for name in ("maximum", "minimum"):
        assert not np.signbit(OPS[name].call(a, b)).any()
    for name in ("max", "min", "relu"):
        assert not np.signbit(OPS[name].call(np.stack([a, b]))).any()
    assert not np.signbit(OPS["max_pool"].call(np.stack([a, b])[None], (1, 2))).any()


def test_sum_of_infinities_is_nan_without_a_warning():
    assert math.isnan(OPS["sum"].call(np.array([[math.inf], [-math.inf]])).item())


def test_true_counts_as_one():
    yes = np.array([[True], [True], [False]])
    assert [OPS[name].call(yes).item() for name in ("sum", "count", "max", "mean")] == [2, 2, 1, 2 / 3]
