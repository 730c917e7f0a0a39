"""The interval told to a platform that keeps so many decimals: as wide as ours at least, the same on both sides."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from quizgen.export.items import Box
from quizgen.problem.model import Answer

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_SAME = 1e-6  # of a last digit: what rounding errors leave
_ULP = 2.0**-51
MOST_DECIMALS = 12


@dataclass(frozen=True)
class Within:
    """A right number and how far from it an answer may lie, exactly, as decimals."""

    right: Decimal
    reach: Decimal

    @property
    def low(self) -> Decimal:
        """The smallest number that is right."""
        return self.right - self.reach

    @property
    def high(self) -> Decimal:
        """The largest number that is right."""
        return self.right + self.reach


def within(box: Box, decimals: int) -> Within:
    """The smallest margin of so many decimals that holds everything that is right in a box.

    >>> from fractions import Fraction
    >>> within(Box("Q1.z", "number", Fraction(1), 0.12346, 0.12341, 0.12351), 4)
    Within(right=Decimal('0.1235'), reach=Decimal('0.0001'))
    """
    right = _units(box.right, decimals, round)
    low, high = _units(box.low, decimals, math.floor), _units(box.high, decimals, math.ceil)
    return Within(_decimal(right, decimals), _decimal(max(right - low, high - right), decimals))


def plain(number: Decimal) -> str:
    """A decimal without an exponent, and without zeros at its end.

    >>> plain(Decimal("450.0000")), plain(Decimal("0.1000")), plain(Decimal("0E-4"))
    ('450', '0.1', '0')
    """
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def decimals_asked(answer: Answer, box: Box) -> int:
    """The decimals that a student is asked for, or that tell what is right from what is wrong."""
    if box.kind == "integer":
        return 0
    for rule in answer.ask.rules if answer.ask else ():
        if rule.unit == "decimals":
            return int(rule.amount)
        if rule.unit == "figures":
            return max(0, int(rule.amount) - 1 - _exponent(box.right))
    reach = (box.high - box.low) / 2
    if reach > 0:
        return min(MOST_DECIMALS, max(0, 1 - math.floor(math.log10(reach))))
    text = f"{box.right:.{MOST_DECIMALS}f}".rstrip("0")
    return len(text.partition(".")[2])


def inside(box: Box, decimals: int) -> range:
    """The numbers of so many decimals that are right in a box, in units of the last one."""
    return range(_units(box.low, decimals, math.ceil), _units(box.high, decimals, math.floor) + 1)


def written(units: int, decimals: int) -> str:
    """So many units of the last of some decimals, with all its zeros.

    >>> written(-5, 2), written(1300, 3), written(7, 0)
    ('-0.05', '1.300', '7')
    """
    return f"{_decimal(units, decimals):.{decimals}f}"


def as_typed(text: str) -> Decimal | None:
    """The number that a platform reads that knows plain decimals and exponents; None for anything else.

    >>> as_typed(" -1.50 "), as_typed("1e-3"), as_typed("1,5"), as_typed("1/3")
    (Decimal('-1.50'), Decimal('0.001'), None, None)
    """
    return Decimal(text.strip()) if _NUMBER.fullmatch(text.strip()) else None


def _units(number: float, decimals: int, rounds: Callable[[float], int]) -> int:
    """A number in units of the last of some decimals; what is a whole one but for rounding errors stays so."""
    scaled = number * 10.0**decimals
    whole = round(scaled)
    if abs(scaled - whole) <= max(_SAME, abs(scaled) * _ULP):
        return whole
    return rounds(scaled)


def _decimal(units: int, decimals: int) -> Decimal:
    return Decimal(units).scaleb(-decimals)


def _exponent(number: float) -> int:
    return math.floor(math.log10(abs(number))) if number else 0
