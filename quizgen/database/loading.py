"""The results of an exam -> a database, in one transaction: what stood there of the exam before is replaced."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa

from quizgen.database.address import Address
from quizgen.database.postgres import open_postgres
from quizgen.database.results import digest_of_results, read_grades, read_marks, without_zeros
from quizgen.database.schema import (
    ANSWERS,
    CHANGES,
    EXAMS,
    GRADES,
    LOG,
    MARKS,
    MILLION,
    NOTES,
    QUESTIONS,
    REGRADES,
    RUNS,
    Kind,
    Table,
    Words,
)
from quizgen.database.sqlite import open_sqlite, refuse_missing_folder
from quizgen.database.store import Row, Store, has_tables, make_tables
from quizgen.exam.locks import locked
from quizgen.exam.model import Exam
from quizgen.exam.pseudonyms import give_pseudonyms
from quizgen.ledger import REHEARSAL, Standing, standing
from quizgen.log import Entry, entries

REHEARSED = "/rehearsal"  # stands behind the id of an exam whose students were invented


@dataclass(frozen=True)
class Loaded:
    """What was put into a database; `changed`: whether anything was other than it stood there."""

    shown: str
    marks: int
    changed: bool

    def __str__(self) -> str:
        if not self.changed:
            return f"{self.shown}: holds these {self.marks:,} marks already"
        return f"{self.shown}: {self.marks:,} marks"


def key_of(identity: str, kind: str) -> str:
    """What an exam is called in a database: its id; rehearsals are kept apart."""
    return identity + (REHEARSED if kind == REHEARSAL else "")


def opened(address: Address, *, reading: bool = False) -> AbstractContextManager[Store]:
    """Open a database."""
    return open_sqlite(address, reading=reading) if address.path is not None else open_postgres(address)


def refuse_unusable(address: Address) -> None:
    """Raise QuizgenError if marks could not be put there, before much work is done for it."""
    if address.path is None or address.path.exists():
        with opened(address, reading=True) as store:
            has_tables(store)
    else:
        refuse_missing_folder(address.path)


def load_results(folder: Path, exam: Exam, kind: str, address: Address) -> Loaded:
    """Put an exam's results, as they stand, into a database. `kind`: the name of the folder of results."""
    with locked(folder, "another quizgen is grading in this folder"), opened(address) as store, store.transaction():
        make_tables(store)
        return _replaced(store, _Source(folder, exam, kind))


@dataclass(frozen=True)
class _Source:
    """The results of an exam, and what they are called in a database."""

    folder: Path
    exam: Exam
    kind: str

    @property
    def place(self) -> Path:
        return self.folder / self.kind

    @property
    def key(self) -> str:
        return key_of(self.exam.id, self.kind)

    @property
    def log(self) -> list[Entry]:
        """What was done to the exam; nothing of it led to a rehearsal."""
        return [] if self.kind == REHEARSAL else entries(self.folder)


def _replaced(store: Store, source: _Source) -> Loaded:
    state, key = standing(source.folder, source.kind), source.key
    described = _described(source)
    digest = _digest(source, state, described)
    marks = _as_loaded(store, key, digest)
    if marks is not None:
        return Loaded(store.shown, marks, changed=False)
    for table in (CHANGES, REGRADES, LOG, MARKS, GRADES):
        store.execute(f"DELETE FROM {table.name} WHERE exam = ?", (key,))
    _keep(store, EXAMS, key, [_exam_row(source, state, digest)])
    _keep(store, RUNS, key, _run_rows(source, state))
    for table, rows in described.items():
        _keep(store, table, key, rows)
    students = _fill(store, GRADES, key, read_grades(source.place))
    marks = _fill(store, MARKS, key, read_marks(source.place))
    for table, rows in _log_rows(source, state).items():
        _insert(store, table, key, rows)
    store.execute("UPDATE exams SET students = ?, marks = ? WHERE exam = ?", (students, marks, key))
    for table in (GRADES, MARKS):
        store.settle(table)
    return Loaded(store.shown, marks, changed=True)


def _as_loaded(store: Store, key: str, digest: str) -> int | None:
    """How many marks there are, if they and all else are what would be loaded."""
    for stated, students, marks in list(store.rows("SELECT digest, students, marks FROM exams WHERE exam = ?", (key,))):
        counts = [
            next(store.rows(f"SELECT COUNT(*) FROM {table.name} WHERE exam = ?", (key,)))[0]
            for table in (GRADES, MARKS)
        ]
        if (stated, [students, marks]) == (digest, counts):
            return int(marks)
    return None


def _digest(source: _Source, state: Standing, described: Mapping[Table, Sequence[Row]]) -> str:
    """What proves that nothing that would be loaded has changed."""
    told = [source.exam.title, list(map(str, described.values())), state.disguised]
    results = digest_of_results(source.folder, source.place, state.runs)
    return hashlib.blake2b(json.dumps([told, results]).encode(), digest_size=16).hexdigest()


def _exam_row(source: _Source, state: Standing, digest: str) -> Row:
    exam, rehearsal = source.exam, source.kind == REHEARSAL
    grader = exam.grader.name if exam.grader.digest == state.grader else ""
    for entry in source.log:
        if entry.what == "grade" and entry.about.get("grader digest") == state.grader:
            grader = str(entry.about.get("grader", ""))
    flags = (rehearsal, state.disguised)
    return (exam.id, exam.code, exam.title, *flags, _millionths(exam.total), grader, state.grader, 0, 0, digest)


def _run_rows(source: _Source, state: Standing) -> Iterator[Row]:
    """The gradings that the results are made of. Names of files may be names of students: pseudonyms hide them."""
    for position, run in enumerate(state.runs, start=1):
        path = source.folder / "runs" / run / "run.json"
        about = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        files = "" if state.disguised else "\n".join(Path(str(file)).name for file in about.get("files", ()))
        yield (run, position, str(about.get("grader", "")), files, about.get("rows"))


def _described(source: _Source) -> dict[Table, list[Row]]:
    """Questions, answers, and every note that marking can give."""
    questions: list[Row] = []
    answers: list[Row] = []
    notes: list[Row] = []
    for position, question in enumerate(source.exam.questions, start=1):
        problem = question.problem
        questions.append((question.name, position, problem.name, problem.title, _millionths(question.total)))
        known = {mistake.note: mistake for mistake in reversed(problem.named)}  # the first of a note speaks for it
        notes += [(question.name, note, known[note].title, known[note].says) for note in reversed(known)]
    for position, (question, answer) in enumerate(source.exam.fields(), start=1):
        points = _millionths(question.points[answer.name])
        answers.append((question.name, answer.name, position, answer.kind, points))
    return {QUESTIONS: questions, ANSWERS: answers, NOTES: notes}


def _log_rows(source: _Source, state: Standing) -> dict[Table, list[Row]]:
    """The log of the exam; of every regrade what it changed, under pseudonyms if the marks are."""
    log, found = source.log, [entry for entry in source.log if entry.what == "regrade"]
    told = [(entry.number, i, *change) for entry in found for i, change in enumerate(_changes(entry), start=1)]
    names: Mapping[str, str] = {}
    if state.disguised and told:
        names = give_pseudonyms(source.folder, {str(row[2]) for row in told})
    changes = [
        (
            number,
            i,
            names.get(student, student),
            *answer.split(".", 1),
            *map(_millionths, map(Fraction, points)),
            decided,
        )
        for number, i, student, answer, *points, decided in told
    ]
    regrades = [(e.number, e.about["revision"], str(e.about["reason"]), e.about["kept"]) for e in found]
    return {LOG: [(e.number, e.at, e.by, e.what, e.hash) for e in log], REGRADES: regrades, CHANGES: changes}


def _changes(entry: Entry) -> list[list[Any]]:
    """The marks that a regrade changed, and those that changed since people decided or assigned; each says which."""
    return [
        [*one, decided] for key, decided in (("changes", False), ("decided", True)) for one in entry.about.get(key, ())
    ]


def _fill(store: Store, table: Table, key: str, blocks: Iterable[pa.RecordBatch]) -> int:
    """Put blocks of columns into a table; gives the number of rows."""
    count = 0
    for block in blocks:
        exam = pa.array([key], pa.string()).take(pa.array([0] * block.num_rows, pa.int8()))
        names = ["exam", *block.schema.names]
        store.insert(table, pa.RecordBatch.from_arrays([exam, *block.columns], names=names))
        count += block.num_rows
    return count


def _insert(store: Store, table: Table, key: str, rows: Sequence[Row]) -> None:
    """Put rows into a table, without the exam in front."""
    if rows:
        types = [_TYPES[column.kind] for column in table.columns[1:]]
        columns = [pa.array(cells, kind) for cells, kind in zip(zip(*rows, strict=True), types, strict=True)]
        safe = [without_zeros(one) if pa.types.is_string(one.type) else one for one in columns]
        names = [column.name for column in table.columns[1:]]
        _fill(store, table, key, [pa.RecordBatch.from_arrays(safe, names=names)])


def _keep(store: Store, table: Table, key: str, rows: Iterable[Row]) -> None:
    """Let a small table hold these rows of the exam: changed where they stand, since marks may point to them."""
    own = table.key[1:]
    names = [column.name for column in table.columns]
    columns = [store.words.stored(column) for column in table.columns]
    new = [(key, *row) for row in rows]
    old = set(store.rows(f"SELECT {', '.join(table.key)} FROM {table.name} WHERE exam = ?", (key,)))
    gone = old - {tuple(row[names.index(part)] for part in table.key) for row in new}
    clause = " AND ".join(f"{part} = ?" for part in table.key)
    store.execute_all(f"DELETE FROM {table.name} WHERE {clause}", sorted(gone))
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in ("exam", *own))
    places = ", ".join("?" * len(columns))
    statement = (
        f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({places}) ON CONFLICT ({', '.join(table.key)})"
    )
    store.execute_all(f"{statement} DO UPDATE SET {changed}", (_stored(row, table, store.words) for row in new))


def _stored(row: Row, table: Table, words: Words) -> list[Any]:
    """A row with its points as the database keeps them."""
    exact = words.exact
    return [
        cell if exact or column.kind is not Kind.POINTS or cell is None else _decimal(cell)
        for cell, column in zip(row, table.columns, strict=True)
    ]


def _decimal(millionths: int) -> str:
    """Whole millionths as a decimal number.

    >>> _decimal(2_500_000), _decimal(1), _decimal(-333_333)
    ('2.500000', '0.000001', '-0.333333')
    """
    whole, rest = divmod(abs(millionths), MILLION)
    return f"{'-' if millionths < 0 else ''}{whole}.{rest:06}"


def _millionths(points: Fraction) -> int:
    """Points as results state them, to six decimals."""
    return round(round(float(points), 6) * MILLION)


_TYPES = {Kind.TEXT: pa.string(), Kind.WHOLE: pa.int64(), Kind.POINTS: pa.int64(), Kind.FLAG: pa.bool_()}
