"""The boxes of an item in QTI: what is declared of each, what stands on the page, and which answers it counts.

Numbers are compared in the one way that every player gets right: no blank, at least this, at most that, as floats
(`docs/lms.md` says what goes wrong with tolerances, with whole numbers and with blanks). Words are compared letter by
letter, so every usual spelling is listed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from math import floor, log10

from quizgen.export.choices import Choice, choices_of, is_chosen
from quizgen.export.items import Asked, Box, Item
from quizgen.export.qti_names import Version, quoted
from quizgen.export.spellings import spellings_of
from quizgen.problem.grader import Grader
from quizgen.problem.kinds import BY_HAND

FIGURES = 12  # of the ends of an interval that are no whole numbers; rounded so that they take in what is right here
LONGEST = 32  # characters of an identifier that every player takes
_NO_IDENTIFIER = re.compile("[^A-Za-z0-9]+")
_WHOLE = 2.0**53
_NOISE = 1e-3  # of the last figure: the rounding of doubles, no part of the interval
_SMALLEST = 300  # decimals that any number has
_WIDTH = {"integer": "12", "number": "12"}  # the same for all: it must not tell how long an answer is
_WORDS_WIDTH = "24"
_PLACE = "<!---->"  # stands nowhere else: texts are escaped


@dataclass(frozen=True)
class Entry:
    """A box under its identifier.

    `choices`: what is to choose from, if nothing is typed; `lines`: to write on, of an essay.
    """

    identifier: str
    box: Box
    choices: tuple[Choice, ...] = ()
    lines: int = 0

    @property
    def worded(self) -> bool:
        """Whether words are typed, which must not be blank before they are compared."""
        return not self.choices and not self.box.is_number

    def declared(self, version: Version) -> str:
        """The declaration of the response, with a right one."""
        right = self._right_text()
        base = "identifier" if self.choices else "float" if self.box.is_number else "string"
        before, behind = _declared(version, self.identifier, base, bool(right))
        return f"{before}{quoted(right)}{behind}"

    def shown(self, version: Version, *, alone: bool) -> str:
        """The interaction; `alone`: not among others in a table."""
        if not self.choices:
            if self.box.kind == BY_HAND:
                said = {"responseIdentifier": self.identifier, "expectedLines": str(max(1, self.lines))}
                return version.element("extendedTextInteraction", **said)
            return _field(version, self.identifier, _WIDTH.get(self.box.kind, _WORDS_WIDTH))
        one, all_of = ("simpleChoice", "choiceInteraction") if alone else ("inlineChoice", "inlineChoiceInteraction")
        said = {"responseIdentifier": self.identifier, "shuffle": "false"} | ({"maxChoices": "1"} if alone else {})
        texts = enumerate((choice.text for choice in self.choices), start=1)
        options = (version.element(one, quoted(text), identifier=f"C_{number}") for number, text in texts)
        return version.element(all_of, "".join(options), **said)

    def is_right(self, version: Version) -> str:
        """The condition that the answer is right."""
        if self.choices:
            return self._is_chosen(version, lambda choice: choice.right)
        if not self.box.is_number:
            return self.is_one_of(version, self.box.texts)
        within = _within(version, self.identifier, True)
        return version.element("and", within % (lower_end(self.box.low), upper_end(self.box.high)))

    def within(self, version: Version, low: float, high: float) -> list[str]:
        """The conditions that a number lies in a closed interval; none if nobody could choose one there."""
        if self.choices:
            chosen = self._is_chosen(version, lambda choice: low <= float(choice.text) <= high)
            return [chosen] if chosen else []
        return [_within(version, self.identifier, low <= 0 <= high) % (lower_end(low), upper_end(high))]

    def is_one_of(self, version: Version, texts: tuple[str, ...]) -> str:
        """The condition that one of some texts was typed or chosen; empty if nobody can."""
        if self.choices:
            return self._is_chosen(version, lambda choice: choice.text in texts)
        variable = version.element("variable", identifier=self.identifier)
        words = spellings_of(replace(self.box, texts=texts))
        values = [version.element("baseValue", quoted(word), baseType="string") for word in words]
        same = [version.element("stringMatch", variable + value, caseSensitive="false") for value in values]
        return either(version, same)

    def is_given(self, version: Version) -> str:
        """The condition that there is an answer."""
        return version.element(
            "not", version.element("isNull", version.element("variable", identifier=self.identifier))
        )

    def _is_chosen(self, version: Version, fits: Callable[[Choice], bool]) -> str:
        """The condition that a choice of some kind was made; empty if there is none."""
        fitting = [number for number, choice in enumerate(self.choices, start=1) if fits(choice)]
        return either(version, [_chosen(version, self.identifier, number) for number in fitting])

    def _right_text(self) -> str:
        if self.choices:
            return next(f"C_{number}" for number, choice in enumerate(self.choices, start=1) if choice.right)
        if self.box.is_number:
            return _plain(self.box.right)
        return self.box.texts[0] if self.box.texts else ""


def entries_of(item: Item, asked: Asked, grader: Grader, choices: int) -> tuple[Entry, ...]:
    """The boxes of an answer that the variant has; `choices`: so many for each number, instead of a box to type in."""
    names, lines = identifiers(item), asked.field.answer.lines
    return tuple(
        Entry(names[box.name], box, _choices(item, asked, box, grader, choices), lines)
        for box in asked.boxes
        if box.inside
    )


def identifiers(item: Item) -> dict[str, str]:
    """An identifier for each box: `R_conv_1_2` for `Q1.conv[1,2]`, by number where that is too long or not unique.

    The same for all variants of a question.
    """
    return _identifiers(tuple(box.name for box in item.boxes))


@lru_cache
def _identifiers(names: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, name in enumerate(names, start=1):
        plain = "R_" + _NO_IDENTIFIER.sub("_", name.partition(".")[2]).strip("_")
        short = len(plain) <= LONGEST and plain not in found.values()
        found[name] = plain if short else f"R_{number}_"
    return found


def lower_end(number: float) -> str:
    """The lower end of an interval as text: at most the number."""
    return _end(number, floor)


def upper_end(number: float) -> str:
    """The upper end of an interval as text: at least the number, but for the last bits of a double.

    >>> lower_end(0.7 - 0.1), upper_end(0.7 + 0.1), upper_end(2 / 3), upper_end(138357544.0)
    ('0.6', '0.8', '0.666666666667', '138357544')
    """
    return _end(number, lambda scaled: -floor(-scaled))


def either(version: Version, conditions: list[str]) -> str:
    """The condition that one of some conditions holds; empty if there is none."""
    return version.element("or", "".join(conditions)) if len(conditions) > 1 else "".join(conditions)


def _end(number: float, away: Callable[[float], int]) -> str:
    if number == int(number) and abs(number) < _WHOLE:
        return str(int(number))
    decimals = min(FIGURES - 1 - floor(log10(abs(number))), _SMALLEST)
    scaled = number * 10.0**decimals
    whole = round(scaled)
    return _plain((whole if abs(scaled - whole) < _NOISE else away(scaled)) / 10.0**decimals)


def _plain(number: float) -> str:
    """A number with a point, to so many figures."""
    whole = number == int(number) and abs(number) < _WHOLE
    return str(int(number)) if whole else f"{number:.{FIGURES}g}"


@lru_cache(maxsize=4096)
def _declared(version: Version, identifier: str, base: str, told: bool) -> tuple[str, str]:
    """The declaration of a response, up to the right one and behind it; `told`: whether there is one."""
    value = version.element("correctResponse", version.element("value", _PLACE)) if told else ""
    said = {"identifier": identifier, "cardinality": "single", "baseType": base}
    before, _, behind = version.element("responseDeclaration", value, **said).partition(_PLACE)
    return before, behind


@lru_cache(maxsize=4096)
def _field(version: Version, identifier: str, width: str) -> str:
    """A box to type into."""
    return version.element("textEntryInteraction", responseIdentifier=identifier, expectedLength=width)


@lru_cache(maxsize=4096)
def _within(version: Version, identifier: str, guarded: bool) -> str:
    """The conditions that a number lies in a closed interval, with places for its ends.

    `guarded`: and that it is not blank, which some players take for a 0.
    """
    variable = version.element("variable", identifier=identifier)
    end = version.element("baseValue", "%s", baseType="float")
    ends = (version.element(name, variable + end) for name in ("gte", "lte"))
    return (_is_given(version, variable) if guarded else "") + "".join(ends)


@lru_cache(maxsize=4096)
def _chosen(version: Version, identifier: str, number: int) -> str:
    """The condition that a choice was made."""
    variable = version.element("variable", identifier=identifier)
    return version.element("match", variable + version.element("baseValue", f"C_{number}", baseType="identifier"))


def _is_given(version: Version, variable: str) -> str:
    return version.element("not", version.element("isNull", variable))


def _choices(item: Item, asked: Asked, box: Box, grader: Grader, count: int) -> tuple[Choice, ...]:
    return choices_of(item, asked, box, grader, count) if is_chosen(box, count) else ()
