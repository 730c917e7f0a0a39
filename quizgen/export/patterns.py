r"""Regular expressions for what is right: platforms that compare texts by patterns can know an interval exactly.

All decimals from `low` up to, but without, `high` are those that begin with one of a few rows of digits, and go on in
any way; `high` itself is one more. So [0.95, 1.2] is `0.9` and 5 to 9, then anything; `1.0` or `1.1`, then anything;
`1.2` and zeros. Zeros before a number and behind its decimals, a plus, and a decimal comma make no difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_MINUS = "[-\u2212\u2013]"  # as typed, and as typeset
_POINT = "[.,]"


def interval_pattern(low: Decimal, high: Decimal) -> str:
    r"""A pattern that matches the decimals from `low` to `high`, both included, and nothing else.

    >>> interval_pattern(Decimal(450), Decimal(450))
    '\\+?(?=[.,]?\\d)0*450(?:[.,]0*)?'
    >>> bool(re.fullmatch(interval_pattern(Decimal("0.95"), Decimal("1.2")), "1,1999"))
    True
    """
    decimals = max(0, -low.as_tuple().exponent, -high.as_tuple().exponent)  # type: ignore[operator]  # both are finite
    ends = [int(end.scaleb(decimals)) for end in (low, high)]
    parts = []
    if ends[1] >= 0:
        parts.append(rf"\+?{_positive(max(0, ends[0]), ends[1], decimals)}")
    if ends[0] < 0:
        parts.append(f"{_MINUS} ?{_positive(max(0, -ends[1]), -ends[0], decimals)}")
    return _either(parts)


def text_pattern(text: str) -> str:
    """A pattern for a text in any letters' case, with any space between its words.

    >>> text_pattern("2 x 3.5")
    '2\\\\s*[xX]\\\\s*3\\\\.5'
    """
    return r"\s*".join("".join(map(_in_any_case, word)) for word in text.split())


def _in_any_case(sign: str) -> str:
    """A sign, as itself or in the other case: no flag says that to every engine."""
    cases = dict.fromkeys((sign, sign.lower(), sign.upper()))
    return re.escape(sign) if len(cases) == 1 else f"[{''.join(case for case in cases if len(case) == 1)}]"


def _either(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"


def _positive(low: int, high: int, decimals: int) -> str:
    """The numbers from `low` to `high`, in units of the last decimal, without a sign."""
    found = [row.pattern for row in _rows(low, high, decimals)]
    return r"(?=[.,]?\d)0*" + _either([*found, _exactly(high, decimals)])


@dataclass(frozen=True)
class _Row:
    """The numbers whose digits begin with `start`, go on with one of `first` to `last`, and then in any way."""

    start: str
    first: int
    last: int
    free: int  # digits that follow, down to the last decimal
    decimals: int

    @property
    def pattern(self) -> str:
        """As a pattern; zeros before the number are matched elsewhere."""
        digit = str(self.first) if self.first == self.last else f"[{self.first}-{self.last}]"
        if self.free >= self.decimals:
            before = self.start.lstrip("0")
            may_lack = "?" if not before and not self.first and self.free == self.decimals else ""  # .5 is 0.5
            whole = before + digit + may_lack + r"\d" * (self.free - self.decimals)
            return rf"{whole}(?:{_POINT}\d*)?"
        cut = len(self.start) + 1 + self.free - self.decimals
        return self.start[:cut].lstrip("0") + _behind_point(self.start[cut:], rf"{digit}\d*", may_end=self.first == 0)


def _behind_point(digits: str, tail: str, *, may_end: bool) -> str:
    """Decimals; where only zeros are left, they may be left away."""
    for digit in reversed(digits):
        tail = digit + (f"(?:{tail})?" if may_end else tail)
        may_end = may_end and digit == "0"
    return f"(?:{_POINT}(?:{tail})?)?" if may_end else f"{_POINT}{tail}"


def _exactly(number: int, decimals: int) -> str:
    digits = str(number).zfill(decimals + 1)
    whole, behind = digits[: len(digits) - decimals].lstrip("0"), digits[len(digits) - decimals :].rstrip("0")
    return f"{whole}{_POINT}{behind}0*" if behind else f"{whole}(?:{_POINT}0*)?"


def _rows(low: int, high: int, decimals: int) -> Iterator[_Row]:
    """The rows of digits that make up all numbers from `low` up to, but without, `high`."""
    places = max(len(str(high)), decimals + 1)
    while low < high:
        free = 0
        while free + 1 < places and low % 10 ** (free + 1) == 0 and low + 10 ** (free + 1) <= high:
            free += 1
        digit = low // 10**free % 10
        if digit == 0 and free > decimals and low == 0:  # 7 is not written 07
            free = decimals
        last = min(9, digit + (high - low) // 10**free - 1)
        start = str(low // 10 ** (free + 1)).zfill(places - free - 1) if places - free - 1 else ""
        yield _Row(start, digit, last, free, decimals)
        low += (last - digit + 1) * 10**free
