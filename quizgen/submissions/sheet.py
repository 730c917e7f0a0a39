"""What every dialect is turned into: one row per student, one column of texts per answer or cell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.errors import did_you_mean
from quizgen.exam.roster import ID_HEADINGS
from quizgen.submissions.table import Reject, Table

TAG, STATUS, SIMULATED = "tag", "status", "simulated"
PAPER_HEADINGS = ("variant", "paper")  # columns in which a plain number is a paper's number
PAPER = "\x1f"  # stands before a paper's number in the column of tags; nobody can type it
_CELL = re.compile(r"(?P<answer>[^\[\]]+?)\s*\[\s*(?P<cell>\d{1,4}(?:\s*,\s*\d{1,4})*)\s*\]")
_QUESTION = re.compile(r"[Qq](\d{1,2})\.(.+)")

Cell = tuple[int, ...]
Column = tuple[str, str, Cell]  # question, answer, cell (empty for the whole answer)


@dataclass(frozen=True)
class Layout:
    """The answers of an exam: (question, answer) -> largest shape; and which problem fills each question.

    `details` are the roster's columns: a sheet repeats them, and they are no answers whatever they resemble.
    """

    answers: Mapping[tuple[str, str], tuple[int, ...]]
    problems: Mapping[str, str]
    details: frozenset[str] = frozenset()

    @cached_property
    def short(self) -> Mapping[str, tuple[str, str]]:
        """Names that need no question before them, because only one question has such an answer."""
        names = [answer for _, answer in self.answers]
        return {answer: (question, answer) for question, answer in self.answers if names.count(answer) == 1}

    @property
    def names(self) -> list[str]:
        """All names of answers, long and short."""
        return [f"{question}.{answer}" for question, answer in self.answers] + list(self.short)

    def column(self, heading: str) -> Column | None:
        """What a heading means: an answer, a cell of one, or nothing of ours."""
        match = _CELL.fullmatch(heading)
        name = match["answer"] if match else heading
        found = self.find(name)
        if found is None:
            return None
        cell = tuple(int(part) for part in match["cell"].split(",")) if match else ()
        shape = self.answers[found]
        if cell and (len(cell) != len(shape) or any(not 1 <= i <= size for i, size in zip(cell, shape, strict=True))):
            return None
        return (*found, cell)

    def find(self, name: str) -> tuple[str, str] | None:
        """An answer by `Q3.conv`, or by `conv` alone where that is unique."""
        if match := _QUESTION.fullmatch(name.strip()):
            key = (f"Q{int(match[1])}", match[2])
            return key if key in self.answers else None
        return self.short.get(name.strip())

    def resembles(self, heading: str) -> str:
        """The name that a heading was probably meant to be; empty if it is nothing like an answer."""
        name = _CELL.sub(lambda match: match["answer"], heading)
        if hint := did_you_mean(name, self.names):
            return hint
        return "Answers are named like " + self.names[0] + "." if _QUESTION.fullmatch(name) else ""


@dataclass(frozen=True)
class Sheet:
    """Rows of one file: who, which paper, what was typed. `texts` by column; missing columns were not handed in."""

    file: str
    lines: np.ndarray
    students: pa.Array
    tags: pa.Array
    status: pa.Array
    texts: Mapping[Column, pa.Array]
    rejects: list[Reject]
    notices: list[str]
    simulated: bool = False

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(self.lines)

    def take(self, rows: np.ndarray) -> Sheet:
        """Keep some rows, by number."""
        picked = pa.array(rows)
        return replace(
            self,
            lines=self.lines[rows],
            students=self.students.take(picked),
            tags=self.tags.take(picked),
            status=self.status.take(picked),
            texts={column: texts.take(picked) for column, texts in self.texts.items()},
        )


def lower_headings(table: Table) -> list[str]:
    """The headings in small letters."""
    return [heading.lower() for heading in table.headings]


def named_column(table: Table, names: tuple[str, ...]) -> pa.Array | None:
    """The first column with one of these headings, trimmed."""
    for name in names:
        if name in lower_headings(table):
            return pc.utf8_trim_whitespace(table.columns[lower_headings(table).index(name)])
    return None


def blank_column(n: int) -> pa.Array:
    """A column of n empty texts."""
    return pa.repeat(pa.scalar("", pa.string()), n)


def whose(table: Table) -> tuple[pa.Array, pa.Array, pa.Array]:
    """The columns of student, tag and status, empty where a file has none; PAPER stands before a paper's number."""
    papers = named_column(table, PAPER_HEADINGS)
    if papers is not None:
        papers = pc.replace_substring_regex(papers, r"^0*(\d{1,9})$", PAPER + r"\1")
    tags = named_column(table, (TAG,))
    tags = tags if tags is None else pc.replace_substring(tags, PAPER, "")
    columns = (
        named_column(table, ID_HEADINGS),
        papers if tags is None else tags,
        named_column(table, (STATUS,)),
    )
    student, tag, status = (blank_column(table.n) if column is None else column for column in columns)
    unquoted = pc.replace_substring_regex(student, r"^'([=+\-@])", r"\1")
    return unquoted, tag, pc.utf8_lower(status)
