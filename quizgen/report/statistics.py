"""Classical test statistics of scores in columns: difficulty, discrimination, reliability, the shape of the totals.

Arrays are students x items. An item that a paper did not ask is nan: missing, never zero; absent students have no
row. Formulas and sources stand in docs/statistics.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FEWEST = 3  # students of whom a correlation is taken
_SLICE = 200_000  # products of two numbers that are summed in one go


@dataclass(frozen=True)
class Distribution:
    """The shape of the totals: `quartiles` are the three; nan is what so few students do not have."""

    n: int
    mean: float
    sd: float
    quartiles: tuple[float, float, float]
    skewness: float


def distribution(totals: np.ndarray) -> Distribution:
    """How the totals of n students lie; SD with n - 1, skewness as adjusted by Fisher and Pearson.

    >>> distribution(np.array([1.0, 2.0, 3.0, 4.0, 10.0])).quartiles
    (2.0, 3.0, 4.0)
    """
    totals = np.asarray(totals, dtype=float)
    n = len(totals)
    if not n:
        return Distribution(0, np.nan, np.nan, (np.nan, np.nan, np.nan), np.nan)
    mean = float(totals.mean())
    sd = float(totals.std(ddof=1)) if n > 1 else np.nan
    low, middle, high = np.percentile(totals, (25, 50, 75)).tolist()
    return Distribution(n, mean, sd, (low, middle, high), _skewness(totals))


def facility(points: np.ndarray, maxima: np.ndarray) -> np.ndarray:
    """Mean share of the points of each item among those whom it was asked, (items,); nan where it was nobody.

    >>> facility(np.array([[2.0, 1.0], [0.0, np.nan]]), np.array([2.0, 2.0])).tolist()
    [0.5, 0.5]
    """
    asked = ~np.isnan(points)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(asked, points, 0).sum(axis=0, dtype=float) / asked.sum(axis=0) / maxima)


def discrimination(points: np.ndarray) -> np.ndarray:
    """Corrected point-biserial of each item, (items,): its correlation with the total of all the others.

    nan where fewer than three students were asked, or all reached the same.
    """
    columns = np.asfortranarray(points, dtype=float)
    total = np.nansum(columns, axis=1)
    found = np.full(columns.shape[1], np.nan)
    for item, column in enumerate(columns.T):
        asked = ~np.isnan(column)
        if asked.all():
            found[item] = _correlation(column, total - column)
        elif asked.any():
            found[item] = _correlation(column[asked], total[asked] - column[asked])
    return found


def alpha(points: np.ndarray) -> float:
    """Cronbach's alpha alone: see `reliability`.

    >>> round(alpha(np.array([[1, 1], [2, 2], [4, 4]], dtype=float)), 9)
    1.0
    """
    return reliability(points)[0]


def reliability(points: np.ndarray) -> tuple[float, np.ndarray]:
    """Cronbach's alpha, and for each item the alpha of what is left without it, (items,).

    nan for fewer than two students or items, or if all totals are equal. Where papers ask different items, every
    variance and covariance is taken over those who were asked, and weighs as much as the share of the papers in which
    it occurs.
    """
    shares, spread = _spread(points)
    own, asked = np.diag(spread), np.diag(shares)
    among = spread.sum() - own.sum()
    among_others = among - 2 * (spread.sum(axis=1) - own)
    whole = _alpha(asked.sum(), own.sum(), among)
    return float(whole), _alpha(asked.sum() - asked, own.sum() - own, among_others)


def standard_error(sd: float, reliability: float) -> float:
    """Standard error of measurement, in points; an alpha below zero counts as none.

    >>> standard_error(10.0, 0.75)
    5.0
    """
    return float(sd * np.sqrt(1 - np.clip(reliability, 0, 1)))


def counts(codes: np.ndarray, n: int) -> np.ndarray:
    """How often each of n codes stands in each column of students x answers, (answers, n).

    >>> counts(np.array([[0, 1], [0, 0]]), 2).tolist()
    [[2, 0], [1, 1]]
    """
    columns = [np.bincount(column, minlength=n) for column in np.asfortranarray(codes).T]
    return np.array(columns, dtype=np.int64).reshape(-1, n)


def _skewness(totals: np.ndarray) -> float:
    n, away = len(totals), totals - totals.mean()
    square = float((away**2).mean())
    if n < FEWEST or square <= _rounding(totals):
        return np.nan
    return float((away**3).mean() / square**1.5 * np.sqrt(n * (n - 1)) / (n - 2))


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's; nan for too few, or if one of the two never varies."""
    if len(a) < FEWEST:
        return np.nan
    from_mean, other = a - a.mean(), b - b.mean()
    squares, others = _dot(from_mean, from_mean), _dot(other, other)
    if squares <= _rounding(a) * len(a) or others <= _rounding(b) * len(b):
        return np.nan
    return float(np.clip(_dot(from_mean, other) / np.sqrt(squares * others), -1, 1))


def _spread(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the papers that ask both of two items, and their covariances weighted by it; both (items, items)."""
    points = np.asarray(points, dtype=float)
    n, items = points.shape
    if n < 2:
        return np.ones((items, items)), np.zeros((items, items))
    asked = ~np.isnan(points)
    if asked.all():
        centred = points - points.mean(axis=0)
        return np.ones((items, items)), _without_rounding(_products(centred, centred) / (n - 1), points)
    seen = asked.astype(float)
    means = np.where(asked, points, 0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    centred = np.where(asked, points - means, 0)
    both = _products(seen, seen)
    sums = _products(centred, seen)  # of item i over those who were asked j as well
    covariance = (_products(centred, centred) - sums * sums.T / np.maximum(both, 1)) / np.maximum(both - 1, 1)
    covariance = np.where(both > 1, covariance, 0)
    return both / n, _without_rounding(covariance, np.where(asked, points, 0)) * both / n


def _products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """`a.T @ b` in slices so small that no library shares them out to threads: the same bits on any machine."""
    size = max(1, _SLICE // max(1, a.shape[1] * b.shape[1]))
    whole = len(a) - len(a) % size
    slices = a[:whole].reshape(-1, size, a.shape[1]).transpose(0, 2, 1) @ b[:whole].reshape(-1, size, b.shape[1])
    return np.asarray(slices.sum(axis=0) + a[whole:].T @ b[whole:])


def _dot(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.einsum("i,i->", a, b))


def _without_rounding(covariance: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Covariances in which what only rounding made is zero."""
    size = np.abs(points).max(axis=0, initial=0)
    return np.where(np.abs(covariance) <= 1e-12 * np.outer(size, size), 0, covariance)


def _rounding(numbers: np.ndarray) -> float:
    """A mean square that is no more than rounding."""
    return float(1e-12 * np.abs(numbers).max(initial=0)) ** 2


def _alpha(items: np.ndarray, own: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Alpha from the number of items, the sum of their variances and the sum of their covariances."""
    whole = own + among
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((items > 1) & (whole > 0), items / (items - 1) * among / whole, np.nan)
