"""Canvas's "Student Analysis" of a classic quiz: a column `id: text of the question` and one of points for each.

A question that a student was not given is a blank cell; every question of a pool has a column of its own.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.submissions.platform import column_at, place_of, sheet_of, squeezed
from quizgen.submissions.sheet import Layout, Sheet, blank_column
from quizgen.submissions.slots import Parts, Slot
from quizgen.submissions.table import Table

_QUESTION = re.compile(r"(?s)\d+:\s.*")
_POINTS = re.compile(r"\d+(?:[.,]\d+)?")
_A_TIME = r"^\d{4}-\d\d-\d\d"
_DRAWS = re.compile(r"^(?:[A-Za-z]\w*=>(?:[^,\\]|\\.)*,)+")  # `x=>4,y=>3,` before the answer of a formula question
_COMMA = re.compile(r"(?<!\\),")


def recognised(table: Table) -> bool:
    """Whether a column `id: text` is followed by one whose heading is a number of points."""
    return bool(_questions(table))


def to_sheet(table: Table, layout: Layout) -> Sheet:
    """A row for each attempt that was handed in."""
    places = _questions(table)
    slots = [
        Slot(table.headings[place].partition(":")[0], i, table.headings[place], column_at(table, place))
        for i, place in enumerate(places, start=1)
    ]
    names = [column_at(table, place_of(table, *words)) for words in (("sisid",), ("id",))]
    if place_of(table, "sisid", "id") is None:  # another language: name, id, sis_id stand first
        names = [column_at(table, place) for place in (2, 1) if place < places[0]] or [blank_column(table.n)]
    times = _times(table, places[0])
    refused = np.full(table.n, "", dtype=object)
    if times is not None:
        blank = np.asarray(pc.equal(times, "").to_numpy(zero_copy_only=False), dtype=bool)
        refused[blank] = "not handed in: no time of submission"
    return sheet_of(
        table,
        layout,
        students=names,
        slots=slots,
        split=_split,
        times=blank_column(table.n) if times is None else times,
        attempts=_attempts(table),
        refused=refused,
    )


def _questions(table: Table) -> list[int]:
    """Where the questions stand."""
    pairs = zip(table.headings, table.headings[1:], strict=False)
    return [i for i, (one, next_) in enumerate(pairs) if _QUESTION.fullmatch(one) and _POINTS.fullmatch(next_)]


def _times(table: Table, first: int) -> pa.Array | None:
    """When each row was handed in: the column `submitted`, or the one before the questions that looks like times."""
    if (place := place_of(table, "submitted")) is not None and place < first:
        return column_at(table, place)
    for place in range(first - 1, 2, -1):
        column = column_at(table, place)
        if pc.any(pc.match_substring_regex(column, _A_TIME)).as_py():
            return column
    return None


def _attempts(table: Table) -> np.ndarray | None:
    """The column of attempts, if the file has one and it holds nothing but numbers."""
    place = next((i for i, heading in enumerate(table.headings) if squeezed(heading) == "attempt"), None)
    if place is None:
        return None
    words = column_at(table, place).to_pylist()
    plain = all(re.fullmatch(r"[1-9]\d{0,5}", word, re.ASCII) for word in words)
    return np.array([int(word) for word in words], dtype=np.int64) if plain else None


def _split(response: str, boxes: int) -> Parts:
    """The answers of a question with several blanks; of a formula question the answer without its numbers."""
    response = _DRAWS.sub("", response)
    if boxes == 1:
        return [_unescaped(response)]
    parts = _COMMA.split(response)
    return [_unescaped(part) for part in parts] if len(parts) > 1 else None


def _unescaped(part: str) -> str:
    return part.replace("\\,", ",").replace("\\=>", "=>").strip()
