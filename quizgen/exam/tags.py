"""Tags: the printed key from a paper to its variants, with a check character against typing errors.

`K7RF-Q3-017-8` names question 3 of paper 17 in the exam with code K7RF; `K7RF-017-M` the whole paper. The check is
a sum modulo 29 in which every place has a weight of its own: it shows every single slip and every swap of two
characters. The alphabet has no look-alikes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from quizgen.errors import QuizgenError

ALPHABET = "0123456789ACDEFGHJKMNPQRTWXY"  # no B I L O S U V Z: they look like 8 1 1 0 5 V U 2
_CHECKS = ALPHABET + "V"  # a check has one value more than the other characters
_FEWEST_DIGITS, _MOST_DIGITS = 3, 9  # of a number
_ORDER = {character: i for i, character in enumerate(ALPHABET)}
_TAG = re.compile(r"([0-9A-Z]{4})-(?:Q(\d{1,2})-)?(\d{3,9})-([0-9A-Z])")


@dataclass(frozen=True)
class Tag:
    """A tag taken apart; `question` is None on the tag of a whole paper."""

    code: str
    question: str | None
    number: int


def code_of(digest: bytes) -> str:
    """The four characters that stand for an exam's id."""
    number = int.from_bytes(digest[:8], "big")
    return "".join(ALPHABET[number // 28**i % 28] for i in range(4))


def write_tag(code: str, number: int, question: str | None = None) -> str:
    """Write a tag.

    >>> write_tag("K7RF", 17, "Q3")
    'K7RF-Q3-017-8'
    """
    body = "-".join(part for part in (code, question, f"{number:03d}") if part)
    return f"{body}-{check_character(body)}"


def write_tags(code: str, numbers: Sequence[int], question: str | None = None) -> list[str]:
    """The tags of many papers, as `write_tag` writes them, with the sums of all of them made at once."""
    start = "-".join(part for part in (code, question) if part)
    every = np.asarray(numbers, dtype=np.int64)
    powers = 10 ** np.arange(_MOST_DIGITS)[:, None]
    length = np.maximum((every >= powers).sum(axis=0), _FEWEST_DIGITS)
    places = len(start.replace("-", "")) + length - np.arange(_MOST_DIGITS)[:, None]
    sums = _weighed(start) + (places * (every // powers % 10)).sum(axis=0)
    return [
        f"{start}-{number:03d}-{_CHECKS[check]}" for number, check in zip(numbers, (sums % 29).tolist(), strict=True)
    ]


def read_tag(text: str, code: str) -> Tag:
    """Read a typed tag of this exam; raises QuizgenError for a typing error or another exam's tag, never guesses."""
    typed = "".join(text.split()).upper()
    match = _TAG.fullmatch(typed)
    if not match:
        raise QuizgenError(
            f"'{text.strip()[:40]}' is not a tag", hint=f"Tags of this exam look like {write_tag(code, 17)}."
        )
    body, check = typed[:-2], match[4]
    if not set(body.replace("-", "")) <= _ORDER.keys() or check_character(body) != check:
        raise QuizgenError(f"the tag '{typed}' has a typing error (its check character does not fit)")
    if match[1] != code:
        raise QuizgenError(f"the tag '{typed}' belongs to another exam; this one is {code}")
    return Tag(match[1], f"Q{int(match[2])}" if match[2] else None, int(match[3]))


def read_paper(text: str, code: str, n: int, questions: Collection[str] = ()) -> int:
    """The number of the paper that a tag stands on, of the n papers of this exam; a question's tag stands on it, too.

    Raises QuizgenError for what is no tag of one of them, or of none of the `questions`, where they are named.
    """
    tag = read_tag(text, code)
    if not 1 <= tag.number <= n:
        raise QuizgenError(f"there is no paper {tag.number}; the exam has {n}")
    if tag.question and questions and tag.question not in questions:
        raise QuizgenError(f"there is no question {tag.question} in this exam")
    return tag.number


def is_like_a_tag(text: str) -> bool:
    """Whether a text has the form of a tag, of whatever exam and with whatever slips."""
    return _TAG.fullmatch("".join(text.split()).upper()) is not None


def check_character(body: str) -> str:
    """The character that makes every single slip and every swap of two characters visible."""
    return _CHECKS[_weighed(body) % 29]


def _weighed(body: str) -> int:
    """The sum of all characters, each counted as often as its place says."""
    return sum(place * _ORDER[character] for place, character in enumerate(body.replace("-", ""), start=1))
