"""A booklet as data for the printing template `render/booklet.typ`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from quizgen.booklets.codes import code_rows
from quizgen.booklets.model import Booklet, Field, Right, Section
from quizgen.render.typst import as_json, typst_filled
from quizgen.render.typst_math import typst_inline
from quizgen.render.words import Wording, number, words_of


class Mode(StrEnum):
    """What is printed of a booklet."""

    QUESTIONS = "questions"
    ANSWERS = "answers"  # only the fields, without the questions
    KEY = "key"  # right answers and worked solutions
    PROOF = "proof"  # all of it, for a second examiner


_ASKED = (Mode.QUESTIONS, Mode.PROOF)
_SOLVED = (Mode.KEY, Mode.PROOF)
_TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), "·")  # would turn the words after them round
_WORDS = (
    *("name", "student-id", "question", "points-heading", "reached", "total", "empty-page", "page-code"),
    *("working-space", "worked-solution", "rules-title"),
)

SIZE, LARGE = 11, 18  # of the text in points, and for those who ask for large print


@dataclass(frozen=True)
class Look:
    """How it is printed: paper `a4` or `us-letter`, and the size of the text in points."""

    paper: str = "a4"
    size: int = SIZE


def payload(
    booklet: Booklet, mode: Mode, look: Look, *, pages: int = 0, codes: int = 0, notes: Sequence[str] = ()
) -> str:
    """All that the template needs, as JSON.

    `pages`: to be reached by empty ones; `codes`: for so many pages; `notes`: what stands under each section's head.
    """
    words = words_of(booklet.language)
    told = zip_longest(booklet.sections, notes, fillvalue="")
    sections = ",".join(_section(section, mode, note, words) for section, note in told if isinstance(section, Section))
    head = as_json(_head(booklet, mode, look, words) | {"codes": code_rows(booklet, codes), "pages": pages})
    return harmless(f'{head[:-1]},"sections":[{sections}]}}')


def harmless(text: str) -> str:
    """A text in which no sign turns the words after it round."""
    return text.translate(_TURNING)


def _head(booklet: Booklet, mode: Mode, look: Look, words: Wording) -> dict[str, Any]:
    """What stands on the cover and at the edges of every page."""
    cover, wishes = booklet.cover, booklet.wishes
    places = [f"{words.say(key)} {place}" for key, place in (("room", wishes.room), ("seat", wishes.seat)) if place]
    minutes = words.say("minutes", n=cover.minutes) if cover.minutes else ""
    points = words.say("points", n=cover.points)
    return {
        "mode": mode.value,
        "language": booklet.language,
        "paper": look.paper,
        "size": look.size,
        "title": cover.title,
        "heading": " · ".join(filter(None, (_heading(booklet, mode, words), booklet.marked))),
        "tag": booklet.tag,
        "name": cover.name,
        "student": cover.student,
        "who": " ".join(filter(None, (cover.student, cover.name))),
        "facts": [fact for fact in (booklet.marked, cover.date, points, minutes, *places) if fact],
        "worth": number(cover.points),
        "notices": [] if mode is Mode.KEY else _notices(booklet, words),
        "rules": [] if mode in _SOLVED else list(cover.rules),
        "words": {key: words.say(key) for key in _WORDS} | {"page": words.say("page", page="{page}", pages="{pages}")},
    }


def _heading(booklet: Booklet, mode: Mode, words: Wording) -> str:
    """What stands in the upper corner of every page, beside the exam's title."""
    match mode:
        case Mode.KEY:
            return words.say("key", tag=booklet.tag)
        case Mode.ANSWERS:
            return words.say("answer-sheet")
        case Mode.PROOF:
            return words.say("proof")
    return ""


def _notices(booklet: Booklet, words: Wording) -> list[str]:
    """Which questions are asked, what may be used, and where the numbers come from."""
    cover = booklet.cover
    aids = [f"{words.say('aids')}: {'; '.join(cover.aids)}."] if cover.aids else []
    return [*cover.chosen, *aids, *([words.say("practice-sheet")] if cover.practice else [])]


def _section(section: Section, mode: Mode, note: str, words: Wording) -> str:
    """A question; the texts of it that are printed."""
    told = {
        "name": section.name,
        "title": section.title,
        "tag": section.tag,
        "points": words.say("points", n=section.points),
        "worth": number(section.points),
        "minutes": words.say("minutes", n=section.minutes) if section.minutes else "",
        "note": note,
        "order": [field.answer.name for field in section.fields],
        "fields": {field.answer.name: _field(field, words) for field in section.fields},
        "right": [_right(right) for right in section.right] if mode in _SOLVED else [],
    }
    text = typst_filled(section.text) if mode in _ASKED else "[]"
    solution = typst_filled(section.solution) if mode in _SOLVED and section.solution else "[]"
    return f'{as_json(told)[:-1]},"text":{text},"solution":{solution}}}'


def _field(field: Field, words: Wording) -> dict[str, Any]:
    return {
        "name": field.name,
        "points": words.say("points", n=field.points),
        "asks": field.asks,
        "kind": field.answer.kind,
        "shape": field.shape,
        "lines": field.answer.lines,
        "working": field.working,
    }


def _right(right: Right) -> dict[str, Any]:
    return {"name": right.name, "text": right.text, "tex": typst_inline(right.tex) if right.tex else None}
