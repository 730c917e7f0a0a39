"""Sheets that fit another variant: somebody seems to have worked on another paper than the one on record.

Judged per sheet, never per answer: with 400 variants a wrong small number nearly always equals the right one of some
other variant. What counts is that answers of several questions, wrong for the own variant, are right for one and the
same other.

The chance. Variants are drawn independently, so a wrong value v of an honest student equals the right answer of a
given other variant with probability f(v), the share of the other variants whose right answer it is. A question's
evidence for a variant is 1 / (w * f(v)) of its rarest agreeing value, w being the number of its wrong answers; 1 where
nothing agrees or this is less. Each of the w answers adds at most f / (w * f) = 1 / w to its mean over honest work: it
is at most 2. Questions are drawn independently of one another, so the product E over k questions with wrong answers has
a mean of at most 2^k, and by Markov's inequality it is as large as E by chance with a probability of at most 2^k / E.
This is multiplied by the number of pairs of a student and a variant (Bonferroni): LEVEL bounds the chance of any false
proposal in the whole class.

f is at least 1 / (n - 1) for n variants, so a single question never suffices, and small whole numbers weigh next to
nothing. Columns and hashes throughout: time grows with students plus variants, not with their product.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from quizgen.language.tolerance import FRACTION_DECIMALS, Rule, Tolerance
from quizgen.world.values import Value

LEVEL = 1e-3
_RARE = 16  # a value that more variants share leads nobody to one of them; it still counts once a variant is suspected
_DIGITS = 9  # of numbers that are asked without rounding
_PAIRS = 1 << 20  # pairs of student and variant looked at together


@dataclass(frozen=True)
class Known:
    """The right answers of all n variants, as numbers: equal numbers are equal values; made once for all students.

    `values`: the different ones, hashed and sorted; `expected`: the number of each variant's, len(values) where it is
    not asked; `share`: per number, of the variants; `order`, `starts`: the variants sorted by number.
    """

    values: np.ndarray
    expected: np.ndarray
    share: np.ndarray
    order: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, value: Value, asked: Tolerance, asks: np.ndarray | None = None) -> Known:
        """What is right, rounded as asked; `asks`: mask of the variants that ask it."""
        values, place = np.unique(hashed(value, asked), return_inverse=True)
        expected = (place if asks is None else np.where(asks, place, len(values))).astype(np.int32)
        order = np.argsort(expected, kind="stable").astype(np.int32)
        starts = np.searchsorted(expected[order], np.arange(len(values) + 1)).astype(np.int32)
        share = np.diff(np.append(starts, len(order)))[: len(values)] / max(1, value.n - 1)
        return cls(values, expected, share, order, starts)


@dataclass(frozen=True)
class Evidence:
    """One answer of m students beside the right answers of all n variants.

    `name`: for people; `question`: answers of one question count once; `typed`: (..., m), `expected`: (..., n);
    `wrong`: mask of the m students whose answer was read, and is wrong for their own variant; `asked`: how it is
    rounded; `asks`: mask of the n variants that ask it, None for all; `known`: what is right, if it was made before.
    """

    name: str
    question: str
    typed: Value
    expected: Value
    wrong: np.ndarray
    asked: Tolerance
    asks: np.ndarray | None = None
    known: Known | None = None


@dataclass(frozen=True)
class Misread:
    """A proposal for a person to look at: that student `row` holds `variant`, numbers from 1, rather than `own`.

    `agreeing`: the names of the answers that are wrong for the own variant and right for that one; `wrong`: how many
    are wrong for the own one; `chance`: bound for the probability of any such find in an honest class.
    """

    row: int
    own: int
    variant: int
    agreeing: tuple[str, ...]
    wrong: int
    chance: float

    @property
    def says(self) -> str:
        """What a reviewer reads: the question, the evidence, the chance; no verdict."""
        own, other = f"{self.own:03d}", f"{self.variant:03d}"
        return (
            f"variant {other} instead of {own}? {len(self.agreeing)} of {self.wrong} answers that are wrong for {own} "
            f"are right for {other}: {', '.join(self.agreeing)} (by chance: below {ceiling(self.chance)})"
        )


def misread(own: np.ndarray, evidence: Sequence[Evidence], students: int = 0, level: float = LEVEL) -> list[Misread]:
    """Find the students whose wrong answers fit another variant far better than chance; at most one proposal each.

    `own`: the variants that m students hold, from 1; `students`: how many were looked at in all, if these are only a
    part; `level`: proposals need a smaller chance. Empty where nothing was wrong.
    """
    columns = [column for column in evidence if column.wrong.any() and column.typed.axes == column.expected.axes]
    if not columns:
        return []
    variants = columns[0].expected.n
    matches = [_Match.of(column, own - 1) for column in columns]
    rows, others = _suspected(matches, own - 1, variants)
    best: dict[int, Misread] = {}
    for start in range(0, len(rows), _PAIRS):
        some = slice(start, start + _PAIRS)
        chances, agreeing = _chances(matches, rows[some], others[some], max(students, len(own)) * variants)
        for i in np.flatnonzero(chances < level).tolist():
            row, other = int(rows[some][i]), int(others[some][i])
            if row not in best or chances[i] < best[row].chance:
                names = tuple(match.name for match, agrees in zip(matches, agreeing[:, i], strict=True) if agrees)
                wrong = sum(bool(match.wrong[row]) for match in matches)
                best[row] = Misread(row, int(own[row]), other + 1, names, wrong, float(chances[i]))
    return [best[row] for row in sorted(best)]


def ceiling(chance: float) -> str:
    """A bound for a chance with one figure, rounded upwards; tiny ones are not told apart.

    >>> ceiling(0.00031), ceiling(2e-30)
    ('0.0004', '1e-12')
    """
    if chance <= 1e-12:
        return "1e-12"
    unit = 10.0 ** math.floor(math.log10(chance))
    return f"{math.ceil(chance / unit - 1e-9) * unit:.0g}"


@dataclass(frozen=True)
class _Match:
    """One answer, its values replaced by numbers: equal numbers are equal values.

    `typed`: per student, -1 where it is right, unread or no variant's.
    """

    name: str
    question: str
    wrong: np.ndarray
    typed: np.ndarray
    known: Known

    @classmethod
    def of(cls, column: Evidence, own: np.ndarray) -> _Match:
        known = column.known or Known.of(column.expected, column.asked, column.asks)
        values, expected = known.values, known.expected
        wrong = column.wrong if column.asks is None else column.wrong & column.asks[own]
        rows = np.flatnonzero(wrong)
        theirs = hashed(column.typed.take(rows), column.asked)
        place = np.minimum(np.searchsorted(values, theirs), len(values) - 1)
        typed = np.full(len(wrong), -1)
        typed[rows] = np.where((values[place] == theirs) & (place != expected[own[rows]]), place, -1)
        return cls(column.name, column.question, wrong, typed, known)

    def seeds(self) -> tuple[np.ndarray, np.ndarray]:
        """Students, and the variants whose right answer they typed, where few share it."""
        rows = np.flatnonzero(self.typed >= 0)
        starts = self.known.starts.astype(np.int64)
        first = starts[self.typed[rows]]
        count = starts[self.typed[rows] + 1] - first
        few = (count > 0) & (count <= _RARE)
        rows, first, count = rows[few], first[few], count[few]
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        return np.repeat(rows, count), self.known.order[np.repeat(first, count) + within].astype(np.int64)


def hashed(value: Value, asked: Tolerance) -> np.ndarray:
    """A number for each column's value, rounded as asked, with its shape; equal values have the same one.

    A weighted sum with fixed random weights, added in a fixed order: different values share it once in 2^50 or so.
    """
    units = _in_units(value.cells, asked)
    if not value.axes:
        return units
    if np.isnan(units).any():  # outside the own shape, or blank: neither adds anything
        units = np.nan_to_num(units)
    total = np.zeros(value.n)
    for axis, size in enumerate(value.shape):
        total += _weight((axis,)) * size
    for cell in np.ndindex(*value.largest):  # a cell has the same weight in a larger grid
        total += _weight((9, *cell)) * units[cell]
    return total


def _in_units(cells: np.ndarray, asked: Tolerance) -> np.ndarray:
    """Numbers counted in units of the last digit asked; if nobody asks for digits, of what the tolerance lets pass."""
    with np.errstate(over="ignore", invalid="ignore"):
        for rule in asked.rules:
            if rule.unit in ("decimals", "whole"):
                places = rule.amount if rule.unit == "decimals" else FRACTION_DECIMALS
                return np.asarray(np.floor(cells * 10.0**places + 0.5))
            if rule.unit == "figures":
                return asked.rounded(np.where(np.isfinite(cells), cells, 0.0)) + 0.0
        room = max((rule.amount for rule in asked.rules if rule.unit in ("absolute", "relative")), default=0.0)
        if any(rule.unit == "relative" for rule in asked.rules):
            figures = Tolerance(asked.source, (Rule("figures", max(1, math.floor(-math.log10(2 * room or 1e-9)))),))
            return figures.rounded(np.where(np.isfinite(cells), cells, 0.0)) + 0.0
        return np.asarray(np.floor(cells / (2 * room or 10.0**-_DIGITS) + 0.5))


@cache
def _weight(place: tuple[int, ...]) -> float:
    """A fixed random number between 1 and 2 for a place."""
    digest = hashlib.blake2b(repr(place).encode(), digest_size=8, person=b"quizgen misread").digest()
    return 1.0 + int.from_bytes(digest, "big") / 2.0**64


def _suspected(matches: Sequence[_Match], own: np.ndarray, variants: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of a student and another variant that share rare values in two questions at least."""
    codes = []
    for question in dict.fromkeys(match.question for match in matches):
        seeds = [match.seeds() for match in matches if match.question == question]
        codes.append(_once(np.concatenate([rows * variants + others for rows, others in seeds])))
    pairs = np.sort(np.concatenate(codes))
    rows, others = np.divmod(_once(pairs[1:][pairs[1:] == pairs[:-1]]), variants)
    real = others != own[rows]
    return rows[real], others[real]


def _once(numbers: np.ndarray) -> np.ndarray:
    """Each number once, sorted; for millions of them faster than a table of hashes."""
    numbers = np.sort(numbers)
    first = np.append(True, numbers[1:] != numbers[:-1])[: len(numbers)]
    return np.asarray(numbers[first])


def _chances(
    matches: Sequence[_Match], rows: np.ndarray, others: np.ndarray, pairs: int
) -> tuple[np.ndarray, np.ndarray]:
    """For each pair the bound for its chance in the whole class, and which answers agree, (answers, pairs)."""
    logs = np.full(len(rows), math.log(pairs))
    agreeing = np.zeros((len(matches), len(rows)), dtype=bool)
    for question in dict.fromkeys(match.question for match in matches):
        level, wrong = np.ones(len(rows)), np.zeros(len(rows), dtype=int)
        for i, match in enumerate(matches):
            if match.question == question:
                typed = match.typed[rows]
                agreeing[i] = (typed >= 0) & (typed == match.known.expected[others])
                level = np.where(agreeing[i], np.minimum(level, match.known.share[np.maximum(typed, 0)]), level)
                wrong += match.wrong[rows]
        logs += np.where(wrong > 0, math.log(2), 0.0) + np.log(np.minimum(1.0, level * np.maximum(wrong, 1)))
    return np.exp(np.minimum(0.0, logs)), agreeing
