"""Moodle's quiz report "Responses": a row per attempt, the columns Question, Response and Right answer with numbers.

Its headings are translated. English ones are known by name, in the spellings of 4.x and 5.x and of the JSON download;
in other languages the column `Grade/10.00` tells the places: state, start, end and duration stand before it, the
questions after it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.errors import QuizgenError
from quizgen.submissions.platform import column_at, place_of, plain_text, sheet_of, squeezed, without_dashes
from quizgen.submissions.sheet import Layout, Sheet, blank_column
from quizgen.submissions.slots import Parts, Slot, numbered_parts
from quizgen.submissions.table import Table

_RESPONSE = re.compile(r"(question|response|rightanswer)(\d{1,3})")
_GRADE = re.compile(r".*[^\W\d]\s*/\s*\d+[.,]\d+")
_NUMBERED = re.compile(r"([^\d/]*[^\W\d])\s*(\d{1,3})")
_STACK = re.compile(r"(?:^|; )ans(\d{1,3}): (.*?) \[(?:score|valid|invalid)\]")
_TAGGED = r"[0-9A-Z]{4}-Q\d{1,2}-\d{3,9}-[0-9A-Z]"
_UNFINISHED = ("inprogress", "overdue", "neversubmitted", "abandoned", "notstarted")
_AVERAGES = ("overallaverage", "groupaverage")
_ROLES = {  # words of the headings in some languages
    **dict.fromkeys(("question", "frage", "pregunta", "domanda", "vraag", "pergunta", "pytanie"), "question"),
    **dict.fromkeys(("response", "antwort", "réponse", "respuesta", "risposta", "antwoord", "resposta"), "response"),
    **dict.fromkeys(("rightanswer", "richtigeantwort", "bonneréponse", "respuestacorrecta"), "rightanswer"),
}


def recognised(table: Table) -> bool:
    """Whether a file has numbered responses in English, or a grade `.../10.00` with numbered columns after it."""
    names = [squeezed(heading) for heading in table.headings]
    if "lastname" in names or "surname" in names or "firstname" in names:
        return any(match[1] == "response" for name in names if (match := _RESPONSE.fullmatch(name)))
    place = _grade(table)
    return place is not None and place >= 4 and any(map(_NUMBERED.fullmatch, table.headings[place + 1 :]))


def to_sheet(table: Table, layout: Layout) -> Sheet:
    """A row for each finished attempt; raises QuizgenError if columns of responses or variants cannot be told."""
    english = any(_RESPONSE.fullmatch(squeezed(heading)) for heading in table.headings) and (
        place_of(table, "state", "status") is not None
    )
    state, start, end, names = _by_name(table) if english else _by_place(table)
    slots = _slots(table, 0 if english else (_grade(table) or 0) + 1)
    _refuse_untold(table, slots)
    answered = np.zeros(table.n, dtype=bool)
    for slot in slots:
        answered |= _filled(slot.responses)
    states = [squeezed(text) for text in state.to_pylist()]
    unfinished = np.isin(states, _UNFINISHED) | (_filled(state) & ~_filled(end))
    refused = np.full(table.n, "", dtype=object)
    for row in np.flatnonzero(unfinished).tolist():
        refused[row] = f"the attempt is not finished ({state[row].as_py()[:40]})"
    first = [squeezed(text) for text in column_at(table, 0).to_pylist()]
    named = np.any([_filled(name) for name in names], axis=0)
    skipped = np.isin(first, _AVERAGES) | (~named & ~_filled(state) & ~answered)
    return sheet_of(
        table,
        layout,
        students=names,
        slots=slots,
        split=_split,
        times=end,
        starts=start,
        refused=refused,
        skipped=skipped,
    )


def _refuse_untold(table: Table, slots: Sequence[Slot]) -> None:
    """Refuse a report in which no text names a variant: a quiz draws them, and all marks would be of other ones."""
    told = any(pc.any(pc.match_substring_regex(slot.texts, _TAGGED, ignore_case=True)).as_py() for slot in slots)
    if table.n and not told:
        raise QuizgenError(
            "no question's text holds a tag, so nobody can tell which variants were answered",
            where=f"{table.file}:1",
            hint="Download the report again with 'question text' ticked under 'Display options'.",
        )


def _by_name(table: Table) -> tuple[pa.Array, pa.Array, pa.Array, list[pa.Array]]:
    """State, start, end and the names of students, by English headings."""
    places = (("state", "status"), ("startedon", "started"), ("completed",))
    state, start, end = (without_dashes(column_at(table, place_of(table, *words))) for words in places)
    if place_of(table, "completed") is None:
        end = state
    names = (("idnumber",), ("username",), ("emailaddress", "email"))
    return state, start, end, [without_dashes(column_at(table, place_of(table, *words))) for words in names]


def _by_place(table: Table) -> tuple[pa.Array, pa.Array, pa.Array, list[pa.Array]]:
    """The same, by where they stand before the grade."""
    grade = _grade(table)
    if grade is None or grade < 4:
        raise QuizgenError(
            "no column 'Grade/10.00' tells where state and times stand",
            where=f"{table.file}:1",
            hint="Download the report with Moodle's language set to English.",
        )
    state, start, end = (without_dashes(column_at(table, grade - back)) for back in (4, 3, 2))
    names = [without_dashes(column_at(table, place)) for place in range(2, grade - 4)]
    return state, start, end, names or [blank_column(table.n)]


def _slots(table: Table, after: int) -> list[Slot]:
    """The questions with their texts and responses."""
    found: dict[str, dict[int, int]] = {}
    for place, heading in list(enumerate(table.headings))[after:]:
        if match := _RESPONSE.fullmatch(squeezed(heading)) or (_NUMBERED.fullmatch(heading) if after else None):
            found.setdefault(squeezed(match[1]), {}).setdefault(int(match[2]), place)
    roles = _roles(table, found)
    if "response" not in roles:
        raise QuizgenError(
            "it is not clear which columns hold the responses",
            where=f"{table.file}:1",
            hint="Download the report with question text, or with Moodle's language set to English.",
        )
    texts = roles.get("question", {})
    return [
        Slot(
            table.headings[place],
            number,
            column_at(table, texts.get(number)),
            without_dashes(plain_text(column_at(table, place))),
        )
        for number, place in roles["response"].items()
    ]


def _roles(table: Table, found: dict[str, dict[int, int]]) -> dict[str, dict[int, int]]:
    """Which words head questions, responses and right answers: known words, else the order in which Moodle writes."""
    words = list(found)
    if all(word in _ROLES for word in words) and len({_ROLES[word] for word in words}) == len(words):
        # 'question' and 'réponse' are French, 'question' and 'response' English
        return {_ROLES[word]: found[word] for word in words}
    if len(words) == 3:
        return dict(zip(("question", "response", "rightanswer"), found.values(), strict=True))
    if len(words) == 1:
        return {"response": found[words[0]]}
    if len(words) == 2 and any(
        pc.any(pc.match_substring_regex(table.columns[place], _TAGGED)).as_py() for place in found[words[0]].values()
    ):
        return dict(zip(("question", "response"), found.values(), strict=True))
    return {}


def _split(response: str, boxes: int) -> Parts:
    """The boxes of a cloze question, or the inputs of a STACK question."""
    if inputs := _STACK.findall(response):
        return [text for _, text in sorted(((int(number), text.strip()) for number, text in inputs))]
    return numbered_parts(response, boxes)


def _grade(table: Table) -> int | None:
    """Where the column `Grade/10.00` stands, in any language."""
    return next((i for i, heading in enumerate(table.headings) if _GRADE.fullmatch(heading)), None)


def _filled(texts: pa.Array) -> np.ndarray:
    return np.asarray(pc.not_equal(texts, "").to_numpy(zero_copy_only=False), dtype=bool)
