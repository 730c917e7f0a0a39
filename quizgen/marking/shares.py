"""Exact fractions in columns: a numerator and a denominator per student, so that points add up exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

_ROOMY = 2**30  # products of two such numbers, and sums of two products, fit into 64 bits


@dataclass(frozen=True)
class Shares:
    """n fractions in lowest terms; `top` and `bottom` are whole numbers, bottom positive.

    64 bits as long as they suffice, Python's unbounded integers beyond.
    """

    top: np.ndarray
    bottom: np.ndarray

    @classmethod
    def of(cls, share: Fraction | int, n: int) -> Shares:
        """The same fraction n times."""
        exact = Fraction(share)
        return cls(_column(exact.numerator, n), _column(exact.denominator, n))

    @classmethod
    def ratio(cls, top: np.ndarray, bottom: np.ndarray) -> Shares:
        """Top / bottom, reduced; bottom must be positive."""
        common = np.gcd(top, bottom)
        return cls(_narrow(top // common), _narrow(bottom // common))

    def __add__(self, other: Shares) -> Shares:
        """Add column by column."""
        a, b = self._roomy(other), other._roomy(self)
        return Shares.ratio(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom)

    def times(self, factor: Fraction) -> Shares:
        """Multiply every fraction by the same one."""
        other = Shares.of(factor, len(self.top))
        a, b = self._roomy(other), other._roomy(self)
        return Shares.ratio(a.top * b.top, a.bottom * b.bottom)

    def put(self, rows: np.ndarray, others: Shares) -> Shares:
        """These fractions, with those of some rows (a mask or numbers) replaced."""
        wide = np.result_type(self.top, self.bottom, others.top, others.bottom)
        top, bottom = self.top.astype(wide), self.bottom.astype(wide)
        top[rows], bottom[rows] = others.top, others.bottom
        return Shares(top, bottom)

    def take(self, rows: np.ndarray) -> Shares:
        """Keep some rows."""
        return Shares(self.top[rows], self.bottom[rows])

    def rounded(self, step: Fraction) -> np.ndarray:
        """Multiples of a step, halves upwards, as floats for printing."""
        steps = self.times(1 / step)
        wide = steps._roomy(steps)
        counts = (2 * wide.top + wide.bottom) // (2 * wide.bottom)
        return np.asarray(counts * step.numerator / step.denominator, dtype=float)

    def sum(self) -> Fraction:
        """All of them together."""
        tops = {bottom: self.top[self.bottom == bottom].astype(object).sum() for bottom in set(self.bottom.tolist())}
        return sum((Fraction(int(top), int(bottom)) for bottom, top in tops.items()), Fraction(0))

    def fraction(self, i: int) -> Fraction:
        """One of them."""
        return Fraction(int(self.top[i]), int(self.bottom[i]))

    @property
    def floats(self) -> np.ndarray:
        """Approximate values."""
        return np.asarray(self.top / self.bottom, dtype=float)

    def _roomy(self, other: Shares) -> Shares:
        """The same with unbounded integers where products with the other might not fit into 64 bits."""
        columns = (self.top, self.bottom, other.top, other.bottom)
        if all(not len(column) or max(-column.min(), column.max()) < _ROOMY for column in columns):
            return self
        return Shares(self.top.astype(object), self.bottom.astype(object))


def _column(number: int, n: int) -> np.ndarray:
    """N times the same whole number."""
    return np.full(n, number, dtype=np.int64 if abs(number) < 2**62 else object)


def _narrow(numbers: np.ndarray) -> np.ndarray:
    """Whole numbers in 64 bits, if they fit."""
    if numbers.dtype == object and all(abs(number) < 2**62 for number in numbers):
        return numbers.astype(np.int64)
    return numbers
