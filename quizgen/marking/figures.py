"""A figure that was carried on from an answer: as it was typed, and in the digits that were asked for.

Who writes more digits than asked, or fewer, may go on with those that were asked for. Both ways are fair.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quizgen.answers.agreement import agree
from quizgen.language.tolerance import Tolerance
from quizgen.problem.model import Answer
from quizgen.world.values import Value, aligned
from quizgen.world.worlds import World


@dataclass(frozen=True)
class Figure:
    """What n students carried on from an answer.

    `rows`: whose figure stands in their own world; `agreeing`: whose is right or carried, `by_truth`: by the right
    answer itself; `truth`, `own`: the worlds it was held against. Nothing is computed before somebody asks.
    """

    answer: Answer
    asks: Tolerance
    value: Value
    rows: np.ndarray
    agreeing: np.ndarray
    by_truth: np.ndarray
    truth: World
    own: World

    @property
    def as_asked(self) -> Value:
        """The figures in the digits asked."""
        return self._both[0]

    @property
    def differs(self) -> np.ndarray:
        """Mask of those for whom this is another figure than the one typed."""
        return self._both[1]

    @cached_property
    def _both(self) -> tuple[Value, np.ndarray]:
        """More digits than asked are rounded; fewer, which the tolerance let pass, are what they stand for, rounded."""
        cells = self._rounded(self.value.cells)
        if self.answer.within is not None and self.answer.ask is not None:
            for world, rows in (
                (self.truth, self.agreeing & self.by_truth),
                (self.own, self.agreeing & ~self.by_truth),
            ):
                due = world.value(self.answer.of, self.answer.step_axes)
                if due.largest == self.value.largest:
                    fewer = rows & ~agree(self.value, due, self.asks).whole
                    cells = np.where(fewer, self._rounded(due.cells), cells)
        typed, asked = aligned(self.value, Value(cells, self.value.shape))
        other = ((typed != asked) & ~(np.isnan(typed) & np.isnan(asked))).any(axis=tuple(range(typed.ndim - 1)))
        return Value(cells, self.value.shape), self.rows & other

    def _rounded(self, cells: np.ndarray) -> np.ndarray:
        return np.where(np.isfinite(cells), self.asks.rounded(np.nan_to_num(cells)), cells)
