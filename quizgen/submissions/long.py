"""The long dialect: one row per answer. Columns student (or tag), problem (or question), answer, value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.errors import QuizgenError, did_you_mean
from quizgen.exam.tags import read_tag
from quizgen.submissions.sheet import (
    SIMULATED,
    Column,
    Layout,
    Sheet,
    blank_column,
    lower_headings,
    named_column,
    times_of,
    whose,
)
from quizgen.submissions.table import SHOWN, Reject, Table

NONE, SEVERAL = -1, -2


def recognised(table: Table) -> bool:
    """Whether a file has the columns answer and value, and says whose they are."""
    return {"answer", "value"} <= set(lower_headings(table))


def to_sheet(table: Table, layout: Layout) -> Sheet:
    """Gather the rows of each student; rows that cannot be used are refused one by one."""
    student, tag, status = whose(table)
    owners = _owners(student, tag)
    problem = named_column(table, ("question", "problem"))
    answer = named_column(table, ("answer",))
    value = named_column(table, ("value",))
    assert answer is not None
    assert value is not None
    labels = pc.binary_join_element_wise(blank_column(table.n) if problem is None else problem, answer, "\x1f")
    labels = pc.dictionary_encode(labels)
    meant = [_column(label, layout) for label in labels.dictionary.to_pylist()]
    columns = {column: i for i, column in enumerate(dict.fromkeys(c for c in meant if not isinstance(c, str)))}
    column_of = np.array([NONE if isinstance(c, str) else columns[c] for c in meant], dtype=np.intp)[_codes(labels)]
    nameless = np.array([c if isinstance(c, str) else "" for c in meant], dtype=object)[_codes(labels)]
    values, filled = _codes(pc.dictionary_encode(value)), _filled(value)
    reasons = np.where(filled | _filled(answer), nameless, "")
    statuses = pc.dictionary_encode(status)
    stated = _only(owners.of[_filled(status)], _codes(statuses)[_filled(status)], owners.n)
    reasons[(stated == SEVERAL)[owners.of]] = "this student has two different statuses here"
    texts: dict[Column, pa.Array] = {}
    entire = {column[:2] for column in columns if not column[2]}
    for column, number in columns.items():
        rows = np.flatnonzero((column_of == number) & (reasons == ""))
        if column[2] and column[:2] in entire:
            reasons[rows[filled[rows]]] = "the whole answer stands here too"
        else:
            astray = (owners.question[rows] != "") & (owners.question[rows] != column[0])
            for row in rows[astray].tolist():
                reasons[row] = f"the tag {tag[row]} is of {owners.question[row]}, but this row answers {column[0]}"
            rows = rows[~astray & filled[rows]]
            said = _only(owners.of[rows], values[rows], owners.n)
            clash = said[owners.of[rows]] == SEVERAL
            reasons[rows[clash]] = "the same answer stands here with another value"
            place = np.full(owners.n, -1)
            place[owners.of[rows[~clash]]] = rows[~clash]
            texts[column] = pc.fill_null(value.take(_places(place)), "")
    rejects = [_reject(table, row, student, value, reasons[row]) for row in np.flatnonzero(reasons != "").tolist()]
    sheet = Sheet(
        file=table.file,
        lines=table.lines[owners.first],
        students=owners.students,
        tags=owners.tags,
        status=pc.fill_null(statuses.dictionary.take(_places(stated)), ""),
        texts=texts,
        rejects=table.rejects + rejects,
        notices=[],
        simulated=SIMULATED in lower_headings(table),
        attempts=np.ones(owners.n, dtype=np.int64),
        times=times_of(table).take(pa.array(owners.first)),
        behind=np.bincount(owners.of[reasons == ""], minlength=owners.n),
    )
    return sheet.take(np.unique(owners.of[reasons == ""]))


@dataclass(frozen=True)
class _Owners:
    """Whose the rows are.

    One entry per row: the number of its owner, and the question that its tag is of. One entry per owner: the first
    row, the student, and a tag in its first spelling.
    """

    of: np.ndarray
    question: np.ndarray
    first: np.ndarray
    students: pa.Array
    tags: pa.Array

    @property
    def n(self) -> int:
        """The number of owners."""
        return len(self.first)


def _owners(student: pa.Array, tag: pa.Array) -> _Owners:
    """Tell whose the rows are: the tags of a paper's questions are one paper.

    A row with a student or a tag alone belongs to a row with both, if all such rows agree; which paper a student
    holds is not known here.
    """
    names = pc.dictionary_encode(student)
    typed = np.where(_filled(student), _codes(names), NONE)
    papers, question = _papers(tag)
    both = (typed != NONE) & (papers != NONE)
    paper_of = _only(typed[both], papers[both], len(names.dictionary))
    student_of = _only(papers[both], typed[both], int(papers.max(initial=0)) + 1)
    who = np.where((typed == NONE) & (papers != NONE), np.maximum(student_of[papers], NONE), typed)
    which = np.where((papers == NONE) & (typed != NONE), np.maximum(paper_of[typed], NONE), papers)
    of = _codes(pc.dictionary_encode(pa.array(who * (int(which.max(initial=0)) + 2) + which)))
    first = np.unique(of, return_index=True)[1]
    tagged = np.flatnonzero(papers != NONE)[::-1]
    spelled = np.full(len(student_of), NONE)
    spelled[papers[tagged]] = tagged  # the first row of each paper is the last to be put
    spelling = np.where(which[first] == NONE, NONE, spelled[which[first]])
    return _Owners(
        of,
        question,
        first,
        pc.fill_null(names.dictionary.take(_places(who[first])), ""),
        pc.fill_null(tag.take(_places(spelling)), ""),
    )


def _papers(tags: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """A number for the paper that each tag names, and the question; a tag with a typing error is a paper of its own.

    So the error cannot hide behind the right tags of another paper.
    """
    encoded = pc.dictionary_encode(tags)
    numbers: dict[object, int] = {}
    papers, questions = [], []
    for text in encoded.dictionary.to_pylist():
        try:
            read = read_tag(text, "".join(text.split())[:4].upper())
        except (QuizgenError, KeyError):  # the latter for what has no code at all
            read = None
        key = (read.code, read.number) if read else text
        papers.append(numbers.setdefault(key, len(numbers)) if text else NONE)
        questions.append((read.question if read else None) or "")
    codes = _codes(encoded)
    return np.array(papers, dtype=np.int64)[codes], np.array(questions, dtype=object)[codes]


def _column(label: str, layout: Layout) -> Column | str:
    """The column that a question (or problem) and an answer name, or why there is none."""
    question, answer = (part.strip() for part in label.split("\x1f"))
    slots = [slot for slot, problem in layout.problems.items() if problem == question]
    if len(slots) > 1:
        return f"the problem '{question}' fills {' and '.join(slots)}: name the question"
    name = f"{slots[0] if slots else question}.{answer}" if question else answer
    found = layout.column(name) or (layout.column(answer) if "." in answer else None)
    return found or f"'{name}' is no answer of this exam. {did_you_mean(name, layout.names)}".strip()


def _only(keys: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    """The value of each of n keys: NONE without any, SEVERAL if there are different ones."""
    low, high = np.full(n, np.iinfo(np.int64).max), np.full(n, NONE)
    np.minimum.at(low, keys, values)
    np.maximum.at(high, keys, values)
    return np.where((high == NONE) | (low == high), high, SEVERAL)


def _codes(encoded: pa.DictionaryArray) -> np.ndarray:
    """The codes of texts, as numpy's."""
    return np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def _filled(texts: pa.Array) -> np.ndarray:
    """Mask of the texts that say something."""
    return np.asarray(pc.not_equal(texts, "").to_numpy(zero_copy_only=False), dtype=bool)


def _places(numbers: np.ndarray) -> pa.Array:
    """Numbers of rows to take, null where there is none."""
    return pa.array(numbers, mask=numbers < 0)


def _reject(table: Table, row: int, student: pa.Array, value: pa.Array, reason: str) -> Reject:
    text = value[row].as_py()[:SHOWN]
    return Reject(table.file, int(table.lines[row]), student[row].as_py()[:SHOWN], reason, text)
