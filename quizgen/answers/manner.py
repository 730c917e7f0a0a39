"""What is known of how numbers are written before one of them is read: never what the right one is."""

from __future__ import annotations

from dataclasses import dataclass

COMMA, POINT = ",", "."


@dataclass(frozen=True)
class Manner:
    """How the numbers of a column are written.

    `whole`: whole numbers are asked, so that 1,792 is no decimal. `percent`: the problem lets `5%` stand for 0.05.
    `decimal`: COMMA or POINT where it is known which of them marks decimals, else empty.
    """

    whole: bool = False
    percent: bool = False
    decimal: str = ""

    @property
    def groups_by_point(self) -> bool:
        """Whether 1.792 may mean one thousand and more."""
        return self.whole or self.decimal == COMMA


ANY_NUMBER, WHOLE_NUMBER = Manner(), Manner(whole=True)
