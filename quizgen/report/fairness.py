"""Were some variants harder than chance allows? Intervals, a test of groups, a correction for many tests."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

Z95 = 1.959963984540054  # the normal deviate of a two-sided 95 per cent


@dataclass(frozen=True)
class Groups:
    """Groups of the students who were asked a question, by what they were given.

    `labels` (groups,); `number` of students; `mean` share of the points; `low`, `high`: 95 per cent interval of it;
    `rest`: mean share of the same students on the rest of their papers; `p`: how probable it is that a group drawn by
    chance does as badly.
    """

    labels: np.ndarray
    number: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    rest: np.ndarray
    p: np.ndarray


def wilson(mean: np.ndarray, number: np.ndarray, z: float = Z95) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's interval of a share of `number` answers; for a mean of scores from 0 to 1 it is on the safe side.

    >>> low, high = wilson(np.array([81 / 263]), np.array([263]))
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.2553, 0.3662)
    """
    square = z * z / number
    middle = (mean + square / 2) / (1 + square)
    half = z * np.sqrt(np.maximum(mean * (1 - mean), 0) / number + square / number / 4) / (1 + square)
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def grouped(scores: np.ndarray, rest: np.ndarray, labels: np.ndarray, of: np.ndarray) -> Groups:
    """Compare groups of students on one question.

    `scores`: share of the question's points from 0 to 1, (n,); `rest`: share of the rest of the paper, (n,); `labels`:
    (groups,); `of`: the number of each student's group, from 0, none of them empty, (n,).
    """
    number = np.bincount(of, minlength=len(labels))
    mean = np.clip(np.bincount(of, scores, len(labels)) / number, 0, 1)
    low, high = wilson(mean, number)
    return Groups(labels, number, mean, low, high, np.bincount(of, rest, len(labels)) / number, harder(scores, of))


def harder(scores: np.ndarray, of: np.ndarray) -> np.ndarray:
    """For each group the chance that as many students, drawn from all without looking, do as badly; (groups,).

    `of`: the number of each student's group, from 0. The distribution of such a mean under random drawing is known in
    its first three moments; it is taken as Pearson's type III with these, by Wilson and Hilferty's cube root.
    """
    n = len(scores)
    number = np.bincount(of)
    away = scores - scores.mean()
    square = float((away**2).mean())
    chance = np.ones(len(number))
    tested = (number > 0) & (number < n)
    if n < 3 or square < 1e-18:
        return chance
    m = number[tested]
    skew = float((away**3).mean()) / square**1.5
    skew = skew * (n - 2 * m) * math.sqrt(n - 1) / ((n - 2) * np.sqrt(m * (n - m)))
    spread = np.sqrt(square / m * (n - m) / (n - 1))
    reached = np.bincount(of, away)[tested] / m + _half_step(scores) / m
    chance[tested] = _lower_tail(reached / spread, skew)
    return chance


def holm(chances: np.ndarray) -> np.ndarray:
    """Chances of many tests, raised by Holm so that all of them together are wrong as seldom as one would be.

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(chances, kind="stable")
    raised = chances[order] * np.arange(len(chances), 0, -1)
    result = np.empty(len(chances))
    result[order] = np.minimum(np.maximum.accumulate(raised), 1) if len(chances) else raised
    return result


def _half_step(scores: np.ndarray) -> float:
    """Half the smallest gap between two scores: the correction for sums that come in steps."""
    gaps = np.diff(np.unique(np.round(scores, 6)))
    return float(gaps.min()) / 2 if len(gaps) else 0.0


def _lower_tail(z: np.ndarray, skew: np.ndarray) -> np.ndarray:
    """P(Z <= z) of standardised Pearson type III variables; a skewness near zero is the normal distribution."""
    skewed = np.abs(skew) > 1e-6
    safe = np.where(skewed, skew, 1)
    cube = np.cbrt(np.maximum(safe * z / 2 + 1, 0))
    deviate = np.where(skewed, 6 / safe * (cube - 1) + safe / 6, z)
    return np.array([math.erfc(-x / math.sqrt(2)) / 2 for x in deviate.tolist()])
