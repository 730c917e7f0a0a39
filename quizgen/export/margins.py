"""A number and its margin as texts, so that whatever is right here is right on a platform, too.

A platform reads the texts back into doubles, and compares in its own way. So the margin covers the whole interval
around the number *as printed*, and is widened by half a unit beyond the last printed digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal

from quizgen.export.items import Box

FIGURES = 14  # that Moodle keeps of a number
_UP = Context(prec=FIGURES, rounding=ROUND_CEILING)


@dataclass(frozen=True)
class Margin:
    """What is right, as printed, and how far an answer may be off; both with a decimal point."""

    value: str
    margin: str

    @property
    def low(self) -> float:
        """The least number that is accepted."""
        return float(Decimal(self.value) - Decimal(self.margin))

    @property
    def high(self) -> float:
        """The greatest number that is accepted."""
        return float(Decimal(self.value) + Decimal(self.margin))


def margin_of(box: Box) -> Margin:
    """The number of a box with a margin that holds all that is accepted; 0 where only the very number will do.

    >>> from fractions import Fraction
    >>> margin_of(Box("Q1.a", "integer", Fraction(1), 7.0, 7.0, 7.0))
    Margin(value='7', margin='0')
    >>> margin_of(Box("Q1.a", "number", Fraction(1), 0.7, 0.6, 0.7999999999999999))
    Margin(value='0.7', margin='0.10000000000001')
    """
    return _around(box.right, box.low, box.high)


def printed(number: float) -> str:
    """A number to 14 figures, with a point.

    >>> printed(2 / 3), printed(-0.0), printed(1e-7)
    ('0.66666666666667', '0', '1e-07')
    """
    return f"{number + 0.0:.{FIGURES}g}"


def _around(right: float, low: float, high: float) -> Margin:
    value = printed(right)
    middle = Decimal(value)
    room = max(middle - Decimal(low), Decimal(high) - middle)
    if not room and float(value) == right:
        return Margin(value, "0")
    last = Decimal(1).scaleb(max(middle.adjusted(), room.adjusted()) - FIGURES + 1)
    return Margin(value, f"{_UP.plus(room + last / 2).normalize():f}")
