"""A value over many variants: cells with the variant as last axis, and each column's own shape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

UNDEFINED = -1  # the size, along every axis, of a value that does not exist in a column


@dataclass(frozen=True)
class Value:
    """Numbers (or texts) of n columns.

    `cells`: (*largest shape, n), nan outside a column's own shape. `shape`: (axes, n), the sizes of each column;
    all UNDEFINED where the value could not be computed.
    """

    cells: np.ndarray
    shape: np.ndarray

    @classmethod
    def dense(cls, cells: np.ndarray) -> Value:
        """Wrap an array in which every column has the same shape; true and false become 1 and 0."""
        numbers = cells.astype(float) if cells.dtype == np.bool_ else cells
        return cls(numbers, _of_all(cells.shape[:-1], cells.shape[-1]))

    @classmethod
    def undefined(cls, axes: int, n: int) -> Value:
        """A value that exists in no column."""
        return cls(np.full((0,) * axes + (n,) if axes else (n,), np.nan), _of_all((UNDEFINED,) * axes, n))

    @classmethod
    def joined(cls, values: Sequence[Value]) -> Value:
        """The columns of several values, one after the other."""
        if len(values) == 1:
            return values[0]
        largest = tuple(max(sizes) for sizes in zip(*(value.largest for value in values), strict=True))
        cells = np.concatenate([value.widened(largest).cells for value in values], axis=-1)
        return cls(cells, np.concatenate([value.shape for value in values], axis=1))

    @classmethod
    def assembled(cls, parts: Sequence[tuple[np.ndarray, Value]]) -> Value:
        """The columns of several values, each with the numbers that they get among all."""
        values = [value for _, value in parts]
        numbers = np.concatenate([columns for columns, _ in parts])
        if (numbers[1:] > numbers[:-1]).all():
            return cls.joined(values)
        largest = tuple(max(sizes) for sizes in zip(*(value.largest for value in values), strict=True))
        cells = _empty(largest, sum(value.n for value in values), [value.cells.dtype for value in values])
        shape = np.empty((len(largest), cells.shape[-1]), dtype=np.int32)
        for columns, value in parts:
            cells[_room(value.largest, columns)] = value.cells
            shape[:, columns] = value.shape
        return cls(cells, shape)

    @property
    def n(self) -> int:
        """The number of columns."""
        return int(self.cells.shape[-1])

    @property
    def axes(self) -> int:
        """The number of axes of one column's value: 0 for a number, 1 for a vector, 2 for a matrix."""
        return self.cells.ndim - 1

    @property
    def largest(self) -> tuple[int, ...]:
        """The largest size along each axis."""
        return tuple(int(size) for size in self.cells.shape[:-1])

    @property
    def uniform(self) -> bool:
        """Whether every column fills all the cells."""
        sizes = self.shape[:, :1] if self.alike else self.shape
        return bool((sizes == np.array(self.largest, dtype=np.int32)[:, None]).all())

    @property
    def alike(self) -> bool:
        """Whether all columns are known to have one shape, which then stands there only once."""
        return bool(self.shape.size) and not self.shape.strides[-1]

    @property
    def exists(self) -> np.ndarray:
        """Mask of the columns in which the value could be computed."""
        if self.alike:
            return np.full(self.n, bool((self.shape[:, 0] != UNDEFINED).all()))
        return np.asarray(np.logical_and.reduce(self.shape != UNDEFINED, axis=0))

    @property
    def inside(self) -> np.ndarray:
        """Mask of the cells that belong to their column, shaped like `cells`."""
        mask = np.ones(self.cells.shape, dtype=bool)
        for axis, sizes in enumerate(self.shape):
            index = np.arange(self.cells.shape[axis]).reshape((-1,) + (1,) * (self.axes - axis))
            mask &= index < sizes
        return mask

    def take(self, rows: np.ndarray) -> Value:
        """Keep some columns, given by a mask or by numbers."""
        cells = some_columns(self.cells, rows)
        if self.alike:
            return Value(cells, _of_all(tuple(self.shape[:, 0].tolist()), cells.shape[-1]))
        return Value(cells, some_columns(self.shape, rows))

    def column(self, i: int) -> np.ndarray:
        """One column's value in its own shape, without the variant axis."""
        return self.cells[..., i][crop(self.shape[:, i])]

    def narrowed(self) -> Value:
        """The same value with room for its own largest column and no more."""
        if self.cells.dtype.kind in "OU":
            texts = self.cells.astype(str)
            longest = int(np.char.str_len(texts).max(initial=1))
            return Value(texts.astype(f"<U{max(1, longest)}"), self.shape)
        own = tuple(max(0, int(sizes.max(initial=0))) for sizes in self.shape)
        return self if own == self.largest else Value(self.cells[crop(own)], self.shape)

    def widened(self, largest: Sequence[int]) -> Value:
        """The same value with room for larger columns."""
        if tuple(largest) == self.largest:
            return self
        cells = np.full((*largest, self.n), np.nan)
        cells[crop(self.largest)] = self.cells
        return Value(cells, self.shape)


@lru_cache(maxsize=1024)
def _of_all(sizes: tuple[int, ...], n: int) -> np.ndarray:
    """The shapes of n columns that all have these sizes."""
    return np.broadcast_to(np.array(sizes, dtype=np.int32)[:, None], (len(sizes), n))


def some_columns(numbers: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Some columns of an array, by a mask or by numbers; one column that stands for all still does.

    The variants stay next to one another, which an index in brackets would not see to.
    """
    places = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
    if not numbers.size or numbers.strides[-1]:
        return np.take(numbers, places, axis=-1)
    return np.broadcast_to(numbers[..., :1], (*numbers.shape[:-1], len(places)))


def gather(parts: Sequence[tuple[np.ndarray, np.ndarray]], axes: int, n: int) -> Value:
    """Put dense arrays of some columns each, (column numbers, cells), into one value of n columns.

    An array with another number of axes than asked for is left undefined.
    """
    fitting = [(columns, cells) for columns, cells in parts if cells.ndim == axes + 1]
    if len(fitting) == 1 and np.array_equal(fitting[0][0], np.arange(n)):
        return Value.dense(fitting[0][1])
    largest = tuple(max((cells.shape[axis] for _, cells in fitting), default=0) for axis in range(axes))
    cells = _empty(largest, n, [cells.dtype for _, cells in fitting])
    shape = np.full((axes, n), UNDEFINED, dtype=np.int32)
    for columns, part in fitting:
        cells[_room(part.shape[:-1], columns)] = part
        shape[:, columns] = np.array(part.shape[:-1], dtype=np.int32)[:, None]
    return Value(cells, shape)


def _empty(largest: tuple[int, ...], n: int, kinds: Sequence[np.dtype[Any]]) -> np.ndarray:
    """Cells with nothing in them, for numbers or for texts of these kinds."""
    if any(kind.kind in "US" for kind in kinds):
        return np.full((*largest, n), "", dtype=np.result_type(*kinds))
    return np.full((*largest, n), np.nan)


def crop(sizes: Iterable[int]) -> tuple[slice, ...]:
    """The part of a grid that a value of these sizes fills (nothing for undefined ones)."""
    return tuple(slice(0, max(0, int(size))) for size in sizes)


def _room(sizes: Sequence[int], columns: np.ndarray) -> tuple[Any, ...]:
    """The part of a grid that values of these sizes fill in some columns."""
    return (*crop(sizes), columns)


def same_shape(a: Value, b: Value) -> np.ndarray:
    """Mask of the columns in which both values exist and have the same shape."""
    if a.axes != b.axes:
        return np.zeros(a.n, dtype=bool)
    if a.alike and b.alike:
        return np.full(a.n, bool((a.shape[:, 0] == b.shape[:, 0]).all() and (a.shape[:, 0] != UNDEFINED).all()))
    equal = (a.shape == b.shape) & (a.shape != UNDEFINED)
    return equal.all(axis=0) if a.axes else np.ones(a.n, dtype=bool)


def aligned(a: Value, b: Value) -> tuple[np.ndarray, np.ndarray]:
    """The cells of both values on a common grid, nan where one of them has none."""
    if a.largest == b.largest:
        return a.cells, b.cells
    largest = tuple(max(x, y) for x, y in zip(a.largest, b.largest, strict=True))
    return a.widened(largest).cells, b.widened(largest).cells
