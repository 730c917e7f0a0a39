"""The wide dialect: one row per student, one column per answer or per cell. The sheet that `make` writes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from quizgen.csvtext import restored
from quizgen.errors import QuizgenError
from quizgen.exam.roster import ID_HEADINGS
from quizgen.submissions.sheet import (
    ATTEMPT,
    PAPER_HEADINGS,
    SIMULATED,
    STATUS,
    TAG,
    TIMES,
    Column,
    Layout,
    Sheet,
    attempts_of,
    lower_headings,
    times_of,
    whose,
)
from quizgen.submissions.table import SHOWN, Reject, Table


def recognised(table: Table) -> bool:
    """Whether a file names students or tags in its headings."""
    return any(heading in (*ID_HEADINGS, *PAPER_HEADINGS, TAG) for heading in lower_headings(table))


def to_sheet(table: Table, layout: Layout) -> Sheet:
    """Turn the table into a sheet; raises QuizgenError for a column that was meant to be an answer and is none."""
    texts: dict[Column, pa.Array] = {}
    ignored = []
    for heading, column in zip(table.headings, table.columns, strict=True):
        if heading.lower() in (*ID_HEADINGS, *PAPER_HEADINGS, *TIMES, TAG, STATUS, ATTEMPT, SIMULATED, ""):
            continue
        if restored(heading) in layout.details:
            ignored.append(heading)
            continue
        found = layout.column(heading)
        if found is None:
            if hint := layout.resembles(heading):
                raise QuizgenError(
                    f"the column '{heading}' is no answer of this exam", where=f"{table.file}:1", hint=hint
                )
            ignored.append(heading)
            continue
        if found in texts or any(other[:2] == found[:2] and bool(other[2]) != bool(found[2]) for other in texts):
            raise QuizgenError(f"the answer of column '{heading}' stands in the file twice", where=f"{table.file}:1")
        texts[found] = column
    if not texts:
        names = ", ".join(layout.names[:4])
        raise QuizgenError(
            "no column holds answers of this exam", where=f"{table.file}:1", hint=f"They are named {names}, …"
        )
    student, tag, status = whose(table)
    attempts, odd = attempts_of(table)
    rejects = [
        Reject(table.file, int(table.lines[row]), student[row].as_py()[:SHOWN], "the attempt is no whole number", "")
        for row in np.flatnonzero(odd).tolist()
    ]
    sheet = Sheet(
        file=table.file,
        lines=table.lines,
        students=student,
        tags=tag,
        status=status,
        texts=texts,
        rejects=table.rejects + rejects,
        notices=[f"{table.file}: ignored: {', '.join(ignored)}"] if ignored else [],
        simulated=SIMULATED in lower_headings(table),
        attempts=attempts,
        times=times_of(table),
        behind=np.ones(table.n, dtype=np.int64),
    )
    return sheet.take(np.flatnonzero(~odd)) if odd.any() else sheet
