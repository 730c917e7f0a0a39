"""A booklet as data for the printing template `render/booklet.typ`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from quizgen.booklets.asking import counted
from quizgen.booklets.codes import code_rows
from quizgen.booklets.model import Booklet, Field, Right, Section
from quizgen.booklets.words import ADVICE, WORDS
from quizgen.render.typst import as_json, typst_filled
from quizgen.render.typst_math import typst_inline


class Mode(StrEnum):
    """What is printed of a booklet."""

    QUESTIONS = "questions"
    ANSWERS = "answers"  # only the fields, without the questions
    KEY = "key"  # right answers and worked solutions
    PROOF = "proof"  # all of it, for a second examiner


_ASKED = (Mode.QUESTIONS, Mode.PROOF)
_SOLVED = (Mode.KEY, Mode.PROOF)


@dataclass(frozen=True)
class Look:
    """How it is printed: paper `a4` or `us-letter`, and the size of the text in points."""

    paper: str = "a4"
    size: int = 11


_TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), "·")  # would turn the words after them round
LARGE = 18  # points, for those who ask for large print


def payload(
    booklet: Booklet, mode: Mode, look: Look, *, pages: int = 0, codes: int = 0, notes: Sequence[str] = ()
) -> str:
    """All that the template needs, as JSON.

    `pages`: to be reached by empty ones; `codes`: for so many pages; `notes`: what stands under each section's head.
    """
    words = WORDS[booklet.language]
    told = zip_longest(booklet.sections, notes, fillvalue="")
    sections = ",".join(_section(section, mode, note) for section, note in told if isinstance(section, Section))
    head = as_json(_head(booklet, mode, look, words) | {"codes": code_rows(booklet, codes), "pages": pages})
    return f'{head[:-1]},"sections":[{sections}]}}'.translate(_TURNING)


def _head(booklet: Booklet, mode: Mode, look: Look, words: Mapping[str, str]) -> dict[str, Any]:
    cover = booklet.cover
    points, minutes = counted(cover.points, "point"), counted(cover.minutes, "minute") if cover.minutes else ""
    notices = [*cover.chosen, words["aids"].replace("{aids}", "; ".join(cover.aids)) if cover.aids else ""]
    notices += [words["practice"] if cover.practice else ""]
    return {
        "mode": mode.value,
        "language": booklet.language,
        "paper": look.paper,
        "size": look.size,
        "title": cover.title,
        "heading": "" if mode is Mode.QUESTIONS else words[mode.value],
        "tag": booklet.tag,
        "name": cover.name,
        "student": cover.student,
        "who": " ".join(filter(None, (cover.student, cover.name))),
        "facts": [fact for fact in (cover.date, points, minutes) if fact],
        "worth": str(counted(cover.points, "")).removesuffix("s").strip(),
        "notices": [] if mode is Mode.KEY else [notice for notice in notices if notice],
        "advice": list(ADVICE[booklet.language]) if mode not in _SOLVED else [],
        "words": dict(words),
    }


def _section(section: Section, mode: Mode, note: str) -> str:
    """A question; the texts of it that are printed."""
    told = {
        "name": section.name,
        "title": section.title,
        "tag": section.tag,
        "points": counted(section.points, "point"),
        "worth": counted(section.points, "").removesuffix("s").strip(),
        "minutes": counted(section.minutes, "minute") if section.minutes else "",
        "note": note,
        "order": [field.answer.name for field in section.fields],
        "fields": {field.answer.name: _field(field) for field in section.fields},
        "right": [_right(right) for right in section.right] if mode in _SOLVED else [],
    }
    text = typst_filled(section.text) if mode in _ASKED else "[]"
    solution = typst_filled(section.solution) if mode in _SOLVED and section.solution else "[]"
    return f'{as_json(told)[:-1]},"text":{text},"solution":{solution}}}'


def _field(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "points": counted(field.points, "point"),
        "asks": field.asks,
        "kind": field.answer.kind,
        "shape": field.shape,
        "lines": field.answer.lines,
        "working": field.working,
    }


def _right(right: Right) -> dict[str, Any]:
    return {"name": right.name, "text": right.text, "tex": typst_inline(right.tex) if right.tex else None}
