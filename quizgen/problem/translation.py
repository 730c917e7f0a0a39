"""A problem's texts in another language, and what languages are called. The graph stands in one place, the original."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from quizgen.language.template import Template

ENGLISH = "en"  # what the fixed words are in unless somebody says otherwise
_CODE = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{2}|[0-9]{3}))?", re.IGNORECASE)


def language_code(text: str) -> str:
    """A language's code as everything here writes it, two or three letters and perhaps a region; empty if it is none.

    >>> language_code("de"), language_code(" PT_br "), language_code("German")
    ('de', 'pt-BR', '')
    """
    match = _CODE.fullmatch(text.strip())
    if not match:
        return ""
    return f"{match[1].lower()}-{match[2].upper()}" if match[2] else match[1].lower()


def nearest_language(code: str, known: Iterable[str]) -> str:
    """The language to take for a code: itself, or without its region; empty if neither is known.

    >>> nearest_language("de-AT", ["de", "fr"]), nearest_language("it", ["de", "fr"])
    ('de', '')
    """
    there = set(known)
    return next((one for one in (code, code.partition("-")[0]) if one in there), "")


@dataclass(frozen=True)
class Translation:
    """What a file `NAME.de.md` says; whatever it leaves out stays as in the original.

    `mistakes`: id -> title and what it says to the student, either of them empty if it is not translated.
    """

    language: str
    title: str
    question: Template
    solution: Template
    mistakes: Mapping[str, tuple[str, str]]
    file: str
    digest: str
    text: str
