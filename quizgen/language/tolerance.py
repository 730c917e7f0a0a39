"""How close is close enough: the closed interval around an expected number.

Rules (docs/marking-rules.md, "Tolerance"): `3 figures`, `2 decimals`, `1%`, `0.005`, `exact`, joined by `or`;
the widest counts. The guard of 4 ulps lets 0.8 be inside 0.7 ± 0.1 although doubles say otherwise. `whole number` is
exact, too; but a value that only a mistake makes fractional is written down rounded, so it has a little room.

>>> import numpy as np
>>> parse_tolerance("3 figures or 0.0005").bound(np.array([218.4, 0.0]))
array([0.5   , 0.0005])
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from quizgen.errors import QuizgenError

GUARD_ULPS = 4
FRACTION_DECIMALS = 2  # to which people write a fraction where a whole number is asked
FRACTION_ROOM = 0.01
_EXACT = 2.0**53
_FARTHEST = 300
_POWERS_OF_TEN = np.array([float(f"1e{exponent}") for exponent in range(-_FARTHEST, _FARTHEST + 1)])
Unit = Literal["figures", "decimals", "relative", "absolute", "exact", "whole"]

_COUNTED = re.compile(r"(\d{1,2}) (figures?|decimals?)")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,12})?) ?%")
_PLAIN = re.compile(r"(?:\d{1,15}|\d{0,15}\.\d{1,15})(?:e-?\d{1,2})?")


@dataclass(frozen=True)
class Rule:
    """One way to be close: so many figures or decimals, a share, an amount, or exactly."""

    unit: Unit
    amount: float = 0.0

    def bound(self, expected: np.ndarray) -> np.ndarray:
        """Half-width of the interval around each expected number, in its own unit."""
        if self.unit == "figures":
            unit = _power_of_ten(leading_exponent(expected, int(self.amount)) - (self.amount - 1))
            return np.where(expected == 0, 0.0, np.where(np.isfinite(expected), 0.5 * unit, np.nan))
        if self.unit == "relative":
            return np.asarray(np.abs(expected) * self.amount)
        if self.unit == "whole":
            return np.where(np.isnan(expected), np.nan, np.where(np.floor(expected) == expected, 0.0, FRACTION_ROOM))
        width = 0.5 * _power_of_ten(np.array(-self.amount)) if self.unit == "decimals" else self.amount
        return np.broadcast_to(np.array(width, dtype=float), expected.shape)


@dataclass(frozen=True)
class Tolerance:
    """What the author wrote, and the rules it stands for; the widest rule counts in each cell."""

    source: str
    rules: tuple[Rule, ...]

    def bound(self, expected: np.ndarray) -> np.ndarray:
        """Half-width without the guard; `expected` has any shape, nan gives nan."""
        widths = [rule.bound(np.asarray(expected, dtype=float)) for rule in self.rules]
        return widths[0] if len(widths) == 1 else np.maximum.reduce(widths)

    def reach(self, expected: np.ndarray) -> np.ndarray:
        """Half-width with the guard: 4 ulps of the larger of bound and expected number."""
        bound = self.bound(expected)
        result: np.ndarray = bound + GUARD_ULPS * np.spacing(np.maximum(bound, np.abs(expected)))
        return result

    def rounded(self, values: np.ndarray) -> np.ndarray:
        """The values as a student writes them down, to the figures or decimals asked (halves away from zero)."""
        for rule in self.rules:
            if rule.unit == "decimals":
                return round_half_up(values, np.full((1,) * values.ndim, rule.amount))
            if rule.unit == "figures":
                return round_half_up(values, rule.amount - 1 - leading_exponent(values, int(rule.amount)))
            if rule.unit == "whole":
                return round_half_up(values, np.full((1,) * values.ndim, FRACTION_DECIMALS))
        return values

    @cached_property
    def is_exact(self) -> bool:
        """Whether only the very number will do."""
        return all(rule.unit in ("exact", "whole") for rule in self.rules)

    @cached_property
    def vanishes_at_zero(self) -> bool:
        """Whether an expected 0 would leave no room at all, although other numbers have some."""
        return not self.is_exact and all(rule.unit in ("figures", "relative") for rule in self.rules)


def parse_tolerance(text: str, *, where: str = "") -> Tolerance:
    """Read `3 figures or 0.0005`; raises QuizgenError for anything it does not know."""
    rules = tuple(_rule(part.strip(), where) for part in text.split(" or "))
    return Tolerance(" ".join(text.split()), rules)


def leading_exponent(values: np.ndarray, figures: int) -> np.ndarray:
    """The power of ten of the first figure, after rounding to so many figures: 9.996 to 3 figures gives 1.

    Zero, and what is no number, count as 1; numbers beyond 1e150 (or below 1e-150) as that.
    """
    size = np.abs(np.asarray(values, dtype=float))
    size = np.clip(np.where(np.isfinite(size) & (size > 0), size, 1.0), 1e-150, 1e150)
    exponent = np.floor(np.log10(size))
    exponent += size >= _power_of_ten(exponent + 1)  # log10 may miss a power of ten by one ulp
    exponent -= size < _power_of_ten(exponent)
    rounded_up: np.ndarray = round_half_up(size, figures - 1 - exponent) >= _power_of_ten(exponent + 1)
    return np.asarray(exponent + rounded_up)


def _power_of_ten(exponent: np.ndarray) -> np.ndarray:
    """Ten to the power of whole numbers, none far beyond 150: looked up, since processors differ in the last bit."""
    return np.asarray(_POWERS_OF_TEN[np.asarray(exponent).astype(np.intp) + _FARTHEST])


def round_half_up(values: np.ndarray, decimals: np.ndarray) -> np.ndarray:
    """Round to so many decimals (negative: tens, hundreds), halves away from zero."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        scale = _power_of_ten(np.abs(decimals))
        fine = decimals >= 0
        if fine.all():  # as a rule
            scaled = np.abs(values) * scale
            rounded = np.floor(scaled + 0.5) / scale
        else:
            scaled = np.where(fine, np.abs(values) * scale, np.abs(values) / scale)
            whole = np.floor(scaled + 0.5)
            rounded = np.where(fine, whole / scale, whole * scale)
    signed, small = np.copysign(rounded, values), scaled < _EXACT  # larger ones have no such decimals
    return np.asarray(signed) if small.all() else np.where(small, signed, values)


def _rule(text: str, where: str) -> Rule:
    """Read one rule."""
    if text == "exact":
        return Rule("exact")
    if text in ("whole number", "whole numbers"):
        return Rule("whole")
    if match := _COUNTED.fullmatch(text):
        count, unit = int(match[1]), match[2].rstrip("s")
        if count <= 15 and (unit == "decimal" or count >= 1):
            return Rule("figures" if unit == "figure" else "decimals", count)
    if match := _PERCENT.fullmatch(text):
        return Rule("relative", float(match[1]) / 100)
    if _PLAIN.fullmatch(text):
        return Rule("absolute", float(text))
    raise QuizgenError(
        f"'{text}' is not a tolerance",
        where=where,
        hint="Write '3 figures', '2 decimals', '1%', '0.005' or 'whole number', or several joined by ' or '.",
    )
