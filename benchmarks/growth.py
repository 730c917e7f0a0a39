"""Whole processes for ever larger classes, and how their time and memory grow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from clock import exponent
from found import Figure, Found

PATIENCE = 900.0  # seconds; what would take longer, by what came before, is left out, and said


@dataclass(frozen=True)
class Measured:
    """A class of n students: a row of the table, and what is held against n."""

    n: int
    row: dict[str, Figure]
    seconds: float  # of the clock
    processor: float
    megabytes: float


def growing(sizes: Sequence[int], measured: Callable[[int], Measured]) -> Iterator[Measured]:
    """Ever larger classes, as long as the next one would not take too long."""
    before: Measured | None = None
    for n in sizes:
        if before is not None and before.seconds * n / before.n > PATIENCE:
            return
        before = measured(n)
        yield before


def grown(title: str, what: str, measured: Sequence[Measured], sizes: Sequence[int], start: float = 0.0) -> Found:
    """The table, and the growth of all classes but the smallest; `start`: seconds that are no part of it."""
    larger = measured[1:]
    numbers = [one.n for one in larger]
    ratios = {
        f"exponent of {what}: time": exponent(numbers, [max(one.processor - start, 1e-3) for one in larger]),
        f"exponent of {what}: memory": exponent(numbers, [one.megabytes for one in larger]),
    }
    notes = [f"growth from {numbers[0]:,} to {numbers[-1]:,} students"]
    if left := sizes[len(measured) :]:
        notes.append(f"left out, since they would take more than {PATIENCE:g} s: {', '.join(f'{n:,}' for n in left)}")
    return Found(title, [one.row for one in measured], ratios, notes)
