"""Texts of many rows that lie in a file, in pieces: a column, or the rows of a block, is fetched when it is asked for.

What `Handins` does with columns of texts it does with these, so that a class of a million is joined by the same code
and no more of its texts is in memory than one column of all rows, or all columns of one block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from quizgen.exam.model import heading_of
from quizgen.submissions.sheet import Column, blank_column


class Piece(NamedTuple):
    """So many rows, and their columns: mapped from the file `place`, or in memory.

    What is mapped goes to another process as the name of its file: it maps it, too.
    """

    n: int
    columns: Mapping[Column, pa.Array]
    place: Path | None = None
    number: int = 0  # of the piece in its file

    def __reduce__(self) -> tuple[Callable[..., Piece], tuple[object, ...]]:
        if self.place is None:
            return Piece, (self.n, dict(self.columns))
        return mapped_piece, (self.place, self.number, tuple(self.columns))


def mapped_piece(place: Path, number: int, columns: Sequence[Column]) -> Piece:
    """A piece of a file of Arrow, mapped from it."""
    batch = pa.ipc.open_file(pa.memory_map(str(place))).get_batch(number)
    return Piece(batch.num_rows, {column: batch.column(heading_of(*column)) for column in columns}, place, number)


@dataclass(frozen=True, eq=False)
class Shelved(Mapping[Column, pa.Array]):
    """The texts of some rows: `rows` are their numbers over all pieces, in any order."""

    pieces: tuple[Piece, ...]
    names: tuple[Column, ...]
    rows: np.ndarray

    def __getitem__(self, column: Column) -> pa.Array:
        if column not in self._known:
            raise KeyError(column)
        found = [_of(piece, column, rows) for piece, rows in self._spread]
        if not found:
            return blank_column(0)
        texts = found[0] if len(found) == 1 else pa.concat_arrays(found)
        return texts if self._back is None else texts.take(self._back)

    def __iter__(self) -> Iterator[Column]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def take(self, rows: np.ndarray) -> Shelved:
        """Keep some rows, by number; nothing is fetched."""
        return replace(self, rows=self.rows[rows])

    def named(self, columns: Sequence[Column]) -> Shelved:
        """The same rows with exactly these columns; those that nobody filled are blank."""
        return replace(self, names=tuple(columns))

    def loaded(self) -> dict[Column, pa.Array]:
        """All columns, in memory."""
        return {column: self[column] for column in self.names}

    def alone(self) -> Shelved:
        """The same rows without whatever else lies in the pieces that hold them: to be sent elsewhere."""
        pieces: list[Piece] = []
        numbers = [np.zeros(0, dtype=np.int64)]
        base = 0
        for piece, rows in self._spread:
            own = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows.to_numpy()
            if piece.place is None:
                only = pa.array(own)  # taken, since a slice is sent with all that it was cut from
                piece = Piece(len(own), {column: _of(piece, column, only) for column in piece.columns})
                own = np.arange(len(own))
            pieces.append(piece)
            numbers.append(own + base)
            base += piece.n
        lying = np.concatenate(numbers)
        rows = lying if self._order is None else lying[np.argsort(self._order)]
        return Shelved(tuple(pieces), self.names, rows)

    @cached_property
    def _known(self) -> frozenset[Column]:
        return frozenset(self.names)

    @cached_property
    def _order(self) -> np.ndarray | None:
        """How the rows are sorted as they lie; None if they are."""
        return None if bool(np.all(self.rows[1:] >= self.rows[:-1])) else np.argsort(self.rows, kind="stable")

    @cached_property
    def _back(self) -> pa.Array | None:
        """How rows sorted as they lie are put into their own order; None if they are in it."""
        return None if self._order is None else pa.array(np.argsort(self._order))

    @cached_property
    def _spread(self) -> list[tuple[Piece, slice | pa.Array]]:
        """The pieces that hold some of the rows, and which of theirs."""
        lying = self.rows if self._order is None else self.rows[self._order]
        ends = np.cumsum([piece.n for piece in self.pieces])
        bounds = np.searchsorted(lying, [0, *ends]).tolist()
        found: list[tuple[Piece, slice | pa.Array]] = []
        for i, piece in enumerate(self.pieces):
            own = lying[bounds[i] : bounds[i + 1]] - (ends[i] - piece.n)
            if len(own):
                found.append((piece, _as_slice(own)))
        return found


def shelved(texts: Mapping[Column, pa.Array], n: int) -> Shelved:
    """The texts of n rows, in one piece if they are in memory."""
    if isinstance(texts, Shelved):
        return texts
    return Shelved((Piece(n, texts),), tuple(texts), np.arange(n))


def one_after_the_other(parts: Sequence[Shelved], columns: Sequence[Column]) -> Shelved:
    """The rows of several, with these columns; nothing is fetched."""
    counts = [sum(piece.n for piece in part.pieces) for part in parts]
    starts = np.cumsum([0, *counts])[:-1]
    rows = np.concatenate([part.rows + start for part, start in zip(parts, starts.tolist(), strict=True)])
    return Shelved(tuple(piece for part in parts for piece in part.pieces), tuple(columns), rows)


def _of(piece: Piece, column: Column, rows: slice | pa.Array) -> pa.Array:
    """Some rows of one column of a piece."""
    texts = piece.columns.get(column)
    if isinstance(rows, slice):
        n = rows.stop - rows.start
        return blank_column(n) if texts is None else texts.slice(rows.start, n)
    return blank_column(len(rows)) if texts is None else texts.take(rows)


def _as_slice(rows: np.ndarray) -> slice | pa.Array:
    """Numbers of rows; neighbours as a slice, which copies nothing."""
    first, last = int(rows[0]), int(rows[-1])
    if last - first + 1 == len(rows) and bool(np.all(np.diff(rows) == 1)):
        return slice(first, last + 1)
    return pa.array(rows)
