"""The table of dialects: which files are known by their headings, and what turns each into a sheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from quizgen.errors import QuizgenError
from quizgen.submissions import long, wide
from quizgen.submissions.sheet import Layout, Sheet
from quizgen.submissions.table import Table, read_table


class Dialect(NamedTuple):
    """A kind of file: whether a table is of this kind, and how it becomes a sheet."""

    recognised: Callable[[Table], bool]
    to_sheet: Callable[[Table, Layout], Sheet]


DIALECTS = (
    Dialect(long.recognised, long.to_sheet),
    Dialect(wide.recognised, wide.to_sheet),
)


def read_sheet(path: Path, layout: Layout) -> Sheet:
    """Read a file in the first dialect that its headings show; raises QuizgenError if there is none."""
    table = read_table(path)
    for dialect in DIALECTS:
        if dialect.recognised(table):
            return dialect.to_sheet(table, layout)
    raise QuizgenError(
        f"no column says whose answers these are (headings: {', '.join(table.headings[:8])})",
        where=f"{path}:1",
        hint="A column 'student' or 'tag' is needed.",
    )
