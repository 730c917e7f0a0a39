"""What the roster asks for a student's booklet: more time, large print, HTML, a language, a room and a seat."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from quizgen.errors import QuizgenError, did_you_mean
from quizgen.exam.model import Exam
from quizgen.problem.grader import parse_fraction
from quizgen.problem.translation import ENGLISH, language_code, nearest_language

EXTRA, PRINT, FORMAT, LANGUAGE, ROOM, SEAT = "extra minutes", "print", "format", "language", "room", "seat"
COLUMNS = (EXTRA, PRINT, FORMAT, LANGUAGE, ROOM, SEAT)
FORMATS = ("html", "md", "pdf")
MAX_MINUTES = 1_000_000

_LARGE = {"": False, "normal": False, "no": False, "large": True, "yes": True, "18": True, "18 pt": True, "18pt": True}
_MINUTES = re.compile(r"(.+?)\s*(?:min|minutes?|minuten)?\.?", re.IGNORECASE)


@dataclass(frozen=True)
class Extra:
    """More time: an amount of minutes, or a share of those that the exam has."""

    amount: Fraction = Fraction(0)
    is_share: bool = False

    def minutes(self, whole: Fraction | None) -> Fraction:
        """In minutes, `whole` being those of the exam; raises QuizgenError for a share of none."""
        if not self.is_share:
            return self.amount
        if whole is None:
            raise QuizgenError(
                f"'{EXTRA}' is a share ({float(self.amount):.10g} of the exam's minutes), but the exam states none",
                hint="Write it in minutes, or state `minutes` in the blueprint.",
            )
        return self.amount * whole


@dataclass(frozen=True)
class Wishes:
    """How one student's booklet is to be; an empty text, and an empty format, is what everybody gets."""

    extra: Extra = Extra()
    large: bool = False
    format: str = ""
    language: str = ""
    room: str = ""
    seat: str = ""


NO_WISHES = Wishes()


def wishes_of(details: Mapping[str, str]) -> Wishes:
    """Read the roster's columns of one student; raises QuizgenError for what cannot be understood.

    >>> wishes_of({"Extra minutes": "25%", "Print": "large", "Language": "DE"}).language
    'de'
    """
    columns = _columns(details)
    return Wishes(
        extra=extra_of(details),
        large=_large(columns[PRINT]),
        format=_format(columns[FORMAT]),
        language=_language(columns[LANGUAGE]),
        room=columns[ROOM],
        seat=columns[SEAT],
    )


def room_of(details: Mapping[str, str]) -> str:
    """The room alone, whatever else the roster says; empty if it names none."""
    return _columns(details)[ROOM]


def extra_of(details: Mapping[str, str]) -> Extra:
    """The time alone, whatever else the roster says: `30`, `30 min`, `25%`."""
    text = _columns(details)[EXTRA]
    if not text:
        return Extra()
    match = _MINUTES.fullmatch(text)
    is_share = text.endswith("%")
    try:
        amount = parse_fraction((match[1] if match else text).replace(" ", "").replace(",", "."))
    except ValueError:
        amount = Fraction(-1)
    if not 0 <= amount <= MAX_MINUTES:
        raise QuizgenError(
            f"'{EXTRA}' is '{text[:20]}', no number of minutes", hint="Write 30, or 25% of the exam's minutes."
        )
    return Extra(amount, is_share)


def untranslated(exam: Exam) -> dict[str, list[str]]:
    """The problems without texts in a language that the exam, or somebody on the roster, asks for; by language."""
    wanted = {exam.language, *(wishes_of(paper.details).language for paper in exam.papers)} - {"", ENGLISH}
    problems = {question.problem.name: question.problem for question in exam.questions}
    found = {
        code: [name for name, problem in problems.items() if not problem.in_language(code).language]
        for code in sorted(wanted)
    }
    return {code: names for code, names in found.items() if names}


def check_wishes(
    details: Mapping[str, str], minutes: Fraction | None, languages: Collection[str], where: str
) -> Wishes:
    """The wishes of a line of a roster, each of which can be honoured; raises QuizgenError with its place."""
    try:
        wishes = wishes_of(details)
        wishes.extra.minutes(minutes)
        if wishes.language and not nearest_language(wishes.language, languages):
            raise QuizgenError(
                f"there are no words for the language '{wishes.language}'",
                hint=f"There are: {', '.join(sorted(languages))}.",
            )
    except QuizgenError as error:
        raise error.at(where) from None
    return wishes


def _columns(details: Mapping[str, str]) -> dict[str, str]:
    """What the columns say, by name; a column that is not there says nothing."""
    named = {heading.strip().lower(): " ".join(text.split()) for heading, text in details.items()}
    return {column: named.get(column, "") for column in COLUMNS}


def _large(text: str) -> bool:
    if (word := text.lower()) not in _LARGE:
        raise QuizgenError(f"'{PRINT}' is '{text[:20]}'", hint="Write large, or nothing.")
    return _LARGE[word]


def _format(text: str) -> str:
    word = text.lower()
    if word not in ("", *FORMATS):
        hint = did_you_mean(word, FORMATS) or f"Write {', '.join(FORMATS)}, or nothing."
        raise QuizgenError(f"'{FORMAT}' is '{text[:20]}'", hint=hint)
    return word


def _language(text: str) -> str:
    code = language_code(text)
    if text and not code:
        raise QuizgenError(f"'{LANGUAGE}' is '{text[:20]}', no code of a language", hint="Write de, en, fr, ...")
    return code
