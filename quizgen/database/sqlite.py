"""Marks in a file of SQLite, which only its owner may read."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa

from quizgen.database.address import Address
from quizgen.database.schema import SQLITE, Table
from quizgen.database.store import Parameters, Row
from quizgen.errors import QuizgenError

_PATIENCE = 30  # seconds that a writer waits for another
_PAGES = -65_536  # of the cache: 64 MB


class SqliteStore:
    """A file of SQLite that is open."""

    words = SQLITE

    def __init__(self, shown: str, connection: sqlite3.Connection) -> None:
        self.shown = shown
        self._connection = connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; whoever writes second waits."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def execute(self, statement: str, parameters: Parameters = ()) -> None:
        """Do something."""
        self._connection.execute(statement, tuple(parameters))

    def execute_all(self, statement: str, rows: Iterable[Parameters]) -> None:
        """Do something for each of some rows."""
        self._connection.executemany(statement, rows)

    def rows(self, query: str, parameters: Parameters = ()) -> Iterator[Row]:
        """What a query finds, read as it is asked for."""
        yield from self._connection.execute(query, tuple(parameters))

    def insert(self, table: Table, block: pa.RecordBatch) -> None:
        """Put a block of rows into a table."""
        names = [self.words.stored(column) for column in table.columns]
        places = ", ".join("?" * len(names))
        statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})"
        self.execute_all(statement, zip(*(_objects(block.column(c.name)) for c in table.columns), strict=True))

    def tables(self) -> set[str]:
        """The names of the tables that are there."""
        return {name for (name,) in self.rows("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}

    def create(self) -> None:
        """Nothing: the tables stand in the file."""

    def millionths(self, points: str) -> str:
        """The column that is stored holds them."""
        return f"SUM({points}_millionths)"

    def settle(self, table: Table) -> None:
        """Nothing: plans follow the indexes."""


@contextmanager
def open_sqlite(address: Address, *, reading: bool) -> Iterator[SqliteStore]:
    """Open a file; for writing it is made if it is not there."""
    assert address.path is not None
    place = address.path.absolute()
    try:
        if not reading:
            _make_private(place)
        uri = f"{place.as_uri()}?mode=rw"  # readers, too: whoever comes after a killed writer undoes what it began
        with closing(sqlite3.connect(uri, uri=True, timeout=_PATIENCE, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(f"PRAGMA cache_size = {_PAGES}")
            connection.execute("PRAGMA secure_delete = ON")  # who is forgotten does not stay in unused pages
            connection.execute(f"PRAGMA query_only = {int(reading)}")
            yield SqliteStore(address.shown, connection)
    except sqlite3.IntegrityError as error:
        hint = "Grade again: marks and exam may have changed in between."
        raise QuizgenError(f"the marks do not fit the tables: {error}", where=address.shown, hint=hint) from None
    except sqlite3.Error as error:
        raise QuizgenError(f"SQLite says: {error}", where=address.shown) from None


def refuse_missing_folder(place: Path) -> None:
    """A file is made, its folder is not."""
    if not place.absolute().parent.is_dir():
        raise QuizgenError(f"{place}: there is no folder {place.parent}", hint="Make it first.")


def _make_private(place: Path) -> None:
    """Make an empty file with mode 0600, unless there is one."""
    refuse_missing_folder(place)
    os.close(os.open(place, os.O_RDWR | os.O_CREAT, 0o600))


def _objects(column: pa.Array) -> list[object]:
    """A column as Python's own values, None where there is nothing."""
    found = column.to_numpy(zero_copy_only=False)
    if column.null_count and found.dtype != object:
        return list(column.to_pylist())
    return list(np.asarray(found).tolist())
