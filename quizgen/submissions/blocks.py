"""Large files of answers, some rows at a time: CSV cut between two lines, Parquet by its groups of rows.

A block is a `Table` like that of a whole file, with the lines where its rows stand. What can only be understood as a
whole (another encoding, stray quotation marks, a platform's export) is no stream, and is read at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from quizgen.errors import QuizgenError
from quizgen.submissions.archive import NOTHING, ZIP
from quizgen.submissions.savedfile import is_saved
from quizgen.submissions.table import MAX_COLUMNS, Reject, Table, parse_table, read_table, without_preface

CHUNK = 1 << 23  # bytes of a CSV file that are read at once
ROWS = 32_768  # of a block of a Parquet file
LARGE = 1 << 25  # bytes from which files are read in blocks
PARQUET = b"PAR1"
_MOST = 1 << 31  # bytes unpacked of a group of rows
_QUOTE, _BREAK, _RETURN = b'"'[0], b"\n"[0], b"\r"[0]


def is_parquet(path: Path) -> bool:
    """Whether a file is one of Parquet, by how it begins."""
    try:
        with path.open("rb") as file:
            return file.read(len(PARQUET)) == PARQUET
    except OSError:
        return False


def first_rows(path: Path) -> Table | None:
    """The headings of a file that can be read in blocks, with some of its rows; None if it cannot."""
    if is_parquet(path):
        return next((block for block in parquet_blocks(path) if isinstance(block, Table)), None)
    try:
        if not _plain(path):
            return None
        with path.open("rb") as file:
            start, _ = next(_chunks(file), (b"", 0))
            return parse_table(start.decode("utf-8-sig"), str(path))
    except (OSError, QuizgenError):
        return None  # whoever reads it as a whole says what is wrong


def blocks_of(path: Path, groups: tuple[int, int] | None = None) -> Iterator[Table | Reject]:
    """The blocks of a file that can be read so; a `Reject` stands for one that cannot be read.

    `groups`: of a file of Parquet only these groups of rows, from the first up to the second.
    """
    return parquet_blocks(path, groups) if is_parquet(path) else csv_blocks(path)


def rows_of_groups(path: Path) -> list[int]:
    """How many rows there are in each group of a file of Parquet."""
    about = pq.read_metadata(path)
    return [about.row_group(number).num_rows for number in range(about.num_row_groups)]


def csv_blocks(path: Path) -> Iterator[Table | Reject]:
    """The rows of a CSV file in UTF-8, with the line of each."""
    head, inside = "", 0
    with path.open("rb") as file:
        for data, before in _chunks(file):
            text = data.decode("utf-8-sig" if not before else "utf-8")
            if not head:
                text, sign, above = without_preface(text)
                end = _cut(text.encode(), first=True)
                head = text.encode()[:end].decode()
                head, inside = f"sep={sign}\n{head}", head.count("\n") + 1
                yield _moved(parse_table(f"sep={sign}\n{text}", str(path)), above - 1)
                continue
            try:
                yield _moved(parse_table(head + text, str(path)), before - inside)
            except QuizgenError as error:
                last = before + text.count("\n")
                yield Reject(str(path), before + 1, "", f"lines {before + 1} to {last}: {error.what}", "")


def parquet_blocks(path: Path, groups: tuple[int, int] | None = None) -> Iterator[Table | Reject]:
    """The rows of a Parquet file, as texts; its first row stands in line 2, as if headings stood above."""
    where = str(path)
    try:
        file = pq.ParquetFile(path, memory_map=True)
    except (OSError, pa.ArrowException) as error:
        raise QuizgenError(f"this is no Parquet file: {_first_line(error)}", where=where) from None
    with file:
        headings = [name.strip() for name in file.schema_arrow.names]
        if len(headings) > MAX_COLUMNS:
            raise QuizgenError(f"{len(headings):,} columns; the limit is {MAX_COLUMNS:,}", where=where)
        first, end = groups or (0, file.num_row_groups)
        before = sum(file.metadata.row_group(number).num_rows for number in range(first))
        for number in range(first, end):
            group = file.metadata.row_group(number)
            try:
                if group.total_byte_size > _MOST:
                    raise QuizgenError("a group of rows is larger than 2 GB; write smaller ones")
                whole = file.read_row_group(number)
                for start in range(0, group.num_rows, ROWS):
                    columns = [_as_texts(column) for column in whole.slice(start, ROWS).columns]
                    lines = np.arange(len(columns[0])) + before + start + 2
                    yield Table(where, headings, columns, lines, [])
            except (OSError, pa.ArrowException, QuizgenError, ValueError) as error:
                top, last = before + 2, before + group.num_rows + 1
                yield Reject(where, top, "", f"rows {top} to {last} cannot be read: {_first_line(error)}", "")
            before += group.num_rows


def read_whole(path: Path) -> Table:
    """A file of any kind as one table; raises QuizgenError if it is none."""
    return _read_parquet(path) if is_parquet(path) else read_table(path)


def _read_parquet(path: Path) -> Table:
    """A whole Parquet file as a table of texts."""
    found = list(parquet_blocks(path))
    blocks = [block for block in found if isinstance(block, Table)]
    if not blocks:
        raise QuizgenError("holds no rows that can be read", where=str(path))
    columns = [pa.concat_arrays([block.columns[i] for block in blocks]) for i in range(len(blocks[0].headings))]
    lines = np.concatenate([block.lines for block in blocks])
    return replace(blocks[0], columns=columns, lines=lines, rejects=[one for one in found if isinstance(one, Reject)])


def _as_texts(column: pa.ChunkedArray) -> pa.Array:
    """A column of any plain type as texts; nothing is an empty one."""
    texts = column.cast(pa.string()).fill_null("").combine_chunks()
    return pa.concat_arrays(texts.chunks) if isinstance(texts, pa.ChunkedArray) else texts


def _moved(table: Table, by: int) -> Table:
    """A table that begins further down in its file."""
    rejects = [replace(reject, line=reject.line + by) for reject in table.rejects]
    return replace(table, lines=table.lines + by, rejects=rejects)


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Whole lines of a file, and how many lines stand before them."""
    rest, lines = b"", 0
    while data := file.read(CHUNK):
        data = rest + data
        end = _cut(data)
        if end:
            yield data[:end], lines
            lines += data.count(b"\n", 0, end)
        rest = data[end:]
    if rest:
        yield rest, lines


def _cut(data: bytes, first: bool = False) -> int:
    """Where the last line ends that ends outside of quotation marks (or the first one); 0 if none does."""
    quotes = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == _QUOTE)
    if first:
        place = data.find(b"\n")
        while place >= 0 and np.searchsorted(quotes, place) % 2:
            place = data.find(b"\n", int(quotes[np.searchsorted(quotes, place)]))
        return place + 1 if place >= 0 else len(data)
    place = data.rfind(b"\n")
    while place >= 0 and (before := int(np.searchsorted(quotes, place))) % 2:
        place = data.rfind(b"\n", 0, int(quotes[before - 1]))
    return place + 1


def _plain(path: Path) -> bool:
    """Whether a file is text in UTF-8 whose quotation marks all stand around cells."""
    with path.open("rb") as file:
        for data, before in _chunks(file):
            if not before:
                if data[:4] in (ZIP, NOTHING) or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
                    return False
                text = data.decode("utf-8-sig", "replace")
                if is_saved(text) or text.lstrip()[:1] in ("[", "{"):
                    return False
                sign = without_preface(text)[1].encode()[0]
            if b"\0" in data or not _is_utf8(data) or not _well_quoted(data, sign):
                return False
    return True


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _well_quoted(data: bytes, sign: int) -> bool:
    """Whether every quotation mark opens a cell, closes one, or is doubled inside one."""
    signs = np.frombuffer(data, dtype=np.uint8)
    quotes = np.flatnonzero(signs == _QUOTE)
    if len(quotes) % 2:
        return False
    before = signs[np.maximum(quotes[::2] - 1, 0)][quotes[::2] > 0]
    after = signs[np.minimum(quotes[1::2] + 1, len(signs) - 1)][quotes[1::2] + 1 < len(signs)]
    opens, closes = (sign, _BREAK, _QUOTE), (sign, _BREAK, _RETURN, _QUOTE)
    return bool(np.isin(before, opens).all() and np.isin(after, closes).all())


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]
