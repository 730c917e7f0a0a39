"""The fixed words of booklets in every language: `words.yaml`, one file of sentences with places to put values in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from quizgen.errors import QuizgenError, did_you_mean
from quizgen.language.yamltext import read_yaml
from quizgen.problem.translation import ENGLISH, language_code, nearest_language
from quizgen.render.numbers import worked

_FILE = Path(__file__).with_name("words.yaml")
_FRENCH = "fr"


@dataclass(frozen=True, eq=False)  # there is one for each language
class Wording:
    """The words of one language: each a text, or two of them, for one and for many.

    >>> words_of("de").say("points", n=Fraction(5, 2)), words_of("de").say("page", page=1, pages=8)
    ('2.5 Punkte', 'Seite 1 von 8')
    """

    language: str
    texts: Mapping[str, str | Mapping[str, str]]

    def say(self, key: str, **values: object) -> str:
        """The words of a key, with values put in; plain text, to be escaped like any other. `n` counts."""
        text = self.texts[key]
        if not isinstance(text, str):
            text = text["one" if self._is_one(values["n"]) else "other"]
        shown = {name: number(value) if isinstance(value, int | Fraction) else value for name, value in values.items()}
        return text.format_map(shown)

    def listed(self, names: Sequence[str], joined: str = "and") -> str:
        """Names in a sentence: `Q1, Q2 and Q3`."""
        if len(names) < 2:
            return "".join(names)
        return self.say(joined, first=", ".join(names[:-1]), last=names[-1])

    def _is_one(self, count: Any) -> bool:
        """Whether a number takes the singular: 1 does; in French everything below 2."""
        return bool(abs(count) < 2) if self.language == _FRENCH else bool(count == 1)


def number(value: int | Fraction) -> str:
    """A number in a sentence: with decimals if it has an end, else as a fraction.

    >>> number(3), number(Fraction(5, 2)), number(Fraction(4, 3))
    ('3', '2.5', '4/3')
    """
    exact = Fraction(value)
    return worked(float(exact)) if 10**9 % exact.denominator == 0 else str(exact)


@cache
def languages() -> tuple[str, ...]:
    """The codes of all languages that there are words in."""
    return tuple(_all_words())


def words_of(language: str) -> Wording:
    """The words of a language, by its code (a region is left away); raises QuizgenError if there are none."""
    known = _all_words()
    if not (code := nearest_language(language_code(language), known)):
        raise unknown_language(language)
    return known[code]


@cache
def nearest_words(language: str) -> Wording:
    """The words of a language, English ones if there are none in it."""
    known = _all_words()
    return known[nearest_language(language_code(language), known) or ENGLISH]


def unknown_language(language: str) -> QuizgenError:
    """The error for a language that no words exist for."""
    known = _all_words()
    listed = ", ".join(f"{code} ({words.say('language')})" for code, words in known.items())
    return QuizgenError(
        f"there are no words for the language '{language[:20]}'",
        hint=did_you_mean(language, known) or f"There are: {listed}.",
    )


@cache
def _all_words() -> Mapping[str, Wording]:
    """Every language of the file; read when somebody asks."""
    data = read_yaml(_FILE.read_text(encoding="utf-8"), _FILE.name).data
    return MappingProxyType({code: Wording(code, MappingProxyType(texts)) for code, texts in data.items()})
