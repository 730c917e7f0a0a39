"""The tables of a database of marks, as data; what SQLite and PostgreSQL call them in their own words.

Everything is keyed by the exam, so that many stand in one database. Points are whole millionths in memory: `numeric`
in PostgreSQL; in SQLite, which knows no such type, a column of whole numbers, and one computed from it for reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from quizgen.marking.outcomes import OUTCOMES

VERSION = 1
MILLION = 1_000_000
SPACE = "quizgen"  # the schema in PostgreSQL that holds the tables
STATUSES = ("marked", "empty", "absent", "excused")


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    WHOLE = "whole number"
    POINTS = "points"
    FLAG = "yes or no"


@dataclass(frozen=True)
class Column:
    """A column; `among`: the only words it may hold."""

    name: str
    kind: Kind = Kind.TEXT
    optional: bool = False
    among: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table, its key, the columns that point to another's key, and indexes: (name, columns, only rows where)."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    points_to: tuple[tuple[tuple[str, ...], str], ...] = ()
    indexes: tuple[tuple[str, tuple[str, ...], str], ...] = ()
    check: str = ""


def _texts(*names: str, optional: bool = False) -> tuple[Column, ...]:
    return tuple(Column(name, optional=optional) for name in names)


def _wholes(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, Kind.WHOLE) for name in names)


def _points(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, Kind.POINTS) for name in names)


EXAMS = Table(
    "exams",
    (
        *_texts("exam", "id", "code", "title"),
        Column("rehearsal", Kind.FLAG),
        Column("pseudonyms", Kind.FLAG),
        *_points("max"),
        *_texts("grader", "grader_digest"),
        *_wholes("students", "marks"),
        *_texts("digest"),
    ),
    key=("exam",),
)
RUNS = Table(
    "runs",
    (*_texts("exam", "run"), *_wholes("position"), *_texts("grader", "files"), Column("rows", Kind.WHOLE, True)),
    key=("exam", "run"),
    points_to=((("exam",), "exams"),),
)
QUESTIONS = Table(
    "questions",
    (*_texts("exam", "question"), *_wholes("position"), *_texts("problem", "title"), *_points("max")),
    key=("exam", "question"),
    points_to=((("exam",), "exams"),),
)
ANSWERS = Table(
    "answers",
    (*_texts("exam", "question", "answer"), *_wholes("position"), *_texts("kind"), *_points("max")),
    key=("exam", "question", "answer"),
    points_to=((("exam", "question"), "questions"),),
)
NOTES = Table(
    "notes",
    _texts("exam", "question", "note", "title", "says"),
    key=("exam", "question", "note"),
    points_to=((("exam", "question"), "questions"),),
    indexes=(("notes_by_note", ("note",), ""),),
)
GRADES = Table(
    "grades",
    (
        *_texts("exam", "student"),
        Column("status", among=STATUSES),
        Column("points", Kind.POINTS, optional=True),
        *_points("max"),
        *_texts("grade"),
        *_wholes("review"),
    ),
    key=("exam", "student"),
    points_to=((("exam",), "exams"),),
    indexes=(("grades_by_student", ("student",), ""),),
    check="(status IN ('marked', 'empty')) = (points IS NOT NULL)",
)
MARKS = Table(
    "marks",
    (
        *_texts("exam", "student", "question", "answer", "run"),
        *_wholes("attempt", "variant"),
        *_points("points", "max"),
        Column("outcome", among=tuple(map(str, OUTCOMES))),
        *_texts("note", "second_note", optional=True),
        *_texts("candidates", "given", "read", "reading", "expected", "within", "rule"),
        Column("review", Kind.FLAG),
        *_texts("reason", "decision"),
    ),
    key=("exam", "student", "question", "answer"),
    points_to=(
        (("exam", "student"), "grades"),
        (("exam", "question", "answer"), "answers"),
        (("exam", "run"), "runs"),
        (("exam", "question", "note"), "notes"),
        (("exam", "question", "second_note"), "notes"),
    ),
    indexes=(
        ("marks_by_student", ("student", "exam"), ""),
        ("marks_by_note", ("note", "exam"), "note IS NOT NULL"),
        ("marks_by_second_note", ("second_note", "exam"), "second_note IS NOT NULL"),
        ("marks_in_review", ("exam", "question", "answer"), "review"),
    ),
)
LOG = Table(
    "log",
    (*_texts("exam"), *_wholes("number"), *_texts("time", "actor", "what", "hash")),
    key=("exam", "number"),
    points_to=((("exam",), "exams"),),
)
REGRADES = Table(
    "regrades",
    (*_texts("exam"), *_wholes("number", "revision"), *_texts("reason"), *_wholes("kept")),
    key=("exam", "number"),
    points_to=((("exam", "number"), "log"),),
)
CHANGES = Table(
    "changes",
    (
        *_texts("exam"),
        *_wholes("number", "position"),
        *_texts("student", "question", "answer"),
        *_points("points_before", "points_after"),
        Column("decided", Kind.FLAG),
    ),
    key=("exam", "number", "position"),
    points_to=((("exam", "number"), "regrades"),),
    indexes=(("changes_by_student", ("student", "exam"), ""),),
)
TABLES = (EXAMS, RUNS, QUESTIONS, ANSWERS, NOTES, GRADES, MARKS, LOG, REGRADES, CHANGES)  # each after those it needs

VERSION_TABLE = "schema_version"


@dataclass(frozen=True)
class Words:
    """How a database calls each kind; `exact`: points stand in a column of millionths, and are computed from it."""

    kinds: dict[Kind, str]
    exact: bool

    def stored(self, column: Column) -> str:
        """The name of the column that is written."""
        return f"{column.name}_millionths" if self.exact and column.kind is Kind.POINTS else column.name


SQLITE = Words(
    {Kind.TEXT: "TEXT", Kind.WHOLE: "INTEGER", Kind.POINTS: "INTEGER", Kind.FLAG: "INTEGER"},
    exact=True,
)
POSTGRESQL = Words(
    {Kind.TEXT: "text", Kind.WHOLE: "bigint", Kind.POINTS: "numeric(18, 6)", Kind.FLAG: "boolean"},
    exact=False,
)


def statements(words: Words) -> list[str]:
    """What makes all tables and indexes, and states the version."""
    made = [statement for table in TABLES for statement in (_table(table, words), *_indexes(table))]
    version = f"CREATE TABLE {VERSION_TABLE} (version {words.kinds[Kind.WHOLE]} NOT NULL)"
    return [version, *made, f"INSERT INTO {VERSION_TABLE} VALUES ({VERSION})"]


def _table(table: Table, words: Words) -> str:
    lines = [line for column in table.columns for line in _column(column, words)]
    lines.append(f"PRIMARY KEY ({', '.join(table.key)})")
    lines += [f"FOREIGN KEY ({', '.join(own)}) REFERENCES {other}" for own, other in table.points_to]
    lines += [f"CHECK ({table.check})"] if table.check else []
    return f"CREATE TABLE {table.name} (\n  " + ",\n  ".join(lines) + "\n)"


def _column(column: Column, words: Words) -> list[str]:
    name = words.stored(column)
    line = f"{name} {words.kinds[column.kind]}" + ("" if column.optional else " NOT NULL")
    if column.among:
        line += f" CHECK ({name} IN ({', '.join(repr(word) for word in column.among)}))"
    elif column.kind is Kind.FLAG and words.exact:
        line += f" CHECK ({name} IN (0, 1))"
    lines = [line]
    if name != column.name:
        lines.append(f"{column.name} REAL GENERATED ALWAYS AS ({name} / 1000000.0) VIRTUAL")
    return lines


def _indexes(table: Table) -> list[str]:
    return [
        f"CREATE INDEX {name} ON {table.name} ({', '.join(columns)})" + (f" WHERE {where}" if where else "")
        for name, columns, where in table.indexes
    ]
