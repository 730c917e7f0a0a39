"""What loading and reporting need of a database, whichever it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import pyarrow as pa

from quizgen.database.schema import VERSION, VERSION_TABLE, Table, Words, statements
from quizgen.errors import QuizgenError

Row = tuple[Any, ...]
Parameters = Sequence[str | int | bool | None]


class Store(Protocol):
    """A connection to a database. Statements are ours and fixed, `?` stands for each parameter, which is bound."""

    shown: str
    words: Words

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing, one writer at a time."""
        ...

    def execute(self, statement: str, parameters: Parameters = ()) -> None:
        """Do something."""
        ...

    def execute_all(self, statement: str, rows: Iterable[Parameters]) -> None:
        """Do something for each of some rows."""
        ...

    def rows(self, query: str, parameters: Parameters = ()) -> Iterator[Row]:
        """What a query finds, read as it is asked for."""
        ...

    def insert(self, table: Table, block: pa.RecordBatch) -> None:
        """Put a block of rows into a table; its columns bear their names, points are whole millionths."""
        ...

    def tables(self) -> set[str]:
        """The names of the tables that are there."""
        ...

    def create(self) -> None:
        """Make what the tables stand in, if anything is needed."""
        ...

    def millionths(self, points: str) -> str:
        """How a query says a sum, or a column, of points in whole millionths."""
        ...

    def settle(self, table: Table) -> None:
        """Let the database look at a table that was filled."""
        ...


def has_tables(store: Store) -> bool:
    """Whether our tables are there; refuses a database of a later quizgen, or of something else."""
    found = store.tables()
    if VERSION_TABLE not in found:
        if found:
            what = f"holds other tables ('{min(found)}'), none of ours"
            raise QuizgenError(what, where=store.shown, hint="Name a new file, or another database.")
        return False
    version = max((int(row[0]) for row in store.rows(f"SELECT version FROM {VERSION_TABLE}")), default=0)
    if version > VERSION:
        raise QuizgenError(
            f"was made by a later quizgen (tables of version {version}; this one knows {VERSION})",
            where=store.shown,
            hint="Use that quizgen, or another database.",
        )
    if version < 1:
        raise QuizgenError("is damaged: it states no version of its tables", where=store.shown)
    return True


def make_tables(store: Store) -> None:
    """Make the tables, within a transaction, where there are none yet."""
    if not has_tables(store):
        store.create()
        for statement in statements(store.words):
            store.execute(statement)
