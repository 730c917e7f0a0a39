"""What every dialect is turned into: one row per student, one column of texts per answer or cell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.errors import did_you_mean
from quizgen.exam.roster import ID_HEADINGS
from quizgen.submissions.table import Reject, Table
from quizgen.submissions.times import readable_times

TAG, STATUS, SIMULATED = "tag", "status", "simulated"
ATTEMPT = "attempt"
TIMES = ("handed in", "submitted", "submitted at")  # columns that say when a row was handed in
WORDS = "in words: "  # stands before what a student wrote where a person gives the points; it reads as no number
PAPER_HEADINGS = ("variant", "paper")  # columns in which a plain number is a paper's number
PAPER = "\x1f"  # stands before a paper's number in the column of tags; nobody can type it
_CELL = re.compile(r"(?P<answer>[^\[\]]+?)\s*\[\s*(?P<cell>\d{1,4}(?:\s*,\s*\d{1,4})*)\s*\]")
_QUESTION = re.compile(r"[Qq](\d{1,2})\.(.+)")

Cell = tuple[int, ...]
Column = tuple[str, str, Cell]  # question, answer, cell (empty for the whole answer)


@dataclass(frozen=True)
class Layout:
    """The answers of an exam: (question, answer) -> largest shape; and which problem fills each question.

    `details` are the roster's columns: a sheet repeats them, and they are no answers whatever they resemble. `code` and
    `exam` are the exam's code and id, `sizes` the shape of an answer in each of the `n` variants, `(axes, n)`, where it
    has cells; `by_hand` are the answers that a person marks.
    """

    answers: Mapping[tuple[str, str], tuple[int, ...]]
    problems: Mapping[str, str]
    details: frozenset[str] = frozenset()
    code: str = ""
    n: int = 0
    exam: str = ""
    sizes: Mapping[tuple[str, str], np.ndarray] = field(default_factory=dict)
    by_hand: frozenset[tuple[str, str]] = frozenset()

    def answers_of(self, question: str) -> list[Column]:
        """The answers of a question, in order, each typed whole."""
        return [(*name, ()) for name in self.answers if name[0] == question]

    def boxes(self, question: str, variant: int = 0) -> list[Column]:
        """The boxes of a question that is asked cell by cell, in order; in the shapes of a variant where it is known.

        >>> Layout({("Q1", "map"): (1, 2), ("Q1", "top"): ()}, {"Q1": "conv"}).boxes("Q1")
        [('Q1', 'map', (1, 1)), ('Q1', 'map', (1, 2)), ('Q1', 'top', ())]
        """
        boxes: list[Column] = []
        for name, largest in self.answers.items():
            if name[0] == question:
                shape = self.sizes[name][:, variant - 1].tolist() if variant and name in self.sizes else largest
                boxes += [(*name, cell) for cell in product(*(range(1, size + 1) for size in shape))]
        return boxes

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
    """Rows of one file: who, which paper, what was typed. `texts` by column; missing columns were not handed in.

    `known_as`: other names of the students (an e-mail address), looked up where `students` finds nobody. `attempts`
    count from 1; `times` are ISO where they could be read, else as written; `variants` by question, 0 where the row
    does not say. `behind`: how many rows of the file stand behind each row; `skipped`: how many are about nobody.
    `files`: where each row stands, if a sheet is of several files.
    """

    file: str
    lines: np.ndarray
    students: pa.Array
    tags: pa.Array
    status: pa.Array
    texts: Mapping[Column, pa.Array]
    rejects: list[Reject]
    notices: list[str]
    attempts: np.ndarray
    times: pa.Array
    behind: np.ndarray
    simulated: bool = False
    known_as: tuple[pa.Array, ...] = ()
    variants: Mapping[str, np.ndarray] = field(default_factory=dict)
    skipped: int = 0
    files: pa.Array | None = None

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
            attempts=self.attempts[rows],
            times=self.times.take(picked),
            behind=self.behind[rows],
            known_as=tuple(names.take(picked) for names in self.known_as),
            variants={question: numbers[rows] for question, numbers in self.variants.items()},
            files=None if self.files is None else self.files.take(picked),
        )


def in_own_words(texts: Mapping[Column, pa.Array], layout: Layout) -> dict[Column, pa.Array]:
    """What students themselves typed, marked as words where a person is to give points.

    In a teacher's sheet a number in such a column is the points; whoever types 5 must not have given himself 5.
    """
    return {
        column: pc.if_else(
            pc.equal(pc.utf8_trim_whitespace(words), ""), "", pc.binary_join_element_wise(WORDS, words, "")
        )
        if column[:2] in layout.by_hand
        else words
        for column, words in texts.items()
    }


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


def attempts_of(table: Table) -> tuple[np.ndarray, np.ndarray]:
    """The numbers in the column of attempts, 1 where nothing stands; and a mask of what is no such number."""
    column = named_column(table, (ATTEMPT,))
    if column is None:
        return np.ones(table.n, dtype=np.int64), np.zeros(table.n, dtype=bool)
    plain = pc.match_substring_regex(column, r"^[0-9]{1,6}$").to_numpy(zero_copy_only=False).astype(bool)
    numbers = pc.if_else(pa.array(plain), column, "1").cast(pa.int64()).to_numpy()
    filled = pc.not_equal(column, "").to_numpy(zero_copy_only=False).astype(bool)
    return numbers.copy(), (filled & ~plain) | (numbers < 1)


def times_of(table: Table) -> pa.Array:
    """When each row was handed in, as far as a column says so."""
    column = named_column(table, TIMES)
    return blank_column(table.n) if column is None else readable_times(column)
