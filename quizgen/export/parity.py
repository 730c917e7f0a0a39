"""Where a platform and quizgen would judge the same typed answer differently.

Here the real reading and the real comparison speak (`answers/`); there a small model of how a platform reads numbers,
made of its `Manners`, and the interval that was exported. An answer is tried in the spellings that people use and at
the ends of what is right.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

import numpy as np
import pyarrow as pa

from quizgen.answers.agreement import agree
from quizgen.answers.reading import READ, read_numbers
from quizgen.answers.words import manner_of
from quizgen.export.formats import Format, Judge, Manners, Treats
from quizgen.export.items import Asked, Box, Item
from quizgen.export.margins import margin_of
from quizgen.export.options import Options
from quizgen.problem.grader import Grader
from quizgen.problem.model import Answer
from quizgen.render.numbers import worked
from quizgen.world.values import Value

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_POWER = re.compile(r"(?:[xX*×])10(?:\^|\*\*)([+-]?\d+)")
_TOGETHER = 32  # items whose answers are read at once
_AS_IS = Options()
_LARGEST = 100  # denominator of a fraction that people would write
_WORDS: dict[Treats, str] = {
    "read": "is read as here",
    "wrong": "counts as wrong",
    "refused": "cannot be handed in",
    "thousands": "is taken for a thousands mark",
    "leading": "is cut off: what stands before it counts",
}


def manners_told(chosen: Format) -> list[str]:
    """How a platform treats what is typed, as lines."""
    manners = chosen.manners
    ends = "count as right, as here" if manners.closed else "count as wrong; the margins were widened"
    lines = [
        f"{chosen.platform}: the ends of a tolerance {ends}",
        f"{chosen.platform}: the comma of 1,5 {_WORDS[manners.comma]}",
        f"{chosen.platform}: the stroke of 1/3 {_WORDS[manners.fraction]}",
    ]
    return [*lines, f"{chosen.platform}: {manners.note}"] if manners.note else lines


def read_there(text: str, manners: Manners) -> float | None:
    """The number that a platform reads; None if it reads none.

    >>> moodle = Manners(closed=True, comma="thousands", fraction="leading", power="read", spaces="read")
    >>> [read_there(text, moodle) for text in ("1,5", "3/4", "2 * 10^-3", "−5", "5 px")]
    [15.0, 3.0, 0.002, None, None]
    """
    typed = text.strip()
    typed = typed.replace(" ", "") if manners.spaces == "read" else typed
    typed = typed.replace("−", "-") if manners.minus == "read" else typed
    typed = _POWER.sub(r"e\1", typed) if manners.power == "read" else typed
    if "," in typed and manners.comma in ("read", "thousands"):
        typed = typed.replace(
            ",", "." if manners.comma == "read" and typed.count(",") == 1 and "." not in typed else ""
        )
    found = _NUMBER.match(typed)
    if not found:
        return 0.0 if manners.garbage == "read" else None
    return _with_rest(found[0], typed[found.end() :], manners)


def _with_rest(number: str, rest: str, manners: Manners) -> float | None:
    """A number with what stands behind it."""
    if manners.exponent != "read" and "e" in number.lower():
        return None
    if not rest:
        return float(number)
    if (below := re.fullmatch(r"/(\d+)", rest)) and manners.fraction == "read" and int(below[1]):
        return float(number) / int(below[1])
    treats = {"/": manners.fraction, ",": manners.comma}.get(rest[0], manners.behind)
    return float(number) if treats == "leading" else 0.0 if manners.garbage == "read" else None


@dataclass(frozen=True)
class Difference:
    """A way of typing an answer that is judged differently; `here` and `there`: right, wrong or unreadable."""

    answer: str
    how: str
    text: str
    right: str
    here: str
    there: str


def differences(
    items: Iterable[Item],
    grader: Grader,
    manners: Manners,
    judge: Judge | None = None,
    typed: Callable[[Item, Asked], bool] = lambda _item, _asked: True,
) -> Iterator[Difference]:
    """All answers to the boxes of some items that the platform and quizgen judge differently.

    `judge`: how the platform judges, if that is more than its manners and a margin; `typed`: which answers are typed.
    """

    def by_manners(_item: Item, _asked: Asked, box: Box, text: str) -> bool:
        return _right_there(box, text, manners)

    stream = iter(items)
    while block := list(islice(stream, _TOGETHER)):
        for number in range(len(block[0].answers)):
            answers = [(item, item.answers[number]) for item in block if typed(item, item.answers[number])]
            boxes = ((*one, box) for one in answers for box in one[1].boxes)
            asked = [one for one in boxes if one[2].inside and one[2].is_number]
            if asked:
                yield from _differing(asked, grader, judge or by_manners)


def parity_lines(items: Iterable[Item], grader: Grader, chosen: Format, options: Options = _AS_IS) -> list[str]:
    """The differences, a line for each answer that is typed and way of typing it, with an example."""

    def typed(item: Item, asked: Asked) -> bool:
        return chosen.asks_typed(item, asked, options)

    found = list(differences(items, grader, chosen.manners, chosen.judge, typed))
    counts = Counter((one.answer, one.how, one.here, one.there) for one in found)
    examples = {(one.answer, one.how, one.here, one.there): one for one in reversed(found)}
    return [
        f"{answer}: {how}, as in '{examples[key].text}' for {examples[key].right}: {here} here, {there} in "
        f"{chosen.platform} ({count} {'box' if count == 1 else 'boxes'})"
        for key, count in counts.items()
        for answer, how, here, there in [key]
    ]


def _differing(boxes: list[tuple[Item, Asked, Box]], grader: Grader, judge: Judge) -> Iterator[Difference]:
    """The differences in the boxes of one answer."""
    field = boxes[0][1].field
    tried = [(*one, how, text) for one in boxes for how, text in typed_ways(one[2], field.answer, grader)]
    here = _judged_here([(box, how, text) for _, _, box, how, text in tried], field.answer, grader)
    for (item, asked, box, how, text), judged in zip(tried, here, strict=True):
        there = "right" if judge(item, asked, box, text) else "wrong"
        if (judged == "right") != (there == "right"):
            yield Difference(field.name, how, text, worked(box.right), judged, there)


def _judged_here(tried: list[tuple[Box, str, str]], answer: Answer, grader: Grader) -> list[str]:
    """What quizgen says of typed answers, each on its own."""
    read = read_numbers(pa.array([text for _, _, text in tried], pa.string()), manner_of(answer))
    right, low, high = (np.array([getattr(box, end) for box, _, _ in tried]) for end in ("right", "low", "high"))
    agrees = agree(Value.dense(read.numbers), Value.dense(right), answer.tolerance(grader.tolerance)).whole
    with np.errstate(invalid="ignore"):
        agrees |= (read.numbers >= low) & (read.numbers <= high)  # near a truth computed from rounded steps
    return [
        "unreadable" if state != READ else "right" if good else "wrong"
        for state, good in zip(read.state.tolist(), agrees.tolist(), strict=True)
    ]


def _right_there(box: Box, text: str, manners: Manners) -> bool:
    number, margin = read_there(text, manners), margin_of(box)
    if number is None:
        return False
    room = 1e-14 * max(1.0, abs(box.right))  # in which platforms, and texts of 14 figures, take numbers for equal
    if manners.closed:
        return margin.low - room <= number <= margin.high + room
    return margin.low < number < margin.high


def typed_ways(box: Box, answer: Answer, grader: Grader) -> Iterator[tuple[str, str]]:
    """How people type what is right, or nearly right, in a box: what is odd about it, and the text."""
    told = answer.ask or answer.tolerance(grader.tolerance)
    number = float(told.rounded(np.array([box.right]))[0]) + 0.0
    text = worked(number)
    yield "as asked", text
    yield from _at_the_ends(box)
    yield from _spelled(text, number)
    if box.low <= 0 <= box.high:
        yield "no number at all", "abc"
    fraction = Fraction(box.right).limit_denominator(_LARGEST)
    if fraction.denominator > 1 and abs(float(fraction) - box.right) <= 1e-12:
        yield "a fraction", f"{fraction.numerator}/{fraction.denominator}"


def _at_the_ends(box: Box) -> Iterator[tuple[str, str]]:
    """The ends of what is right, and what lies just outside of them."""
    margin = margin_of(box)
    outside = 1e-6 * (box.high - box.low) + 1e-9 * max(abs(box.right), 1.0)  # not what platforms forgive as rounding
    yield "the lower end", repr(box.low)
    yield "the upper end", repr(box.high)
    yield "just below the lower end", repr(box.low - outside)
    yield "just above the upper end", repr(box.high + outside)
    for end, sign in ((margin.low, 1), (margin.high, -1)):
        inside = end + sign * outside
        if not box.low <= inside <= box.high:
            yield "within the exported margin only", repr(inside)


def _spelled(text: str, number: float) -> Iterator[tuple[str, str]]:
    """A number in other spellings."""
    if "." in text and "e" not in text:
        yield "a decimal comma", text.replace(".", ",")
    if text.startswith("-"):
        yield "a typeset minus sign", text.replace("-", "−", 1)
    if number == int(number) and abs(number) >= 1000:
        yield "thousands with a comma", f"{int(number):,}"
        yield "thousands with a space", f"{int(number):,}".replace(",", " ")
        yield "thousands with a point", f"{int(number):,}".replace(",", ".")
    digits, exponent = f"{number:.11e}".split("e")
    digits = digits.rstrip("0").rstrip(".")
    yield "an exponent", f"{digits}e{int(exponent)}"
    yield "a power of ten", f"{digits}*10^{int(exponent)}"
    yield "a space behind the sign", re.sub(r"^([-+]?)", r"\1 ", text)
    yield "a plus sign", text if text.startswith("-") else f"+{text}"
    yield "a word behind it", f"{text} units"
    yield "per cent", f"{text}%"
    yield "about", f"≈{text}"
