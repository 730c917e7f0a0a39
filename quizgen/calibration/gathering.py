"""Sittings -> the table of a bank: facility, difficulty, discrimination and the commonest notes of each problem.

Exams of fewer than five students, questions that fewer than five were asked and structures that fewer than five met
are not told of; nor can they be worked out from the rest (`report.disclosure`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quizgen.bank.statistics import Figures
from quizgen.calibration.difficulty import calibrated, logits, weights
from quizgen.calibration.sittings import Item, Sitting
from quizgen.problem.model import Problem
from quizgen.report.disclosure import SMALLEST, shown

COMMONEST = 5  # notes of a problem that are named
OTHERS = "all others"  # structures that too few met, together

Key = tuple[str, str]  # problem, answers


@dataclass(frozen=True)
class Gathering:
    """The rows of a table, of how many exams and students, and what was left out."""

    rows: tuple[Figures, ...]
    exams: int
    students: int
    left_out: tuple[str, ...]


def gather(sittings: Sequence[Sitting], problems: Mapping[str, Problem]) -> Gathering:
    """What sittings say of the problems of a bank."""
    large = [sitting for sitting in sittings if sitting.students >= SMALLEST]
    left_out = [f"exam {one.code}: fewer than {SMALLEST} students" for one in sittings if one not in large]
    strange = sorted({name for one in large for name in one.problems if not _same(one.problems[name], problems)})
    left_out += [f"{name}: the bank has no such problem, or it draws and asks otherwise" for name in strange]
    by_key: dict[Key, list[tuple[int, Item]]] = defaultdict(list)
    for number, sitting in enumerate(large):
        for item in sitting.items:
            if _same(sitting.problems[item.problem], problems):
                by_key[item.problem, item.answers].append((number, item))
    keys = sorted(by_key)
    ability, difficulty = _calibrated(by_key, keys)
    rows = [
        row
        for key, hard in zip(keys, difficulty.tolist(), strict=True)
        for row in (_whole(key, by_key[key], hard), *_parts(key, by_key[key], ability))
    ]
    counted = {number for items in by_key.values() for number, _ in items}
    return Gathering(tuple(rows), len(counted), sum(large[number].students for number in counted), tuple(left_out))


def _same(problem: Problem, known: Mapping[str, Problem]) -> bool:
    """Whether the bank's problem of this name draws and asks the same; its words may have been mended since."""
    now = known.get(problem.name)
    return now is not None and _asked(now) == _asked(problem)


def _asked(problem: Problem) -> tuple[set[str], set[tuple[str, str]]]:
    return set(problem.draws), {(answer.name, answer.kind) for answer in (*problem.answers, *problem.left_out)}


def _calibrated(by_key: Mapping[Key, list[tuple[int, Item]]], keys: Sequence[Key]) -> tuple[np.ndarray, np.ndarray]:
    """Ability of the students of each exam, difficulty of each problem."""
    cells = [(number, place, item) for place, key in enumerate(keys) for number, item in by_key[key]]
    exams, problems = (np.array([cell[i] for cell in cells], dtype=np.int64) for i in (0, 1))
    sums = np.array([item.shares.sum() for *_, item in cells], dtype=float)
    return calibrated(exams, problems, sums, np.array([item.n for *_, item in cells], dtype=float))


def _whole(key: Key, items: Sequence[tuple[int, Item]], difficulty: float) -> Figures:
    """The row of a problem in all its structures."""
    notes: Counter[str] = Counter()
    for _, item in items:
        notes.update(item.notes)
    told = sorted(((note, count) for note, count in notes.items() if count >= SMALLEST), key=lambda one: (-one[1], one))
    return Figures(
        *key,
        structure="",
        exams=len({number for number, _ in items}),
        students=sum(item.n for _, item in items),
        facility=sum(float(item.shares.sum()) for _, item in items) / sum(item.n for _, item in items),
        difficulty=difficulty,
        discrimination=_pooled(items),
        mistakes=tuple(told[:COMMONEST]),
    )


def _pooled(items: Sequence[tuple[int, Item]]) -> float:
    """The mean of the correlations found in each exam, weighted by its students; nan if there is none."""
    found = [(item.n, item.discrimination) for _, item in items if not np.isnan(item.discrimination)]
    return sum(n * r for n, r in found) / sum(n for n, _ in found) if found else np.nan


def _parts(key: Key, items: Sequence[tuple[int, Item]], ability: np.ndarray) -> list[Figures]:
    """A row for each structure of a problem that enough students met; the others together."""
    labels = np.concatenate([item.structures for _, item in items])
    names, codes = np.unique(labels.astype(str), return_inverse=True)
    if len(names) < 2:
        return []
    visible = shown(np.bincount(codes))
    new = np.where(visible, np.cumsum(visible) - 1, int(visible.sum()))[codes]
    told = [*names[visible].tolist(), OTHERS]
    shares = np.concatenate([item.shares for _, item in items])
    exams = np.concatenate([np.full(item.n, number) for number, item in items])
    rows = [
        _part(key, name, shares[new == code], exams[new == code], ability)
        for code, name in enumerate(told)
        if (new == code).sum() >= SMALLEST
    ]
    return rows if len(rows) > 1 else []


def _part(key: Key, name: str, shares: np.ndarray, exams: np.ndarray, ability: np.ndarray) -> Figures:
    """The row of a structure: how far its students stay below what their exam as a whole says of them."""
    present, code = np.unique(exams, return_inverse=True)
    counts, sums = np.bincount(code).astype(float), np.bincount(code, shares)
    weight = weights(sums, counts)
    below = float((weight * (ability[present] - logits(sums, counts))).sum() / weight.sum())
    mean = float(shares.mean())
    return Figures(*key, name, len(present), len(shares), mean, below, np.nan)
