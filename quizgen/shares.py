"""Exact fractions in columns: a numerator and a denominator per student, so that points add up exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

_ROOMY = 2**31  # products of two such denominators still fit into 64 bits


@dataclass(frozen=True)
class Shares:
    """n fractions in lowest terms; `top` and `bottom` are whole numbers, bottom positive."""

    top: np.ndarray
    bottom: np.ndarray

    @classmethod
    def of(cls, share: Fraction | int, n: int) -> Shares:
        """The same fraction n times."""
        exact = Fraction(share)
        return cls(np.full(n, exact.numerator, dtype=np.int64), np.full(n, exact.denominator, dtype=np.int64))

    @classmethod
    def ratio(cls, top: np.ndarray, bottom: np.ndarray) -> Shares:
        """Top / bottom, reduced; bottom must be positive."""
        common = np.gcd(top, bottom)
        return cls(top // common, bottom // common)

    def __add__(self, other: Shares) -> Shares:
        """Add column by column."""
        a, b = self._fitted(other), other._fitted(self)
        return Shares.ratio(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom)

    def times(self, factor: Fraction) -> Shares:
        """Multiply every fraction by the same one."""
        return Shares.ratio(self.top * factor.numerator, self.bottom * factor.denominator)

    def put(self, rows: np.ndarray, others: Shares) -> Shares:
        """These fractions, with those of some rows (a mask or numbers) replaced."""
        top, bottom = self.top.copy(), self.bottom.copy()
        top[rows], bottom[rows] = others.top, others.bottom
        return Shares(top, bottom)

    def take(self, rows: np.ndarray) -> Shares:
        """Keep some rows."""
        return Shares(self.top[rows], self.bottom[rows])

    def rounded(self, step: Fraction) -> np.ndarray:
        """Multiples of a step, halves upwards, as floats for printing."""
        steps = self.times(1 / step)
        counts = (2 * steps.top + steps.bottom) // (2 * steps.bottom)
        return np.asarray(counts * step.numerator / step.denominator, dtype=float)

    def fraction(self, i: int) -> Fraction:
        """One of them."""
        return Fraction(int(self.top[i]), int(self.bottom[i]))

    @property
    def floats(self) -> np.ndarray:
        """Approximate values."""
        return np.asarray(self.top / self.bottom, dtype=float)

    def _fitted(self, other: Shares) -> Shares:
        """The same with Python's unbounded integers where 64 bits might overflow."""
        if not len(self.bottom) or (max(self.bottom.max(), other.bottom.max()) < _ROOMY):
            return self
        return Shares(self.top.astype(object), self.bottom.astype(object))
