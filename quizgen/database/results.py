"""What a grading left, read back in blocks of columns under the names of the tables: nothing is held whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as parquet

from quizgen.csvcolumns import begin_with
from quizgen.csvtext import FORMULA
from quizgen.database.schema import GRADES, MARKS, MILLION, Kind, Table
from quizgen.errors import QuizgenError

ROWS = 16_384  # of a block
_BYTES = 1 << 22  # of a CSV file that are read together
_PIECE = 1 << 20
_CALLED = {"second_note": "second note"}  # columns of the tables that results call otherwise


def read_marks(place: Path) -> Iterator[pa.RecordBatch]:
    """The marks in a folder of results, a row for each student and answer: all columns of the table but the exam."""
    for columns in _columns(place, "marks", _names(MARKS)):
        yield _block(MARKS, columns)


def read_grades(place: Path) -> Iterator[pa.RecordBatch]:
    """The students in a folder of results, with status and points of the whole paper."""
    for columns in _columns(place, "grades", _names(GRADES)):
        yield _block(GRADES, columns)


def digest_of_results(folder: Path, place: Path, runs: Sequence[str]) -> str:
    """What proves that results, their runs and the log are the same as before."""
    state = hashlib.blake2b(digest_size=16, person=b"quizgen loaded")
    files = [place / name for name in ("marks.csv", "marks.parquet", "grades.csv", "grades.parquet", "state.json")]
    files += [folder / "log.jsonl", *(folder / "runs" / run / "run.json" for run in runs)]
    for path in files:
        size = path.stat().st_size if path.exists() else -1
        state.update(json.dumps([path.name, size]).encode())
        for piece in _pieces(path) if size > 0 else ():
            state.update(piece)
    return state.hexdigest()


def without_zeros(texts: pa.Array) -> pa.Array:
    """Texts without the character zero, which PostgreSQL does not take."""
    return pc.replace_substring(texts, "\0", "\ufffd")


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _names(table: Table) -> list[str]:
    """The columns that results hold, as they call them."""
    return [_CALLED.get(column.name, column.name) for column in table.columns if column.name != "exam"]


def _columns(place: Path, name: str, names: Sequence[str]) -> Iterator[dict[str, pa.Array]]:
    """The columns of marks or grades, block by block: of a Parquet file as they are, of a CSV file restored."""
    whole, table = place / f"{name}.parquet", place / f"{name}.csv"
    try:
        if whole.exists():
            with parquet.ParquetFile(whole) as file:
                there = [one for one in names if one in file.schema_arrow.names]
                for batch in file.iter_batches(ROWS, columns=there):
                    yield {one: _plain(batch.column(one)) for one in there}
            return
        yield from _csv_columns(table, names)
    except (OSError, pa.ArrowInvalid) as error:
        told = str(error).splitlines()[0]
        raise QuizgenError(f"cannot be read: {told}", where=str(whole if whole.exists() else table)) from None


def _csv_columns(path: Path, names: Sequence[str]) -> Iterator[dict[str, pa.Array]]:
    with path.open("rb") as file:
        headings = file.readline().decode().strip().split(",")
    if headings == [""]:  # nobody had anything to be marked
        return
    there = [name for name in names if name in headings]
    options = pacsv.ConvertOptions(
        column_types=dict.fromkeys(there, pa.string()), include_columns=there, strings_can_be_null=False
    )
    with pacsv.open_csv(
        path,
        read_options=pacsv.ReadOptions(block_size=_BYTES, use_threads=False),
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=options,
    ) as reader:
        for batch in reader:
            for start in range(0, batch.num_rows, ROWS):
                piece = batch.slice(start, ROWS)
                yield {name: _restored(piece.column(name)) for name in there}


def _block(table: Table, columns: dict[str, pa.Array]) -> pa.RecordBatch:
    """A block as the table wants it; what results do not hold (a grader without grades) is an empty text."""
    rows = len(columns["student"])
    wanted = [column for column in table.columns if column.name != "exam"]
    made = []
    for column in wanted:
        found = columns.get(_CALLED.get(column.name, column.name))
        found = pa.array([""] * rows, pa.string()) if found is None else found
        read = _KINDS[column.kind](found)
        no_text = column.optional and column.kind is Kind.TEXT  # where nothing may stand, no text is nothing
        made.append(pc.if_else(pc.equal(read, ""), None, read) if no_text else read)
    return pa.RecordBatch.from_arrays(made, names=[column.name for column in wanted])


def _text(column: pa.Array) -> pa.Array:
    """Texts."""
    return without_zeros(pc.fill_null(column.cast(pa.string()), ""))


def _whole(column: pa.Array) -> pa.Array:
    """Whole numbers."""
    return _numbers(column).cast(pa.float64()).cast(pa.int64())


def _millionths(column: pa.Array) -> pa.Array:
    """Points, which results state to six decimals, as whole millionths."""
    numbers = _numbers(column).cast(pa.float64())
    return pc.round(pc.multiply(numbers, float(MILLION))).cast(pa.int64())


def _flag(column: pa.Array) -> pa.Array:
    """Yes or no: results say "yes", or nothing."""
    return column if pa.types.is_boolean(column.type) else pc.equal(pc.fill_null(column.cast(pa.string()), ""), "yes")


def _numbers(column: pa.Array) -> pa.Array:
    """A column of numbers, or of texts that are numbers or empty."""
    return pc.if_else(pc.equal(column, ""), None, column) if pa.types.is_string(column.type) else column


_KINDS = {Kind.TEXT: _text, Kind.WHOLE: _whole, Kind.POINTS: _millionths, Kind.FLAG: _flag}


def _plain(column: pa.Array) -> pa.Array:
    """A column without the dictionary that a file may keep its words in."""
    column = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    return column.cast(pa.string()) if pa.types.is_large_string(column.type) else column


def _restored(texts: pa.Array) -> pa.Array:
    """Texts without the apostrophes that keep spreadsheets from taking them for formulas."""
    if not np.any(begin_with(texts, "'")):
        return texts
    return pc.replace_substring_regex(texts, rf"^'({FORMULA.pattern})", r"\1")
