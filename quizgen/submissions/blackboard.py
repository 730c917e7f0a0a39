"""Blackboard's download of a test: Username, ..., then Question ID 1, Question 1, Answer 1, ... in each row."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from quizgen.submissions.platform import column_at, place_of, plain_text, sheet_of, squeezed
from quizgen.submissions.sheet import Layout, Sheet, blank_column
from quizgen.submissions.slots import Parts, Slot, numbered_parts
from quizgen.submissions.table import Table

_ANSWER = re.compile(r"answer(\d{1,3})")
_NOTHING = r"(?i)^(?:<unanswered>|\[none given\])$"


def recognised(table: Table) -> bool:
    """Whether a file has the columns Question ID 1 and Answer 1."""
    return {"questionid1", "answer1"} <= {squeezed(heading) for heading in table.headings}


def to_sheet(table: Table, layout: Layout) -> Sheet:
    """A row for each attempt, as they stand in the file."""
    slots = []
    for place, heading in enumerate(table.headings):
        if match := _ANSWER.fullmatch(squeezed(heading)):
            texts = column_at(table, place_of(table, f"question{match[1]}"))
            slots.append(Slot(heading, int(match[1]), texts, _given(column_at(table, place))))
    names = (("studentid",), ("username",))
    return sheet_of(
        table,
        layout,
        students=[column_at(table, place_of(table, *words)) for words in names],
        slots=slots,
        split=_split,
        times=blank_column(table.n),
    )


def _given(answers: pa.Array) -> pa.Array:
    """Answers as text; what Blackboard writes for nothing is nothing."""
    return plain_text(pc.replace_substring_regex(answers, _NOTHING, ""))


def _split(response: str, boxes: int) -> Parts:
    """Several blanks: each in a line, or with semicolons between, if there are as many as boxes."""
    for sign in ("\n", ";"):
        parts = [part.strip() for part in response.split(sign)]
        if len(parts) == boxes:
            return parts
    return numbered_parts(response, boxes)
