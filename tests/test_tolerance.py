"""How close is close enough: rules, the guard, figures at powers of ten, rounding, the closed interval."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from quizgen.errors import QuizgenError
from quizgen.language.tolerance import GUARD_ULPS, leading_exponent, parse_tolerance, round_half_up

laws = settings(max_examples=200, deadline=None)
NUMBERS = st.floats(-1e9, 1e9).filter(lambda x: x == 0 or abs(x) > 1e-9)


def bound(rule, expected):
    return parse_tolerance(rule).bound(np.array([expected]))[0].item()


def accepts(rule, given_number, expected):
    reach = parse_tolerance(rule).reach(np.array([expected]))[0]
    return bool(abs(given_number - expected) <= reach)


@pytest.mark.parametrize(
    ("rule", "expected", "half_width"),
    [
        ("exact", 7, 0),
        ("whole number", 7, 0),
        ("whole numbers", -7, 0),
        ("0.005", 3, 0.005),
        (".5", 3, 0.5),
        ("5e-4", 3, 0.0005),
        ("3", 100, 3),
        ("1%", 200, 2),
        ("1 %", -200, 2),
        ("2.5%", 40, 1),
        ("1%", 0, 0),
        ("0 decimals", 3, 0.5),
        ("1 decimal", 3, 0.05),
        ("2 decimals", 123.456, 0.005),
        ("2 decimals", 0, 0.005),
        ("3 figures", 218.4, 0.5),
        ("3 figures", 21.84, 0.05),
        ("3 figures", -21.84, 0.05),
        ("3 figures", 0.02184, 0.00005),
        ("3 figures", 21840, 50),
        ("1 figure", 7.2, 0.5),
        ("3 figures", 0, 0),
        ("3 figures or 0.0005", 218.4, 0.5),
        ("3 figures or 0.0005", 0, 0.0005),
        ("3 figures or 0.0005", 0.01, 0.0005),
        ("1% or 0.1 or 2 decimals", 5, 0.1),
        ("1% or 0.1 or 2 decimals", 50, 0.5),
    ],
)
def test_rules(rule, expected, half_width):
    assert bound(rule, expected) == pytest.approx(half_width, rel=1e-12, abs=0)


# The unit of "k figures" is that of the *rounded* expected number.
@pytest.mark.parametrize(
    ("expected", "exponent", "half_width"),
    [
        (9.99, 0, 0.005),
        (9.9949, 0, 0.005),
        (9.9951, 1, 0.05),  # is written 10.0
        (9.996, 1, 0.05),
        (10, 1, 0.05),
        (99.96, 2, 0.5),
        (100, 2, 0.5),
        (999.4, 2, 0.5),
        (999.5, 3, 5),
        (1000, 3, 5),
        (0.1, -1, 0.0005),
        (0.09996, -1, 0.0005),
        (0.001, -3, 0.000005),
        (1, 0, 0.005),
        (1e6, 6, 5_000),
        (1e15, 15, 5e12),
        (1e-7, -7, 5e-10),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_three_figures_at_powers_of_ten(expected, exponent, half_width, sign):
    assert leading_exponent(np.array([sign * expected]), 3)[0] == exponent
    assert bound("3 figures", sign * expected) == pytest.approx(half_width, rel=1e-12)


@pytest.mark.parametrize("power", range(-15, 16))
def test_a_power_of_ten_and_its_neighbours(power):
    exact = float(f"1e{power}")
    below, above = np.nextafter(exact, 0), np.nextafter(exact, np.inf)
    assert leading_exponent(np.array([below, exact, above]), 3).tolist() == [power] * 3  # below is written 1.00e+power
    assert leading_exponent(np.array([float(f"9.996e{power - 1}"), float(f"9.994e{power}")]), 3).tolist() == [power] * 2


@laws
@given(st.floats(1e-12, 1e12), st.integers(1, 9))
def test_the_leading_exponent_is_that_of_the_number_written_down(x, figures):
    assume(not _nearly_half(x, figures))
    assert leading_exponent(np.array([x]), figures)[0] == int(f"{Decimal(x):.{figures - 1}e}".partition("e")[2])


def _nearly_half(x, figures):
    scaled = abs(Decimal(x)).scaleb(figures - 1 - abs(Decimal(x)).adjusted())
    return abs(scaled % 1 - Decimal("0.5")) < Decimal("1e-5")


# The interval is closed, also where doubles say otherwise.
@pytest.mark.parametrize(
    ("rule", "given_number", "expected"),
    [
        ("0.1", 0.8, 0.7),  # 0.8 - 0.7 > 0.1 in doubles
        ("0.1", 0.6, 0.7),
        ("0.1", 1.2, 1.1),
        ("0.3", 0.4, 0.1),
        ("2 decimals", 1.235, 1.24),
        ("2 decimals", 1.245, 1.24),
        ("2 decimals", 100.005, 100.01),
        ("1 decimal", 0.35, 0.3),
        ("3 figures", 218.5, 218),
        ("3 figures", 217.5, 218),
        ("3 figures", 0.02175, 0.0218),
        ("1%", 101, 100),
        ("1%", 99, 100),
        ("1%", 0.297, 0.3),
        ("10%", 0.33, 0.3),
        ("0.0005", -0.0005, 0),
    ],
)
def test_both_ends_belong_to_the_interval(rule, given_number, expected):
    assert accepts(rule, given_number, expected)
    assert accepts(rule, -given_number, -expected)


@pytest.mark.parametrize(
    ("rule", "given_number", "expected"),
    [
        ("0.1", 0.8000001, 0.7),
        ("0.1", 0.5999999, 0.7),
        ("2 decimals", 1.2349999, 1.24),
        ("3 figures", 218.5000001, 218),
        ("1%", 101.0000001, 100),
        ("exact", 7.0000001, 7),
        ("exact", 6, 7),
        ("3 figures", 1e-9, 0),
        ("0.0005", 0.00050001, 0),
    ],
)
def test_outside_is_outside(rule, given_number, expected):
    assert not accepts(rule, given_number, expected)
    assert not accepts(rule, -given_number, -expected)


@laws
@given(st.integers(-(10**6), 10**6), st.integers(0, 10**5), st.sampled_from([1, 10, 100, 1000]), st.booleans())
def test_an_end_written_in_decimals_is_inside_and_a_step_further_is_not(expected, half, unit, upwards):
    side = 1 if upwards else -1
    rule = f"{half / unit:.3f}"
    end, beyond = (expected + side * half) / unit, (expected + side * (half + 0.001)) / unit
    assert accepts(rule, end, expected / unit)
    assert not accepts(rule, beyond, expected / unit)


@laws
@given(NUMBERS, st.sampled_from(["3 figures", "2 decimals", "1%", "0.005", "exact", "3 figures or 0.0005"]))
def test_the_guard_is_four_ulps_of_the_larger_of_bound_and_expected(expected, rule):
    tolerance = parse_tolerance(rule)
    array = np.array([expected])
    guard = tolerance.reach(array) - tolerance.bound(array)
    ulp = np.spacing(max(abs(expected), tolerance.bound(array)[0]))
    assert 0 <= guard[0] <= (GUARD_ULPS + 1) * ulp
    assert GUARD_ULPS == 4


@laws
@given(NUMBERS, NUMBERS, st.sampled_from(["3 figures", "2 decimals", "1%", "0.005", "exact"]))
def test_signs_do_not_matter(a, b, rule):
    assert accepts(rule, a, b) == accepts(rule, -a, -b)


@laws
@given(NUMBERS, st.sampled_from(["1 figure", "3 figures", "0 decimals", "2 decimals", "3 figures or 0.0005"]))
def test_who_rounds_as_asked_is_right(expected, rule):
    tolerance = parse_tolerance(rule)
    array = np.array([expected])
    written = tolerance.rounded(array)
    assert abs(written - array)[0] <= tolerance.reach(array)[0]
    np.testing.assert_array_equal(tolerance.rounded(written), written)  # and rounding twice changes nothing


def test_or_takes_the_widest():
    values = np.array([0.0, 1e-4, 1.0, 50.0, 1e6])
    parts = ["3 figures", "1%", "0.0005"]
    together = parse_tolerance(" or ".join(parts)).bound(values)
    np.testing.assert_array_equal(together, np.max([parse_tolerance(part).bound(values) for part in parts], axis=0))


def test_arrays_of_any_shape():
    values = np.array([[[1.0, np.nan], [200.0, 0.0]]])
    np.testing.assert_allclose(parse_tolerance("3 figures").bound(values), [[[0.005, np.nan], [0.5, 0]]])
    assert parse_tolerance("2 decimals").bound(values).shape == values.shape


@pytest.mark.parametrize("rule", ["3 figures", "2 decimals", "1%", "0.005", "exact", "3 figures or 0.0005"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, -1e300, 1e-300, 5e-324, 1.7e308])
@pytest.mark.parametrize("method", ["bound", "reach", "rounded"])
def test_extreme_numbers_are_quiet(rule, value, method):
    result = getattr(parse_tolerance(rule), method)(np.array([value, 1.0]))
    assert np.isfinite(result[1])
    if np.isfinite(value):
        assert np.isfinite(result[0])


@pytest.mark.parametrize(
    ("value", "decimals", "rounded"),
    [
        (0.5, 0, 1),
        (-0.5, 0, -1),
        (1.5, 0, 2),
        (2.5, 0, 3),
        (-2.5, 0, -3),
        (0.125, 2, 0.13),
        (-0.125, 2, -0.13),
        (0.375, 2, 0.38),
        (2.25, 1, 2.3),
        (0.49, 0, 0),
        (1234.5, -2, 1200),
        (1250, -2, 1300),
        (-1250, -2, -1300),
        (0.000_25, 4, 0.0003),
        (3.14159, 3, 3.142),
        (0, 3, 0),
    ],
)
def test_halves_go_away_from_zero(value, decimals, rounded):
    assert round_half_up(np.array([float(value)]), np.array([decimals]))[0] == rounded


@laws
@given(st.integers(-(10**8), 10**8), st.integers(0, 6))
def test_rounding_agrees_with_decimal_arithmetic(thousandths, decimals):
    value = Decimal(thousandths).scaleb(-6)
    expected = float(value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP))
    got = round_half_up(np.array([float(value)]), np.array([decimals]))[0]
    if got != expected:  # only where the double lies below the half that was written down
        assert abs(got - expected) == pytest.approx(10.0**-decimals, rel=1e-9)
        assert Fraction(float(value)) != Fraction(value)
        assert (abs(value).scaleb(decimals) % 1) == Decimal("0.5")


@pytest.mark.parametrize("rule", ["exact", "whole number", "exact or whole number"])
def test_exact(rule):
    assert parse_tolerance(rule).is_exact
    assert not parse_tolerance(rule).vanishes_at_zero
    np.testing.assert_array_equal(parse_tolerance(rule).rounded(np.array([1.23])), [1.23])


@pytest.mark.parametrize(
    ("rule", "vanishes"),
    [
        ("3 figures", True),
        ("1%", True),
        ("1% or 3 figures", True),
        ("3 figures or 0.0005", False),
        ("2 decimals", False),
    ],
)
def test_which_rules_leave_no_room_at_zero(rule, vanishes):
    assert parse_tolerance(rule).vanishes_at_zero is vanishes
    assert (parse_tolerance(rule).bound(np.zeros(1))[0] == 0) == vanishes
    assert not parse_tolerance(rule).is_exact


NO_TOLERANCES = """about 3|3 figs|figures|0 figures|16 decimals|100 figures|-1%|%|1%%|-0.1|1e999|1e-400|nan|inf|0.1 or
or 0.1|0.1 and 1%|0.1, 1%|1 or %|3 figures or or 1%|1/2|=1|+1| |""".replace("\n", "|").split("|")


@pytest.mark.parametrize("text", [*NO_TOLERANCES, "9" * 400, "1\n%"])
def test_what_is_no_tolerance(text):
    with pytest.raises(QuizgenError) as caught:
        parse_tolerance(text, where="standard.yaml:4")
    assert str(caught.value).startswith("standard.yaml:4: '")
    assert "is not a tolerance. Write '3 figures', '2 decimals', '1%'" in str(caught.value)


def test_the_source_is_kept_for_people():
    assert parse_tolerance(" 3 figures  or  0.0005 ").source == "3 figures or 0.0005"
