"""How people write a number that is right: for platforms that compare what is typed letter by letter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from quizgen.export.decimals import decimals_asked, inside, written
from quizgen.export.items import Asked, Box
from quizgen.export.spellings import spellings_of

MOST = 60  # spellings of one box: as many as a file of a thousand variants can carry


@dataclass(frozen=True)
class Numerals:
    """Ways to write what is right in a box, the best first; `all_told`: whether no number was left out."""

    texts: tuple[str, ...]
    all_told: bool


def texts_of(asked: Asked, box: Box, most: int = MOST) -> Numerals:
    """The ways in which a right answer is written; of numbers those with as many decimals as are asked, or fewer."""
    if box.is_number:
        return _of_number(box, decimals_asked(asked.field.answer, box), most)
    texts = spellings_of(box)
    return Numerals(texts[:most], len(texts) <= most)


def _of_number(box: Box, decimals: int, most: int) -> Numerals:
    """Short ones first, and of equally long ones those in the middle; then with a comma and without the first zero."""
    found: dict[str, None] = {}
    for places in range(decimals + 1):
        units = inside(box, places)
        for unit in sorted(units, key=lambda unit: abs(2 * unit - units.start - units.stop + 1)):
            found[written(unit, places)] = None
            if len(found) > most:
                return Numerals(tuple(islice(found, most)), all_told=False)
    if not found:  # no number so short is right
        found[f"{box.right:.{decimals + 2}f}"] = None
    for text in list(found):
        found.update(dict.fromkeys(_otherwise(text)))
    return Numerals(tuple(islice(found, most)), all_told=True)


def _otherwise(text: str) -> Iterator[str]:
    """The same number as others write it."""
    if "." not in text:
        yield f"{text}.0"
        return
    whole, _, decimals = text.partition(".")
    if len(decimals) != 3:  # 1,234 might be thousands
        yield f"{whole},{decimals}"
    if whole in ("0", "-0"):
        yield f"{whole[:-1]}.{decimals}"
