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
            answers = [text.split(" x ") for text in box.texts]
            found = [join.join(parts) for parts in answers for join in _JOINS if _clear(join, parts)]
        case "location":
            answers = [text.split() for text in box.texts]
            found = [join.join(parts) for parts in answers for join in (" ", ", ", ",") if _clear(join, parts)]
        case _:
            answers, found = [], list(box.texts)
    return tuple(dict.fromkeys([*found, *_bracketed(answers)]))


def _bracketed(answers: list[list[str]]) -> list[str]:
    return [
        f"{opening}{join.join(parts)}{closing}"
        for parts in answers
        for opening, closing in _AROUND
        for join in _BRACKETED
        if _clear(join, parts)
    ]


def _clear(join: str, parts: list[str]) -> bool:
    """Whether a comma cannot be taken for a thousands mark, as it could in 1,100."""
    return join != "," or not any(len(part) == 3 for part in parts[1:])
