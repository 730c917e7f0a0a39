"""Right answers in words, in the spellings that a platform that compares texts should know."""

from __future__ import annotations

from quizgen.export.items import Box

_JOINS = (" x ", "x", " × ", "×", ", ", ",", " ", "*", " * ")  # 46 x 62 x 20
_AROUND = (("(", ")"), ("[", "]"))
_BRACKETED = (", ", ",", " ")  # what is usual between brackets


def spellings_of(box: Box) -> tuple[str, ...]:
    """All usual spellings of what is right, as we would write it first; quizgen reads each of them as right.

    >>> from fractions import Fraction
    >>> nan = float("nan")
    >>> spellings_of(Box("Q1.top_at", "location", Fraction(1), nan, nan, nan, ("2 3",)))
    ('2 3', '2, 3', '2,3', '(2, 3)', '(2,3)', '(2 3)', '[2, 3]', '[2,3]', '[2 3]')
    """
    match box.kind:
        case "shape":
            sizes = [text.split(" x ") for text in box.texts]
            found = [join.join(parts) for parts in sizes for join in _JOINS] + _bracketed(sizes)
        case "location":
            places = [text.split() for text in box.texts]
            found = [join.join(parts) for parts in places for join in (" ", ", ", ",")] + _bracketed(places)
        case _:
            found = list(box.texts)
    return tuple(dict.fromkeys(found))


def _bracketed(answers: list[list[str]]) -> list[str]:
    return [
        f"{opening}{join.join(parts)}{closing}"
        for parts in answers
        for opening, closing in _AROUND
        for join in _BRACKETED
    ]
