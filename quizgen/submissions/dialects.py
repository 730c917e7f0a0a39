"""The table of dialects: which files are known by their headings, and what turns each into a sheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from quizgen.errors import QuizgenError, did_you_mean
from quizgen.submissions import blackboard, brightspace, canvas, forms, long, moodle, wide
from quizgen.submissions.sheet import Layout, Sheet
from quizgen.submissions.table import Table, read_table, typed_by_hand


class Dialect(NamedTuple):
    """A kind of file: whether a table is of this kind, and how it becomes a sheet.

    `any_headings`: it can read a table that it does not recognise, and complains of what it misses; `by_hand`: people
    write such files, and lose quotation marks.
    """

    recognised: Callable[[Table], bool]
    to_sheet: Callable[[Table, Layout], Sheet]
    any_headings: bool = False
    by_hand: bool = False


DIALECTS = {  # asked in this order
    "moodle": Dialect(moodle.recognised, moodle.to_sheet),
    "canvas": Dialect(canvas.recognised, canvas.to_sheet),
    "brightspace": Dialect(brightspace.recognised, brightspace.to_sheet),
    "blackboard": Dialect(blackboard.recognised, blackboard.to_sheet),
    "forms": Dialect(forms.recognised, forms.to_sheet, any_headings=True),
    "long": Dialect(long.recognised, long.to_sheet, by_hand=True),
    "wide": Dialect(wide.recognised, wide.to_sheet, any_headings=True, by_hand=True),
}


def read_sheet(path: Path, layout: Layout, dialect: str = "") -> Sheet:
    """Read a file in the first dialect that its headings show, or in the one named.

    Raises QuizgenError if there is no such dialect, or if the headings lack what the one named needs.
    """
    table = read_table(path)
    if dialect:
        chosen = named_dialect(dialect)
        if not (chosen.any_headings or chosen.recognised(table)):
            raise QuizgenError(f"the headings are not those of the dialect '{dialect}'", where=f"{path}:1")
        return _read(chosen, table, layout)
    for known in DIALECTS.values():
        if known.recognised(table):
            return _read(known, table, layout)
    table = typed_by_hand(table)  # a lost quotation mark is a better reason
    raise QuizgenError(
        f"no column says whose answers these are (headings: {', '.join(table.headings[:8])})",
        where=f"{path}:1",
        hint="A column 'student' or 'tag' is needed.",
    )


def _read(dialect: Dialect, table: Table, layout: Layout) -> Sheet:
    """Read a table in a dialect."""
    return dialect.to_sheet(typed_by_hand(table) if dialect.by_hand else table, layout)


def named_dialect(name: str) -> Dialect:
    """A dialect by its name; raises QuizgenError (wrong usage) if there is none."""
    if name not in DIALECTS:
        hint = did_you_mean(name, DIALECTS) or f"Known are {', '.join(DIALECTS)}."
        raise QuizgenError(f"there is no dialect '{name}'", hint=hint, exit_code=2)
    return DIALECTS[name]
