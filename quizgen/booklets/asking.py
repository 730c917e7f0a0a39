"""How a booklet says what is asked and what it is worth, in its language."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from quizgen.booklets.model import Field
from quizgen.exam.model import Question, heading_of
from quizgen.problem.grader import Grader
from quizgen.problem.model import Answer
from quizgen.render.asking import asked_for
from quizgen.render.words import Wording

_KEPT = 1_024  # texts that are remembered: they are the same in every booklet


def asks_of(answer: Answer, grader: Grader, words: Wording) -> str:
    """What the student is told to write, and how exactly."""
    return asked_for(answer.asked(grader.tolerance), words)


def asked_text(question: Question, answer: Answer, grader: Grader, words: Wording) -> str:
    """What is asked as Markdown: the column's name, points, kind and precision."""
    name, points = heading_of(question.name, answer.name), question.points[answer.name]
    return _asked(name, points, asks_of(answer, grader, words), words)


@lru_cache(maxsize=_KEPT)
def field_text(field: Field, words: Wording) -> str:
    """What a field asks for as Markdown: the column's name, points, kind and precision."""
    return _asked(field.name, field.points, field.asks, words)


def _asked(name: str, points: Fraction, asks: str, words: Wording) -> str:
    return f"**{name}** ({words.say('points', n=points)}; {asks})"


@lru_cache(maxsize=_KEPT)
def worth(points: Fraction, minutes: Fraction | None, between: str, words: Wording) -> str:
    """Points, and minutes where they are stated."""
    return words.say("points", n=points) + (f"{between}{words.say('minutes', n=minutes)}" if minutes else "")
