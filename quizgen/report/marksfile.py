"""The file of marks in a folder of results: marks.csv for people, marks.parquet where there are too many for them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from quizgen.csvtext import restored
from quizgen.grading import Graded
from quizgen.problem.grader import Grader
from quizgen.report.marks import COLUMNS, marks_of, write_marks
from quizgen.report.rowgroups import JoinedFile

MARKS_FILES = {"csv": "marks.csv", "parquet": "marks.parquet"}
_FEW_NUMBERS = ("attempt", "points", "max")
_SEARCHED = ("run", "student", "attempt", "question", "variant", "answer", "points", "max")


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
    """A group of rows for each block, encoded once: in memory, or by whoever marked a part."""

    def __init__(self, file: BinaryIO) -> None:
        self.joined = JoinedFile(file)

    def add(self, grader: Grader, block: Graded) -> None:
        encoded = BytesIO()
        write_group(marks_of(grader, block), encoded)
        self.joined.append(encoded)

    def append(self, part: Path) -> None:
        with part.open("rb") as encoded:
            self.joined.append(encoded)


def write_group(table: pa.Table, file: BinaryIO) -> None:
    """Write the marks of a block as a file of Parquet with one group of rows."""
    pq.write_table(table, file, row_group_size=table.num_rows or 1, **settings(table.schema))


def settings(schema: pa.Schema) -> dict[str, Any]:
    """How pages are encoded: columns that repeat few words as such, and bounds only of what is searched by them."""
    few = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    return {
        "use_dictionary": [*few, *_FEW_NUMBERS],
        "write_statistics": list(_SEARCHED),
        "compression": "zstd",
        "compression_level": 1,
    }


@contextmanager
def marks_file(place: Path, kind: str) -> Iterator[MarksFile]:
    """Open marks.csv or marks.parquet in a folder of results."""
    if kind == "csv":
        with (place / MARKS_FILES[kind]).open("wb") as file:
            yield _Csv(file)
        return
    path = place / MARKS_FILES[kind]
    with path.open("wb") as file:
        parquet = _Parquet(file)
        yield parquet
        parquet.joined.close()
    if not parquet.joined:  # nobody was marked: no columns are known, and there is no such file
        path.unlink()


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
