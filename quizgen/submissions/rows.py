"""Rows of hand-ins in a file of Arrow: keys are read into memory, texts stay in the file and are mapped from it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa

from quizgen.errors import QuizgenError
from quizgen.exam.model import heading_of
from quizgen.submissions.handins import Handins
from quizgen.submissions.sheet import Column, Layout
from quizgen.submissions.shelf import Piece, Shelved

ROWS = 32_768  # of one piece
TAGGED = "by tag"  # heading of the column that says which rows a tag alone joined to a student
VARIANT = "variant "  # stands before a question's name in the heading of its column of variants
_TEXTS = ("student", "status", "file", "time")
_NUMBERS = ("paper", "line", "attempt", TAGGED)


def write_rows(path: Path, blocks: Iterable[Handins]) -> None:
    """Write blocks of rows, all with the same columns, one piece each."""
    writer = None
    with path.open("wb") as file:
        for block in blocks:
            batch = _batch(block)
            writer = writer or pa.ipc.new_file(file, batch.schema)
            writer.write_batch(batch)
        if writer:
            writer.close()


def in_blocks(handins: Handins) -> Iterable[Handins]:
    """The same rows, so many at a time, with their texts in memory; one block at least."""
    for start in range(0, max(handins.n, 1), ROWS):
        yield handins.take(np.arange(start, min(handins.n, start + ROWS))).loaded()


def read_rows(path: Path, layout: Layout, run: str = "") -> Handins:
    """The rows of a file; their texts are fetched when they are asked for."""
    try:
        reader = pa.ipc.open_file(pa.memory_map(str(path)))
        batches = [reader.get_batch(i) for i in range(reader.num_record_batches)]
        keys = {name: pa.chunked_array([b.column(name) for b in batches]) for name in (*_TEXTS, *_NUMBERS)}
    except (OSError, pa.ArrowInvalid, KeyError) as error:
        raise QuizgenError(f"an earlier run cannot be read: {error}", where=str(path)) from None
    columns = _columns(reader.schema.names, layout, path)
    own = [name for name in reader.schema.names if name.startswith(VARIANT)]
    numbers = {name: keys[name].to_numpy() for name in _NUMBERS}
    unnamed = numbers[TAGGED] > 0
    n = len(unnamed)
    place = path.absolute()  # as another process finds it
    pieces = tuple(
        Piece(b.num_rows, {column: b.column(name) for name, column in columns.items()}, place, number)
        for number, b in enumerate(batches)
    )
    return Handins(
        students=_objects(keys["student"]),
        papers=numbers["paper"],
        status=_repeated(keys["status"]),
        files=_repeated(keys["file"]),
        lines=numbers["line"],
        runs=np.full(n, run, dtype=object),
        attempts=numbers["attempt"],
        times=_repeated(keys["time"]),
        texts=Shelved(pieces, tuple(columns.values()), np.arange(n)),
        variants={
            name.removeprefix(VARIANT): np.concatenate([b.column(name).to_numpy() for b in batches]) for name in own
        },
        unnamed=unnamed if unnamed.any() else None,
    )


def digest_of_rows(block: Handins) -> str:
    """What proves that two blocks say the same, in the same order."""
    sheets = pa.array(block.sheets, pa.int64())
    batch = _batch(block).append_column("sheet", sheets).append_column("run", pa.array(block.runs, pa.string()))
    return hashlib.blake2b(batch.serialize(), digest_size=16).hexdigest()


def _columns(names: Iterable[str], layout: Layout, path: Path) -> dict[str, Column]:
    """The columns of answers by their headings."""
    columns = {}
    for name in names:
        if name in (*_TEXTS, *_NUMBERS) or name.startswith(VARIANT):
            continue
        column = layout.column(name)
        if column is None:
            raise QuizgenError(f"an earlier run holds the unknown answer '{name}'", where=str(path))
        columns[name] = column
    return columns


def _batch(block: Handins) -> pa.RecordBatch:
    """A block as a piece of a file."""
    unnamed = np.zeros(block.n, dtype=bool) if block.unnamed is None else block.unnamed
    columns = {
        "student": pa.array(block.students, pa.string()),
        "status": pa.array(block.status, pa.string()),
        "file": pa.array(block.files, pa.string()),
        "time": pa.array(block.times, pa.string()),
        "paper": pa.array(block.papers, pa.int64()),
        "line": pa.array(block.lines, pa.int64()),
        "attempt": pa.array(block.attempts, pa.int64()),
        TAGGED: pa.array(unnamed.astype(np.int64)),
    }
    columns |= {f"{VARIANT}{question}": pa.array(numbers) for question, numbers in block.variants.items()}
    columns |= {heading_of(*column): texts for column, texts in block.texts.items()}
    return pa.record_batch(list(columns.values()), names=list(columns))


def _objects(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(column.to_numpy(), dtype=object)


def _repeated(column: pa.ChunkedArray) -> np.ndarray:
    """Texts of which there are few, each in memory once."""
    coded = column.combine_chunks().dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    words = np.array([*coded.dictionary.to_pylist(), ""], dtype=object)
    return np.asarray(words[coded.indices.to_numpy()])
