"""A number as multiple choice: what is right among what the declared mistakes would give.

All choices are rounded as asked, and all are different then. Where the mistakes give too few, numbers near the right
one fill up. The order is drawn for each box from its tag, so that it says nothing, and is the same every time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from quizgen.export.items import Asked, Box, Item, Slip
from quizgen.language.tolerance import Tolerance
from quizgen.problem.grader import Grader
from quizgen.render.numbers import worked


@dataclass(frozen=True)
class Choice:
    """One of several; `slip` is the mistake behind a wrong one, if a mistake is."""

    text: str
    right: bool
    slip: Slip | None = None


def choices_of(item: Item, asked: Asked, box: Box, grader: Grader, count: int) -> tuple[Choice, ...]:
    """What a student chooses from, in the order drawn for this box: the words of a choice, or `count` numbers.

    Words keep the author's order. Raises ValueError for a box in which no number is asked and no options are.
    """
    if box.options:
        return tuple(Choice(option, option == box.texts[0]) for option in box.options)
    if not box.is_number:
        raise ValueError(f"{box.name} is neither a number nor a choice")
    tolerance = asked.field.answer.ask or asked.field.answer.tolerance(grader.tolerance)
    right = Choice(_rounded(box.right, tolerance), right=True)
    found = {right.text: right}
    for value, slip in _wrong(box):
        text = _rounded(value, tolerance)
        if len(found) < count and not box.low <= float(text) <= box.high:
            found.setdefault(text, Choice(text, right=False, slip=slip))
    return tuple(sorted(found.values(), key=lambda choice: _drawn(item.section.tag, box.name, choice.text)))


def _wrong(box: Box) -> Iterator[tuple[float, Slip | None]]:
    """Wrong numbers: what mistakes give, likely ones first, then numbers nearby; fractions last where whole is asked."""
    slips = [slip for slip in box.slips if np.isfinite(slip.value)]
    whole = box.right == int(box.right)
    for slip in sorted(slips, key=lambda slip: whole and slip.value != int(slip.value)):
        yield slip.value, slip
    size = 1.0 if whole else 10.0 ** np.floor(np.log10(max(abs(box.right), 1e-3)))
    step = max(size, 2 * (box.high - box.low))
    for times in range(1, 100):
        yield box.right + times * step, None
        yield box.right - times * step, None


def _rounded(value: float, tolerance: Tolerance) -> str:
    """A number as a careful student writes it."""
    return worked(float(tolerance.rounded(np.array([value]))[0]) + 0.0)


def _drawn(tag: str, name: str, text: str) -> bytes:
    """A place in an order that nobody can guess from the texts, and that is always the same."""
    return hashlib.blake2b(f"{tag}/{name}/{text}".encode(), digest_size=8).digest()
