"""The statistics of a report: a published example, slow loops and scipy beside them, and laws."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from quizgen.report.fairness import grouped, harder, holm, wilson
from quizgen.report.statistics import (
    alpha,
    counts,
    discrimination,
    distribution,
    facility,
    reliability,
    standard_error,
)

LSAT6 = Path(__file__).parent / "data" / "lsat6.csv"
NAN = np.nan


# ---- a published example: section 6 of the Law School Admission Test, 1000 candidates, 5 items (Bock and Lieberman
# 1970); the figures are those that R's package ltm prints for it (Rizopoulos 2006).


@pytest.fixture(scope="module")
def lsat():
    with LSAT6.open(encoding="utf-8") as file:
        rows = [([int(sign) for sign in row["pattern"]], int(row["students"])) for row in csv.DictReader(file)]
    return np.repeat(np.array([pattern for pattern, _ in rows], dtype=float), [n for _, n in rows], axis=0)


def test_the_published_facilities(lsat):
    assert lsat.shape == (1000, 5)
    assert facility(lsat, np.ones(5)).tolist() == [0.924, 0.709, 0.553, 0.763, 0.870]


def test_the_published_discriminations(lsat):
    assert discrimination(lsat) == pytest.approx([0.1128, 0.1532, 0.1728, 0.1444, 0.1216], abs=1e-4)


def test_the_published_alphas(lsat):
    whole, without = reliability(lsat)
    assert whole == pytest.approx(0.2950, abs=5e-5)
    assert without == pytest.approx([0.2754, 0.2376, 0.2168, 0.2459, 0.2663], abs=5e-5)


# Newcombe (1998), table I, method 3.
@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_published_intervals(right, n, low, high):
    found = wilson(np.array([right / n]), np.array([n]))
    assert np.ravel(found) == pytest.approx([low, high], abs=5e-5)


# ---- the same, slowly --------------------------------------------------------------------------------------------


def slow_alpha(points):
    """Variances and covariances of every pair, over those who were asked both, weighted by how many they are."""
    n, items = points.shape
    own = among = asked = 0.0
    for i in range(items):
        for j in range(items):
            both = [row for row in points if not (np.isnan(row[i]) or np.isnan(row[j]))]
            asked += len(both) / n if i == j else 0
            if len(both) > 1:
                a, b = [row[i] for row in both], [row[j] for row in both]
                ma, mb = sum(a) / len(a), sum(b) / len(b)
                covariance = sum((x - ma) * (y - mb) for x, y in zip(a, b, strict=True)) / (len(a) - 1)
                own += covariance * len(both) / n if i == j else 0
                among += covariance * len(both) / n if i != j else 0
    return asked / (asked - 1) * among / (own + among)


def some_class(n=60, items=6, seed=0, missing=0.0):
    random = np.random.default_rng(seed)
    points = (random.normal(size=(n, 1)) + random.normal(size=(n, items)) > 0) * random.integers(1, 6, items) * 1.0
    points += random.integers(0, 3, size=(n, items))
    points[random.random((n, items)) < missing] = NAN
    return points


@pytest.mark.parametrize("missing", [0.0, 0.2, 0.6])
@pytest.mark.parametrize("seed", range(4))
def test_alpha_is_what_the_slow_way_gives(seed, missing):
    points = some_class(seed=seed, missing=missing)
    whole, without = reliability(points)
    assert whole == pytest.approx(slow_alpha(points), rel=1e-9)
    for item in range(points.shape[1]):
        assert without[item] == pytest.approx(slow_alpha(np.delete(points, item, axis=1)), rel=1e-9)


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_discrimination_is_what_scipy_gives(missing):
    points = some_class(seed=7, missing=missing)
    for item, found in enumerate(discrimination(points)):
        asked = ~np.isnan(points[:, item])
        rest = np.nansum(np.delete(points, item, axis=1), axis=1)
        assert found == pytest.approx(stats.pearsonr(points[asked, item], rest[asked]).statistic, rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_distribution_is_what_scipy_gives(seed):
    totals = some_class(seed=seed).sum(axis=1)
    found = distribution(totals)
    assert found.n == 60
    assert (found.mean, found.sd) == pytest.approx((totals.mean(), np.sqrt(stats.tvar(totals))))
    assert found.skewness == pytest.approx(stats.skew(totals, bias=False))
    assert found.quartiles == pytest.approx(stats.mstats.mquantiles(totals, [0.25, 0.5, 0.75], alphap=1, betap=1))


def test_the_standard_error_is_what_two_equal_halves_differ_by():
    """Of two parallel papers, the error is what the difference shows: SD(difference) / sqrt 2."""
    random = np.random.default_rng(3)
    able = random.normal(size=(40_000, 1))
    first, second = (able + random.normal(size=(40_000, 20)) for _ in range(2))
    error = standard_error(distribution(first.sum(axis=1)).sd, alpha(first))
    differences = first.sum(axis=1) - second.sum(axis=1)
    assert error == pytest.approx(differences.std() / np.sqrt(2), rel=0.02)


def test_an_alpha_below_zero_is_no_reliability():
    assert standard_error(4.0, -0.3) == 4.0


def test_outcomes_are_counted():
    codes = np.array([[0, 2], [1, 2], [0, 2]], dtype=np.int8)
    assert counts(codes, 3).tolist() == [[2, 1, 0], [0, 0, 3]]
    assert counts(codes[:0], 3).tolist() == [[0, 0, 0], [0, 0, 0]]


# ---- missing is not zero -----------------------------------------------------------------------------------------


def test_what_was_not_asked_is_missing():
    points = np.array([[4.0, NAN], [2.0, 1.0], [0.0, NAN], [2.0, 0.0]])
    assert facility(points, np.array([4.0, 2.0])).tolist() == [0.5, 0.25]


def test_nobody_was_asked():
    points = np.array([[1.0, NAN], [2.0, NAN], [4.0, NAN]])
    assert np.isnan(facility(points, np.ones(2))[1])
    assert np.isnan(discrimination(points)).all()
    assert np.isnan(alpha(points))


def test_a_choice_among_equal_questions_leaves_alpha_near_what_it_was():
    """Of four like questions each paper asks two: alpha must be that of two questions, not of four."""
    random = np.random.default_rng(5)
    points = random.normal(size=(60_000, 1)) + random.normal(size=(60_000, 4))
    of_two = alpha(points[:, :2])
    order = np.argsort(random.random(points.shape), axis=1)
    points[order >= 2] = NAN
    assert alpha(points) == pytest.approx(of_two, abs=0.02)


@pytest.mark.parametrize("points", [np.zeros((0, 3)), np.ones((1, 3)), np.ones((9, 3)), np.arange(5.0)[:, None]])
def test_too_little_to_say_anything(points):
    whole, without = reliability(points)
    assert np.isnan(whole)
    assert np.isnan(without).all()
    assert np.isnan(discrimination(points)).all() or points.shape[1] == 1


def test_nobody_has_no_distribution():
    found = distribution(np.zeros(0))
    assert found.n == 0
    assert np.isnan([found.mean, found.sd, found.skewness, *found.quartiles]).all()


# ---- laws --------------------------------------------------------------------------------------------------------

CLASSES = arrays(float, st.tuples(st.integers(3, 12), st.integers(2, 5)), elements=st.integers(0, 8).map(float))
HOLES = st.integers(0, 2**32 - 1)


@given(CLASSES)
def test_parallel_copies_are_perfectly_reliable(points):
    column = points[:, :1]
    assume(column.std() > 0)
    assert alpha(np.repeat(column, 4, axis=1)) == pytest.approx(1)


@given(CLASSES, st.randoms(use_true_random=False), HOLES)
def test_the_order_of_items_and_students_does_not_matter(points, random, seed):
    points = np.where(np.random.default_rng(seed).random(points.shape) < 0.2, NAN, points)
    items, rows = list(range(points.shape[1])), list(range(len(points)))
    random.shuffle(items)
    random.shuffle(rows)
    mixed = points[np.ix_(rows, items)]
    whole, without = reliability(points)
    again, without_again = reliability(mixed)
    same = {"rel": 1e-6, "abs": 1e-9, "nan_ok": True}
    assert again == pytest.approx(whole, **same)
    assert without_again == pytest.approx(without[items], **same)
    assert discrimination(mixed) == pytest.approx(discrimination(points)[items], **same)


@given(CLASSES, st.floats(0.1, 100))
def test_the_unit_of_points_does_not_matter(points, unit):
    same = {"rel": 1e-6, "abs": 1e-9, "nan_ok": True}
    assert alpha(points * unit) == pytest.approx(alpha(points), **same)
    assert discrimination(points * unit) == pytest.approx(discrimination(points), **same)


@given(CLASSES, HOLES)
def test_shares_are_shares(points, seed):
    points = np.where(np.random.default_rng(seed).random(points.shape) < 0.3, NAN, points)
    hard, apart = facility(points, np.full(points.shape[1], 8.0)), discrimination(points)
    assert ((hard >= 0) & (hard <= 1) | np.isnan(hard)).all()
    assert ((np.abs(apart) <= 1) | np.isnan(apart)).all()
    assert not alpha(points) > 1 + 1e-9 or np.isnan(points).any()


@given(st.lists(st.floats(0, 1), max_size=12).map(np.array))
def test_holm_is_the_book_s_loop(chances):
    found = holm(chances)
    worst = 0.0
    for rank, i in enumerate(np.argsort(chances, kind="stable")):
        worst = max(worst, min(1, (len(chances) - rank) * chances[i]))
        assert found[i] == worst
    assert (found >= chances).all()


# ---- were some variants harder? ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "group"), [(20, 5), (20, 10), (60, 8), (60, 30), (400, 5), (400, 10), (400, 200)])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.7, 0.95])
def test_right_or_wrong_is_the_hypergeometric_distribution_on_the_safe_side(n, group, share):
    right = int(n * share)
    of = (np.arange(n) >= group).astype(int)
    for hit in range(max(0, group - (n - right)), min(group, right) + 1):
        scores = np.zeros(n)
        scores[:hit] = 1
        scores[group : group + right - hit] = 1
        found, exact = harder(scores, of)[0], stats.hypergeom(n, right, group).cdf(hit)
        assert found == pytest.approx(exact, abs=0.01 if exact < 0.2 else 0.04)
        if 0.001 < exact < 0.05:
            assert 1 <= found / exact < (1.7 if exact > 0.01 else 3.3)


def test_points_are_nearly_a_permutation_test():
    random = np.random.default_rng(11)
    scores = np.round(random.beta(3, 1, size=80) * 12) / 12
    of = (np.arange(80) >= 16).astype(int)
    for shift in (0.0, 0.1, 0.2):
        moved = np.clip(scores - shift * (of == 0), 0, 1)
        drawn = np.array([random.permutation(moved)[:16].mean() for _ in range(20_000)])
        by_chance = (drawn <= moved[:16].mean() + 1e-9).mean()
        assert harder(moved, of)[0] == pytest.approx(by_chance, abs=0.015)


def test_a_false_alarm_is_as_rare_as_is_said():
    """Scores as exams have them, many right, drawn without any difference: 5 per cent of exams may cry wolf."""
    random = np.random.default_rng(17)
    alarms = 0
    for _ in range(2000):
        of = random.permutation(np.repeat(np.arange(6), (5, 8, 10, 20, 30, 40)))
        scores = random.choice([0, 0.25, 0.5, 1], size=len(of), p=[0.1, 0.1, 0.1, 0.7])
        alarms += (holm(harder(scores, of)) < 0.05).any()
    assert 0.02 < alarms / 2000 < 0.06


def test_a_harder_group_is_found():
    random = np.random.default_rng(19)
    of = np.repeat(np.arange(4), 25)
    scores = (random.random(100) < np.where(of == 2, 0.35, 0.8)).astype(float)
    found = holm(harder(scores, of))
    assert (found < 0.05).tolist() == [False, False, True, False]


def test_equal_scores_and_single_groups_tell_nothing():
    assert harder(np.ones(20), np.arange(20) % 2).tolist() == [1, 1]
    assert harder(np.arange(20) / 20, np.zeros(20, dtype=int)).tolist() == [1]


def test_groups_are_described():
    scores, rest = np.array([1.0, 0.5, 0.0, 1.0]), np.array([0.2, 0.4, 0.6, 0.8])
    found = grouped(scores, rest, np.array(["a", "b"]), np.array([1, 0, 0, 1]))
    assert found.labels.tolist() == ["a", "b"]
    assert found.number.tolist() == [2, 2]
    assert found.mean.tolist() == [0.25, 1.0]
    assert found.rest == pytest.approx([0.5, 0.5])
    assert (found.low <= found.mean).all()
    assert (found.mean <= found.high).all()


@pytest.mark.parametrize(
    ("scores", "least"),
    [([0, 0.5, 1], 0.95), ([0.6, 0.7, 0.8], 0.999), ([0, 0.25, 1, 1, 1, 1], 0.94), ([0, 1, 1, 1, 1, 1], 0.91)],
)
def test_the_interval_of_a_mean_of_points_is_on_the_safe_side(scores, least):
    """For right or wrong it wavers around 95 %, as Wilson's does; the more scores lie between, the wider it is."""
    random = np.random.default_rng(23)
    truth = np.mean(scores)
    for n in (5, 10, 40):
        means = random.choice(scores, size=(4000, n)).mean(axis=1)
        low, high = wilson(means, np.full(4000, n))
        assert ((low <= truth) & (truth <= high)).mean() > least
