"""A number as multiple choice: what is right among what the declared mistakes would give.

All choices are rounded as asked, and all are different then. Where the mistakes give too few, numbers near the right
one fill up. The order is drawn for each box from its tag, so that it says nothing, and is the same every time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from quizgen.export.items import Asked, Box, Item, Slip
from quizgen.problem.grader import Grader
from quizgen.render.numbers import worked


@dataclass(frozen=True)
class Choice:
    """One of several; `slip` is the mistake behind a wrong one, if one alone is."""

    text: str
    right: bool
    slip: Slip | None = None


def is_chosen(box: Box, count: int) -> bool:
    """Whether a box is chosen from, not typed into: words are, and numbers if so many choices are wanted."""
    return bool(box.options or (count and box.is_number))


def choices_of(item: Item, asked: Asked, box: Box, grader: Grader, count: int) -> tuple[Choice, ...]:
    """What a student chooses from, in the order drawn for this box: the words of a choice, or `count` numbers.

    Words keep the author's order. Raises ValueError for a box in which no number is asked and no options are.
    """
    if box.options:
        return tuple(Choice(option, option == box.texts[0]) for option in box.options)
    if not box.is_number:
        raise ValueError(f"{box.name} is neither a number nor a choice")
    tolerance = asked.field.answer.ask or asked.field.answer.tolerance(grader.tolerance)
    key = f"{item.section.tag}/{box.name}"
    mistaken = _mistaken(box)
    right, *wrong = tolerance.rounded(np.array([box.right, *(value for value, _ in mistaken)])).tolist()
    found = {worked(right): Choice(worked(right), right=True)}
    _add(found, box, zip(wrong, (slip for _, slip in mistaken), strict=True), count)
    if len(found) < count:
        nearby = tolerance.rounded(np.array(_nearby(box, count, key))).tolist()
        _add(found, box, ((value, None) for value in nearby), count)
    return tuple(sorted(found.values(), key=lambda choice: _drawn(f"{key}/{choice.text}")))


def _add(found: dict[str, Choice], box: Box, wrong: Iterable[tuple[float, Slip | None]], count: int) -> None:
    """Add wrong choices until there are enough: each another text, and none of them right."""
    for value, slip in wrong:
        if len(found) == count:
            return
        text = worked(value)
        if not box.low <= float(text) <= box.high:
            found.setdefault(text, Choice(text, right=False, slip=slip))


def _mistaken(box: Box) -> list[tuple[float, Slip | None]]:
    """What the mistakes give; where whole numbers are asked only those, and where one is right, whole ones first."""
    slips = [slip for slip in box.slips if np.isfinite(slip.value)]
    if box.kind == "integer":  # a broken number beside whole ones is plainly wrong
        slips = [slip for slip in slips if _is_whole(slip.value)]
    slips.sort(key=lambda slip: _is_whole(box.right) and not _is_whole(slip.value))
    telling = set(box.telling)
    return [(slip.value, slip if slip in telling else None) for slip in slips]


def _nearby(box: Box, count: int, key: str) -> list[float]:
    """Numbers some steps from one that is there already; which are taken is drawn, so that no middle betrays it."""
    known = [box.right, *(value for value, _ in _mistaken(box))]
    start = known[_drawn(f"{key}/start") % len(known)]
    size = 1.0 if _is_whole(box.right) else 10.0 ** np.floor(np.log10(max(abs(box.right), 1e-3)))
    step = max(size, 2 * (box.high - box.low))
    lowest = -(_drawn(f"{key}/rank") % count)
    near = sorted(range(lowest, lowest + count), key=lambda times: _drawn(f"{key}/{times}"))
    far = [sign * times for times in range(count, 4 * count) for sign in (1, -1)]
    return [start + times * step for times in (*near, *far)]


def _is_whole(number: float) -> bool:
    return number == int(number)


def _drawn(text: str) -> int:
    """A number that says nothing of the text, and is the same every time."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
