"""How hard problems are, whoever sat them: logits of shares as ability of the group less difficulty of the problem.

Problems that several exams ask tie these together. Formulas and sources stand in docs/statistics.md.
"""

from __future__ import annotations

import numpy as np


def logits(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Empirical logits of mean shares: `sums` of shares from 0 to 1 over `counts` students.

    >>> logits(np.array([5.0]), np.array([10])).tolist()
    [0.0]
    """
    return np.asarray(np.log((sums + 0.5) / (counts - sums + 0.5)))


def weights(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """How much each logit is worth: the inverse of its variance, nearly."""
    return np.asarray((sums + 0.5) * (counts - sums + 0.5) / (counts + 1))


def calibrated(
    exams: np.ndarray, problems: np.ndarray, sums: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Abilities of the groups and difficulties of the problems, in logits, by weighted least squares.

    One cell per exam and problem asked in it: their numbers from 0, (cells,), with sums of shares and counts. Among
    problems that exams tie together the mean difficulty is 0; a problem that is tied to no other one has none (nan).
    """
    groups, items = int(exams.max(initial=-1)) + 1, int(problems.max(initial=-1)) + 1
    rows = np.arange(len(exams))
    design = np.zeros((len(exams), groups + items))
    design[rows, exams], design[rows, groups + problems] = 1, -1
    root = np.sqrt(weights(sums, counts))
    found = np.linalg.lstsq(design * root[:, None], logits(sums, counts) * root, rcond=None)[0]
    ability, difficulty = found[:groups].copy(), found[groups:].copy()
    of_exam, of_problem = _tied(exams, problems, groups, items)
    for part in np.unique(of_problem):
        own = of_problem == part
        centre = difficulty[own].mean() if own.sum() > 1 else np.nan
        difficulty[own] -= centre
        ability[of_exam == part] -= centre
    return ability, difficulty


def _tied(exams: np.ndarray, problems: np.ndarray, groups: int, items: int) -> tuple[np.ndarray, np.ndarray]:
    """Exams and problems that are tied together share a number; (groups,) and (items,)."""
    of_exam, of_problem = np.arange(groups), np.full(items, groups)
    before = -1
    while before != (before := int(of_exam.sum() + of_problem.sum())):
        np.minimum.at(of_problem, problems, of_exam[exams])
        np.minimum.at(of_exam, exams, of_problem[problems])
    return of_exam, of_problem
