"""A dossier as PDF: data for the template `render/dossier.typ`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from quizgen.booklets.model import Field
from quizgen.booklets.payload import SIZE, harmless
from quizgen.dossier.model import AnswerShown, Dossier, Listing, Numbers, QuestionShown, Shown, Tried, Verbatim
from quizgen.press import refuse_without_typst, typeset
from quizgen.render.typst import as_json, typst_filled
from quizgen.render.words import words_of

TEMPLATE = Path(__file__).parent.parent / "render" / "dossier.typ"


def as_pdf(told: Dossier, paper: str = "a4") -> bytes:
    """The whole of it, tagged, with title and language; raises QuizgenError where the libraries for PDF are missing."""
    refuse_without_typst()
    return typeset(payload(told, paper), TEMPLATE)


def payload(told: Dossier, paper: str = "a4") -> str:
    """All that the template needs, as JSON."""
    words = words_of(told.language)
    head = {
        "language": told.language,
        "paper": paper,
        "size": SIZE - 1,
        "title": f"{told.title}: {told.student}, {told.exam}",
        "heading": told.title,
        "exam": told.exam,
        "who": " ".join(filter(None, (told.student, told.name))),
        "tag": told.tag,
        "intro": told.intro,
        "total": told.total,
        "reckoned": told.reckoned,
        "facts": [[label, _shown(value)] for label, value in told.facts],
        "points": _listing(told.points),
        "before": [_listing(told.handed_in), _listing(told.refused)],
        "after": [_listing(listing) for listing in (told.decisions, told.corrections, told.log)],
        "columns": ["", *told.tried_columns],
        "rules": {"title": told.rules.title, "note": told.rules.note, "parts": told.rules.parts},
        "words": told.words
        | {"page": words.say("page", page="{page}", pages="{pages}"), "working-space": words.say("working-space")},
    }
    questions = ",".join(_question(question) for question in told.questions)
    return harmless(f'{as_json(head)[:-1]},"questions":[{questions}]}}')


def _question(question: QuestionShown) -> str:
    section = question.section
    told = {
        "name": question.name,
        "title": question.title,
        "points": question.points,
        "tag": section.tag,
        "fields": {field.answer.name: _field(field) for field in section.fields},
        "answers": [_answer(answer) for answer in question.answers],
        "order": question.order,
    }
    return f'{as_json(told)[:-1]},"text":{typst_filled(section.text)}}}'


def _field(field: Field) -> dict[str, Any]:
    """What is asked in a place; nobody writes there any more, so it has no box."""
    return {"name": field.name, "asks": field.asks, "points": "", "working": 0, "box": False}


def _answer(answer: AnswerShown) -> dict[str, Any]:
    return {
        "name": answer.name,
        "kind": answer.kind,
        "outcome": answer.outcome,
        "points": answer.points,
        "facts": [[label, [_shown(value) for value in values]] for label, values in answer.facts],
        "tried": [_tried(one) for one in answer.tried],
        "concluded": answer.concluded,
        "reckoned": answer.reckoned,
    }


def _tried(one: Tried) -> dict[str, Any]:
    return {"what": one.what, "value": _shown(one.value), "verdict": one.verdict, "spoke": one.spoke}


def _listing(listing: Listing) -> dict[str, Any]:
    rows = [[_shown(cell) for cell in row] for row in listing.rows]
    return {
        "heading": listing.heading,
        "columns": listing.columns,
        "rows": rows,
        "empty": listing.empty,
        "note": listing.note,
    }


def _shown(value: Shown) -> list[Any]:
    match value:
        case str():
            return ["t", value]
        case Verbatim(text=text):
            return ["v", text]
        case Numbers(rows=rows):
            return ["n", [[list(cell) for cell in row] for row in rows]]
