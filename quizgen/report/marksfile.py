"""The file of marks in a folder of results: marks.csv for people, marks.parquet where there are too many for them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from quizgen.csvtext import restored
from quizgen.grading import Graded
from quizgen.problem.grader import Grader
from quizgen.report.marks import COLUMNS, marks_of, write_marks

MARKS_FILES = {"csv": "marks.csv", "parquet": "marks.parquet"}


class MarksFile(Protocol):
    """A file that takes the marks of block after block."""

    def add(self, grader: Grader, block: Graded) -> None:
        """Write the marks of a block."""

    def append(self, part: Path) -> None:
        """Write marks that lie in a file of their own."""


class _Csv:
    def __init__(self, file: BinaryIO) -> None:
        self.file, self.header = file, True

    def add(self, grader: Grader, block: Graded) -> None:
        write_marks(grader, block, self.file, self.header)
        self.header = False

    def append(self, part: Path) -> None:
        if self.header:
            self.file.write((",".join(COLUMNS) + "\n").encode())
        self.header = False
        with part.open("rb") as lines:
            shutil.copyfileobj(lines, self.file, 1 << 20)


class _Parquet:
    """A group of rows for each block; columns that repeat few words are written as such."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.writer: pq.ParquetWriter | None = None

    def add(self, grader: Grader, block: Graded) -> None:
        self.write(marks_of(grader, block))

    def append(self, part: Path) -> None:
        self.write(pa.ipc.open_file(pa.memory_map(str(part))).read_all())

    def write(self, table: pa.Table) -> None:
        if self.writer is None:
            few = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
            self.writer = pq.ParquetWriter(
                self.place, table.schema, use_dictionary=few, compression="zstd", compression_level=1
            )
        self.writer.write_table(table, row_group_size=table.num_rows or 1)


@contextmanager
def marks_file(place: Path, kind: str) -> Iterator[MarksFile]:
    """Open marks.csv or marks.parquet in a folder of results."""
    if kind == "csv":
        with (place / MARKS_FILES[kind]).open("wb") as file:
            yield _Csv(file)
        return
    parquet = _Parquet(place / MARKS_FILES[kind])
    try:
        yield parquet
    finally:
        if parquet.writer is not None:
            parquet.writer.close()


def marks_in(results: Path) -> Path | None:
    """The file of marks in a folder of results; None where there is none."""
    return next((path for name in reversed(MARKS_FILES.values()) if (path := results / name).exists()), None)


def read_marks(path: Path, wanted: Sequence[str]) -> pd.DataFrame:
    """Columns of a file of marks: texts, with students as they are called, and points as numbers."""
    if path.suffix == ".parquet":
        stored: pd.DataFrame = pq.read_table(path, columns=list(wanted)).to_pandas()
        return stored.astype({name: str for name in wanted if name != "points"})
    marks = pd.read_csv(path, usecols=list(wanted), dtype=str, keep_default_na=False)[list(wanted)]
    codes, names = pd.factorize(marks["student"])
    marks["student"] = np.array([restored(name) for name in names], dtype=object)[codes]
    if "points" in wanted:
        marks["points"] = marks["points"].astype(float)
    return marks
