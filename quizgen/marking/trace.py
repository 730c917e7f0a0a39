"""What marking tried, as it tries it: for whoever asks why an answer got its points.

The fold tells a listener every world that it holds an answer against, and which of them spoke. There is no second
marking: without a listener the same steps are taken in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

import numpy as np

from quizgen.answers.agreement import Agreement
from quizgen.marking.outcomes import Outcome, Rule
from quizgen.marking.shares import Shares
from quizgen.world.values import Value


class Step(StrEnum):
    """What an answer is held against, in the order in which it is tried; see docs/marking-rules.md."""

    TRUTH = "truth"
    FIGURES = "own-figures"  # those that the answer starts from being all right
    STEPS = "truth-steps"  # the right answer, unasked steps rounded
    OWN = "own-world"
    AGAIN = "again"
    MISTAKE = "mistake"
    AS_ASKED = "as-asked"
    REARRANGED = "rearranged"
    CELLS = "cells"
    SOME_CELLS = "some-cells"
    PAIR = "pair"


class Bar(StrEnum):
    """Why something that agrees does not count."""

    IMPOSSIBLE = "impossible"
    AMBIGUOUS = "ambiguous"  # in this variant something else would look the same
    CHARGED = "charged"  # one of a pair was charged before
    SEVERAL = "several"  # several notes explain the same


class Listener:
    """Hears what is tried, and does nothing with it; `rows` are numbers of students, columns as in `Marked`."""

    def tried(
        self,
        answer: str,
        step: Step,
        rows: np.ndarray,
        value: Value,
        found: Agreement,
        mistakes: tuple[int, ...] = (),
        *,
        rounded: bool = False,
    ) -> None:
        """Some students' answers were held against a value (their columns); `rounded`: with unasked steps rounded."""

    def barred(self, answer: str, step: Step, rows: np.ndarray, bar: Bar, mistakes: tuple[int, ...] = ()) -> None:
        """What was tried last on some students would agree, but does not count."""

    def counted(self, answer: str, rows: np.ndarray, counts: Cells, mistakes: tuple[int, ...] = ()) -> None:
        """Some students' right cells were counted; the columns of `counts` are theirs."""

    def spoke(self, answer: str, step: Step, rows: np.ndarray, verdict: Spoken) -> None:
        """A step settled some students' answers."""

    def earned(self, answer: str, rows: np.ndarray, credit: Shares) -> None:
        """Some students' right cells earn more than what spoke."""


SILENCE = Listener()


@dataclass(frozen=True)
class Cells:
    """Right cells of an array: how many, how many one constant would get right, of how many, and what they earn."""

    right: np.ndarray
    free: np.ndarray
    total: np.ndarray
    credit: Shares


@dataclass(frozen=True)
class Spoken:
    """What a step gives: outcome, share of the points, and the rule that marks.csv names."""

    outcome: Outcome
    credit: Fraction
    rule: Rule


@dataclass(frozen=True)
class Try:
    """One student's answer held against one value; `cells`: where it agrees, None of a place.

    `value` is empty, and `defined` false, where it could not be computed. `mistakes` are numbers of `Problem.named`.
    """

    step: Step
    value: np.ndarray
    defined: bool
    agrees: bool
    cells: np.ndarray
    mistakes: tuple[int, ...] = ()
    rounded: bool = False
    bar: Bar | None = None


@dataclass(frozen=True)
class Counted:
    """One student's right cells in one world, and the share of the points that they earn."""

    right: int
    free: int
    total: int
    credit: Fraction
    mistakes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Account:
    """All that was tried on one student's answer, in order, and what spoke: none where nothing explains it."""

    tries: tuple[Try, ...] = ()
    counts: tuple[Counted, ...] = ()
    step: Step | None = None
    spoken: Spoken | None = None
    cells_earn: Fraction | None = None

    @property
    def credit(self) -> Fraction:
        """The share of the points that the answer earns."""
        if self.cells_earn is not None:
            return self.cells_earn
        return self.spoken.credit if self.spoken else Fraction(0)


@dataclass
class Trace(Listener):
    """Keeps what it hears of one question; `of` gives one student's account."""

    _tries: dict[str, list[tuple[np.ndarray, Value, Agreement, Try]]] = field(default_factory=dict)
    _bars: dict[tuple[str, int, int], Bar] = field(default_factory=dict)  # answer, place of the try, student
    _counts: dict[str, list[tuple[np.ndarray, Cells, tuple[int, ...]]]] = field(default_factory=dict)
    _spoken: dict[tuple[str, int], tuple[Step, Spoken]] = field(default_factory=dict)
    _earned: dict[tuple[str, int], Fraction] = field(default_factory=dict)

    def tried(
        self,
        answer: str,
        step: Step,
        rows: np.ndarray,
        value: Value,
        found: Agreement,
        mistakes: tuple[int, ...] = (),
        *,
        rounded: bool = False,
    ) -> None:
        """Keep what was held against some students' answers."""
        nothing = np.zeros(0)
        one = Try(step, nothing, False, False, nothing, mistakes, rounded)
        self._tries.setdefault(answer, []).append((rows, value, found, one))

    def barred(self, answer: str, step: Step, rows: np.ndarray, bar: Bar, mistakes: tuple[int, ...] = ()) -> None:
        """Keep why what was tried last of this step, with these mistakes, does not count."""
        tries = self._tries.get(answer, [])
        for row in rows.tolist():
            for place in reversed(range(len(tries))):
                tried_rows, _, found, one = tries[place]
                mine = np.flatnonzero(tried_rows == row)
                if (one.step, one.mistakes) == (step, mistakes) and mine.size and found.whole[mine[0]]:
                    self._bars[answer, place, row] = bar
                    break

    def counted(self, answer: str, rows: np.ndarray, counts: Cells, mistakes: tuple[int, ...] = ()) -> None:
        """Keep how many cells were right."""
        self._counts.setdefault(answer, []).append((rows, counts, mistakes))

    def spoke(self, answer: str, step: Step, rows: np.ndarray, verdict: Spoken) -> None:
        """Keep what settled an answer."""
        self._spoken.update({(answer, row): (step, verdict) for row in rows.tolist()})

    def earned(self, answer: str, rows: np.ndarray, credit: Shares) -> None:
        """Keep what the right cells earn."""
        self._earned.update({(answer, row): credit.fraction(i) for i, row in enumerate(rows.tolist())})

    def of(self, answer: str, row: int) -> Account:
        """One student's account."""
        step, spoken = self._spoken.get((answer, row), (None, None))
        tries, counts = tuple(self._tried_on(answer, row)), tuple(self._counted_of(answer, row))
        return Account(tries, counts, step, spoken, self._earned.get((answer, row)))

    def _tried_on(self, answer: str, row: int) -> Iterator[Try]:
        for place, (rows, value, found, one) in enumerate(self._tries.get(answer, [])):
            for i in np.flatnonzero(rows == row).tolist():
                cells = value.column(i)
                exists = bool((value.shape[:, i] >= 0).all()) and not (
                    cells.dtype.kind == "f" and np.isnan(cells).all()
                )
                agreeing = found.cells[..., i]
                bar = self._bars.get((answer, place, row))
                told = (cells, exists, bool(found.whole[i]), agreeing)
                yield Try(one.step, *told, one.mistakes, one.rounded, bar)

    def _counted_of(self, answer: str, row: int) -> Iterator[Counted]:
        for rows, counts, mistakes in self._counts.get(answer, []):
            for i in np.flatnonzero(rows == row).tolist():
                right, free, total = (int(part[i]) for part in (counts.right, counts.free, counts.total))
                yield Counted(right, free, total, counts.credit.fraction(i), mistakes)


Traces = Mapping[str, Trace]  # question -> what was tried on its answers
