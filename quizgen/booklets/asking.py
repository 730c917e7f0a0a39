"""How a booklet says what is asked and what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from quizgen.booklets.model import Field
from quizgen.exam.model import Question, heading_of
from quizgen.problem.grader import Grader
from quizgen.problem.model import Answer
from quizgen.render.numbers import worked


def asks_of(answer: Answer, grader: Grader) -> str:
    """What the student is told to write, and how exactly."""
    return answer.asks(grader.tolerance)


def asked_text(question: Question, answer: Answer, grader: Grader) -> str:
    """What is asked as Markdown: the column's name, points, kind and precision."""
    return _asked(heading_of(question.name, answer.name), question.points[answer.name], asks_of(answer, grader))


def field_text(field: Field) -> str:
    """What a field asks for as Markdown: the column's name, points, kind and precision."""
    return _asked(field.name, field.points, field.asks)


def _asked(name: str, points: Fraction, asks: str) -> str:
    return f"**{name}** ({counted(points, 'point')}; {asks})"


def worth(points: Fraction, minutes: Fraction | None, between: str) -> str:
    """Points, and minutes where they are stated."""
    return counted(points, "point") + (f"{between}{counted(minutes, 'minute')}" if minutes else "")


def counted(number: Fraction, what: str) -> str:
    """A number with its word.

    >>> counted(Fraction(1), "point"), counted(Fraction(5, 2), "point"), counted(Fraction(4, 3), "point")
    ('1 point', '2.5 points', '4/3 points')
    """
    has_decimals = 10**9 % number.denominator == 0
    text = worked(float(number)) if has_decimals else str(number)
    return f"{text} {what}" if number == 1 else f"{text} {what}s"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listed(["Q1", "Q2", "Q4"])
    'Q1, Q2 and Q4'
    """
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
