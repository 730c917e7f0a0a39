"""Marks in a PostgreSQL database, in a schema of their own, filled by COPY."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, LiteralString

import pyarrow as pa
import pyarrow.csv as pacsv

from quizgen.database.address import Address
from quizgen.database.schema import POSTGRESQL, SPACE, Kind, Table
from quizgen.database.store import Parameters, Row
from quizgen.errors import QuizgenError

if TYPE_CHECKING:
    from psycopg import Connection

_LOCK = 7_116_105_122  # a number that only we lock
_AT_ONCE = 20_000  # rows that a query brings at a time
_WAIT = 10  # seconds for a connection


class PostgresStore:
    """A connection to a PostgreSQL database."""

    words = POSTGRESQL

    def __init__(self, shown: str, connection: Connection[Row]) -> None:
        self.shown = shown
        self._connection = connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; whoever writes second waits."""
        with self._connection.transaction():
            self.execute("SELECT pg_advisory_xact_lock(?)", (_LOCK,))
            yield

    def execute(self, statement: str, parameters: Parameters = ()) -> None:
        """Do something."""
        self._connection.execute(_bound(statement), parameters or None)

    def execute_all(self, statement: str, rows: Iterable[Parameters]) -> None:
        """Do something for each of some rows."""
        with self._connection.cursor() as cursor:
            cursor.executemany(_bound(statement), rows)

    def rows(self, query: str, parameters: Parameters = ()) -> Iterator[Row]:
        """What a query finds, read as it is asked for."""
        with self._connection.transaction(), self._connection.cursor("quizgen") as cursor:
            cursor.itersize = _AT_ONCE
            yield from cursor.execute(_bound(query), parameters or None)

    def insert(self, table: Table, block: pa.RecordBatch) -> None:
        """Put a block of rows into a table, as CSV: what is nothing stands there without quotes."""
        names = [column.name for column in table.columns]
        points = {column.name for column in table.columns if column.kind is Kind.POINTS}
        columns = [_decimals(block.column(name)) if name in points else block.column(name) for name in names]
        data = io.BytesIO()
        pacsv.write_csv(pa.table(columns, names=names), data, pacsv.WriteOptions(include_header=False))
        copy = f"COPY {table.name} ({', '.join(names)}) FROM STDIN (FORMAT csv)"
        with self._connection.cursor() as cursor, cursor.copy(_bound(copy)) as sent:
            sent.write(data.getbuffer())

    def tables(self) -> set[str]:
        """The names of the tables in our schema."""
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = ?"
        return {name for (name,) in self.rows(query, (SPACE,))}

    def create(self) -> None:
        """Make our schema, unless somebody has made it for us."""
        if not list(self.rows("SELECT 1 FROM information_schema.schemata WHERE schema_name = ?", (SPACE,))):
            self.execute(f"CREATE SCHEMA {SPACE}")

    def millionths(self, points: str) -> str:
        """A numeric is exact: so is a million times it."""
        return f"CAST(SUM({points}) * 1000000 AS bigint)"

    def settle(self, table: Table) -> None:
        """Count what there is, so that the next query is planned well."""
        self.execute(f"ANALYZE {table.name}")


@contextmanager
def open_postgres(address: Address) -> Iterator[PostgresStore]:
    """Connect; what the server refuses is told without the password."""
    import psycopg

    given = psycopg.conninfo.conninfo_to_dict(address.url)
    wait = {} if "connect_timeout" in given else {"connect_timeout": _WAIT}
    fixed: dict[str, Any] = {"application_name": "quizgen", "client_encoding": "UTF8", **wait}
    try:
        with psycopg.connect(address.url, autocommit=True, **fixed) as connection:
            connection.execute(_bound(f"SET search_path = {SPACE}"))
            yield PostgresStore(address.shown, connection)
    except psycopg.IntegrityError as error:
        hint = "Grade again: marks and exam may have changed in between."
        what = f"the marks do not fit the tables: {_told(address, error)}"
        raise QuizgenError(what, where=address.shown, hint=hint) from None
    except psycopg.Error as error:
        raise QuizgenError(f"PostgreSQL says: {_told(address, error)}", where=address.shown) from None


def _told(address: Address, error: Exception) -> str:
    """What the server says, on one line; it may repeat what a URL holds."""
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    return address.without_secrets(str(primary or error))


def _bound(statement: str) -> LiteralString:
    """A statement of ours, with places for parameters as psycopg marks them; nothing else is put into it."""
    return statement.replace("?", "%s")


def _decimals(millionths: pa.Array) -> pa.Array:
    """Whole millionths as decimal numbers, exactly: the same digits with the point six places further left."""
    whole = millionths.cast(pa.decimal128(19, 0))
    return pa.Array.from_buffers(pa.decimal128(19, 6), len(whole), whole.buffers(), whole.null_count, whole.offset)
