"""One asked answer of n students as it was read, before anybody judges it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from quizgen.world.values import Value


class State(StrEnum):
    """How an answer was read."""

    READ = "read"
    BLANK = "blank"
    UNREADABLE = "unreadable"
    NOT_ASKED = "not asked"


STATES = tuple(State)


@dataclass(frozen=True)
class Typed:
    """One answer of n students as read: numbers, nan where a cell is blank, and a code of STATES each."""

    value: Value
    state: np.ndarray

    @classmethod
    def of(cls, value: Value) -> Typed:
        """Values that were all read."""
        return cls(value, np.zeros(value.n, dtype=np.uint8))

    def take(self, rows: np.ndarray) -> Typed:
        """Keep some students."""
        return Typed(self.value.take(rows), self.state[rows])
