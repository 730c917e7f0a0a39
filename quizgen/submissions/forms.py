"""Google Forms: a row per sending, first its time; the questions are headings that contain our names or tags."""

from __future__ import annotations

import re

import pyarrow.compute as pc

from quizgen.errors import QuizgenError
from quizgen.exam.roster import ID_HEADINGS
from quizgen.submissions.platform import column_at, place_of, sheet_of, squeezed
from quizgen.submissions.sheet import PAPER, Column, Layout, Sheet
from quizgen.submissions.slots import Slot, numbered_parts, tag_in
from quizgen.submissions.table import Table

_TIMES = ("timestamp", "zeitstempel", "horodateur", "marcatemporal", "tijdstempel", "informazionicronologiche")
_MAILS = ("emailaddress", "email", "emailadresse", "adressemail", "username")
_MARKED = re.compile(r".*\[(?:Score|Feedback)\]\s*", re.DOTALL)
_NAME = re.compile(r"(?<![\w.])[Qq]\d{1,2}\.[A-Za-z_][\w-]*(?:\s*\[\s*\d{1,4}(?:\s*,\s*\d{1,4})*\s*\])?")
_WORD = re.compile(r"[A-Za-z_][\w-]*(?:\[\s*\d{1,4}(?:\s*,\s*\d{1,4})*\s*\])?")
_TAG_QUESTION = re.compile(r"\btag\b", re.IGNORECASE)


def recognised(table: Table) -> bool:
    """Whether the first column is the time that Google Forms writes."""
    return squeezed(table.headings[0]) in _TIMES


def to_sheet(table: Table, layout: Layout) -> Sheet:
    """A row for each sending; raises QuizgenError if no heading names an answer, or two name the same."""
    direct: dict[Column, int] = {}
    slots: list[Slot] = []
    tag = None
    ids = {squeezed(heading) for heading in ID_HEADINGS}
    for place, heading in enumerate(table.headings):
        if place == 0 or squeezed(heading) in (*_MAILS, *ids, "score") or _MARKED.fullmatch(heading):
            continue
        if (column := _meant(heading, layout)) is not None:
            if column in direct:
                raise QuizgenError(f"the answer of column '{heading[:80]}' stands here twice", where=f"{table.file}:1")
            direct[column] = place
        elif tag_in(heading, layout.code) != ("", 0):
            slots.append(Slot(heading[:40], place, heading, column_at(table, place)))
        elif tag is None and _TAG_QUESTION.search(heading):
            tag = place
    if not direct and not slots:
        raise QuizgenError(
            "no heading names an answer of this exam",
            where=f"{table.file}:1",
            hint=f"Questions of a form name what they ask: {', '.join(layout.names[:2])}, or hold a question's tag.",
        )
    mail = place_of(table, *_MAILS)
    own = next((i for i, heading in enumerate(table.headings) if squeezed(heading) in ids and i != mail), None)
    return sheet_of(
        table,
        layout,
        students=[column_at(table, own), column_at(table, mail)],
        slots=slots,
        split=numbered_parts,
        times=column_at(table, 0),
        texts={column: column_at(table, place) for column, place in direct.items()},
        tags=None if tag is None else pc.replace_substring(column_at(table, tag), PAPER, ""),
    )


def _meant(heading: str, layout: Layout) -> Column | None:
    """The answer or cell that a heading names, if it is exactly one; with a tag, an answer of the tag's question."""
    if (column := layout.column(heading)) is not None:
        return column
    names = {column for name in _NAME.findall(heading) if (column := layout.column(name)) is not None}
    if not names and tag_in(heading, layout.code) == ("", 0):
        names = {column for name in _WORD.findall(heading) if (column := layout.column(name)) is not None}
    return names.pop() if len(names) == 1 else None
