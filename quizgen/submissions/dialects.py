"""The table of dialects: which files are known by their headings, and what turns each into a sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from quizgen.errors import QuizgenError, did_you_mean, printable
from quizgen.submissions import blackboard, brightspace, canvas, forms, long, moodle, saved, wide
from quizgen.submissions.blocks import read_whole
from quizgen.submissions.savedfile import STRANGER
from quizgen.submissions.sheet import Layout, Sheet
from quizgen.submissions.table import SHOWN, Reject, Table, typed_by_hand


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
    "saved": Dialect(saved.recognised, saved.to_sheet),
    "moodle": Dialect(moodle.recognised, moodle.to_sheet),
    "canvas": Dialect(canvas.recognised, canvas.to_sheet),
    "brightspace": Dialect(brightspace.recognised, brightspace.to_sheet),
    "blackboard": Dialect(blackboard.recognised, blackboard.to_sheet),
    "forms": Dialect(forms.recognised, forms.to_sheet, any_headings=True),
    "long": Dialect(long.recognised, long.to_sheet, by_hand=True),
    "wide": Dialect(wide.recognised, wide.to_sheet, any_headings=True, by_hand=True),
}


TABLES = (
    ".csv",
    ".tsv",
    ".xlsx",
    ".ods",
    ".parquet",
)  # a file of this kind that cannot be read is told before anything is marked


def read_sheet(path: Path, layout: Layout, dialect: str = "") -> Sheet:
    """Read a file in the first dialect that its headings show, or in the one named.

    Raises QuizgenError if there is no such dialect, or if the headings lack what the one named needs.
    """
    return sheet_of_table(read_whole(path), layout, dialect)


def read_sheets(
    paths: Sequence[Path], layout: Layout, dialect: str = "", passed_over: Sequence[Path] = ()
) -> list[Sheet]:
    """Read many files; what pages saved becomes one sheet, since several files may be attempts of one student.

    Beside such files, one that is none of them and no table is refused like a row, for students hand in all sorts of
    things; so are those `passed_over` in a folder. Raises QuizgenError as `read_sheet` does for all others.
    """
    tables, rejects = [], [_refused(path, STRANGER) for path in passed_over]
    unread: list[tuple[Path, QuizgenError]] = []
    for path in paths:
        try:
            tables.append(read_whole(path))
        except QuizgenError as error:
            unread.append((path, error))
    pages = [table for table in tables if saved.recognised(table)]
    for path, wrong in unread:
        if not pages or path.suffix.lower() in TABLES:
            raise wrong
        rejects.append(_refused(path, wrong.what))
    others = [table for table in tables if not saved.recognised(table)]
    together = [saved.one_table(pages, rejects)] if pages else []
    return [sheet_of_table(table, layout, dialect) for table in [*others, *together]]


def sheet_of_table(table: Table, layout: Layout, dialect: str = "") -> Sheet:
    """Turn a table into a sheet, in the first dialect that its headings show, or in the one named."""
    if dialect:
        chosen = named_dialect(dialect)
        if not (chosen.any_headings or chosen.recognised(table)):
            raise QuizgenError(f"the headings are not those of the dialect '{dialect}'", where=f"{table.file}:1")
        return _read(chosen, table, layout)
    for known in DIALECTS.values():
        if known.recognised(table):
            return _read(known, table, layout)
    table = typed_by_hand(table)  # a lost quotation mark is a better reason
    raise QuizgenError(
        f"no column says whose answers these are (headings: {', '.join(table.headings[:8])})",
        where=f"{table.file}:1",
        hint="A column 'student' or 'tag' is needed.",
    )


def in_blocks_of(table: Table, dialect: str = "") -> bool:
    """Whether the rows of such a file mean the same a block at a time: where each is a student's, in columns."""
    if dialect:
        return dialect == "wide"
    return next((name for name, known in DIALECTS.items() if known.recognised(table)), "") == "wide"


def _refused(path: Path, reason: str) -> Reject:
    """A whole file that cannot be used."""
    return Reject(str(path), 1, "", printable(reason)[:SHOWN], "")


def _read(dialect: Dialect, table: Table, layout: Layout) -> Sheet:
    """Read a table in a dialect."""
    return dialect.to_sheet(typed_by_hand(table) if dialect.by_hand else table, layout)


def named_dialect(name: str) -> Dialect:
    """A dialect by its name; raises QuizgenError (wrong usage) if there is none."""
    if name not in DIALECTS:
        hint = did_you_mean(name, DIALECTS) or f"Known are {', '.join(DIALECTS)}."
        raise QuizgenError(f"there is no dialect '{name}'", hint=hint, exit_code=2)
    return DIALECTS[name]
