"""The long dialect: one row per answer. Columns student (or tag), problem (or question), answer, value."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.errors import did_you_mean
from quizgen.submissions.sheet import (
    SIMULATED,
    Column,
    Layout,
    Sheet,
    blank_column,
    lower_headings,
    named_column,
    whose,
)
from quizgen.submissions.table import SHOWN, Reject, Table


def recognised(table: Table) -> bool:
    """Whether a file has the columns answer and value, and says whose they are."""
    return {"answer", "value"} <= set(lower_headings(table))


def to_sheet(table: Table, layout: Layout) -> Sheet:
    """Gather the rows of each student; rows that name no answer of the exam are refused one by one."""
    student, tag, status = whose(table)
    owners = pc.binary_join_element_wise(student, tag, "\x1f")
    owners = owners.combine_chunks() if isinstance(owners, pa.ChunkedArray) else owners
    encoded = pc.dictionary_encode(owners)
    owner = encoded.indices.to_numpy(zero_copy_only=False)
    first = np.unique(owner, return_index=True)[1]
    problem = named_column(table, ("question", "problem"))
    answer = named_column(table, ("answer",))
    value = named_column(table, ("value",))
    assert answer is not None
    assert value is not None
    labels = pc.binary_join_element_wise(blank_column(table.n) if problem is None else problem, answer, "\x1f")
    labels = pc.dictionary_encode(labels)
    codes = labels.indices.to_numpy(zero_copy_only=False)
    columns = [_column(label, layout) for label in labels.dictionary.to_pylist()]
    rejects = list(table.rejects)
    texts: dict[Column, pa.Array] = {}
    for code, column in enumerate(columns):
        rows = np.flatnonzero(codes == code)
        if isinstance(column, str):
            rejects += [_reject(table, int(row), student, value, column) for row in rows]
            continue
        rows, clashes = _unique(rows, owner[rows], value)
        rejects += [
            _reject(table, row, student, value, "the same answer stands here with another value") for row in clashes
        ]
        place = np.full(len(first), -1)
        place[owner[rows]] = rows
        picked = pa.array(np.where(place >= 0, place, 0))
        texts[column] = pc.if_else(pa.array(place >= 0), value.take(picked), "")
    whole = {column[:2] for column in texts if not column[2]}
    for column in [column for column in texts if column[2] and column[:2] in whole]:
        rows = np.flatnonzero(codes == columns.index(column))
        rejects += [_reject(table, int(row), student, value, "the whole answer stands here too") for row in rows]
        del texts[column]
    who = pa.array(first)
    return Sheet(
        file=table.file,
        lines=table.lines[first],
        students=student.take(who),
        tags=tag.take(who),
        status=status.take(who),
        texts=texts,
        rejects=rejects,
        notices=[],
        simulated=SIMULATED in lower_headings(table),
    )


def _column(label: str, layout: Layout) -> Column | str:
    """The column that a question (or problem) and an answer name, or why there is none."""
    question, answer = (part.strip() for part in label.split("\x1f"))
    slots = [slot for slot, problem in layout.problems.items() if problem == question]
    if len(slots) > 1:
        return f"the problem '{question}' fills {' and '.join(slots)}: name the question"
    name = f"{slots[0] if slots else question}.{answer}" if question else answer
    found = layout.column(name) or (layout.column(answer) if "." in answer else None)
    return found or f"'{name}' is no answer of this exam. {did_you_mean(name, layout.names)}".strip()


def _unique(rows: np.ndarray, owners: np.ndarray, value: pa.Array) -> tuple[np.ndarray, list[int]]:
    """One row per owner; all rows of an owner whose values differ are given back as clashes."""
    if len(np.unique(owners)) == len(owners):
        return rows, []
    codes = pc.dictionary_encode(value.take(pa.array(rows))).indices.to_numpy(zero_copy_only=False)
    low, high = np.full((2, owners.max() + 1), codes[0])
    low[owners], high[owners] = codes, codes
    np.minimum.at(low, owners, codes)
    np.maximum.at(high, owners, codes)
    differing = low[owners] != high[owners]
    keep = np.unique(owners[~differing], return_index=True)[1]
    return rows[~differing][keep], rows[differing].tolist()


def _reject(table: Table, row: int, student: pa.Array, value: pa.Array, reason: str) -> Reject:
    text = value[row].as_py()[:SHOWN]
    return Reject(table.file, int(table.lines[row]), student[row].as_py()[:SHOWN], reason, text)
