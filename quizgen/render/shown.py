"""One op's call in a worked solution: its values with the way their numbers are written, and what things are called.

Mathematics is TeX. Cells are counted from 1, as everywhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache, partial
from itertools import islice
from typing import Any

import numpy as np

from quizgen.render.numbers import SHORT_DECIMALS, exact, is_shortened, latex, shortened

MAX_CELLS = 1_024  # of a value that is written down at all
_KEPT = 16_384  # numbers, shapes and names of cells that are remembered: variants say the same ones again and again

Place = tuple[int, ...]  # counted from 0
_HEAD = re.compile(r"\\mathrm\{[A-Za-z0-9\\_]*\}")
_UNSAFE = str.maketrans({sign: "\\" + sign for sign in "{}$&#_%"} | {"\\": r"\backslash ", "^": " ", "~": " "})


@dataclass(frozen=True)
class Writer:
    """How numbers are written: exactly (`decimals` None), or short; `asked`: as an answer is asked."""

    decimals: int | None = SHORT_DECIMALS
    asked: bool = False

    @property
    def text(self) -> Callable[[float], str]:
        """What writes a number as TeX; it remembers what it wrote."""
        return _writing(self.decimals, self.asked)

    def rounds(self, number: float) -> bool:
        """Whether something of a number is left away."""
        return self.decimals is not None and is_shortened(number, self.decimals, self.asked)


@cache
def _writing(decimals: int | None, asked: bool) -> Callable[[float], str]:
    write = _exact if decimals is None else partial(shortened, decimals=decimals, asked=asked)
    return lru_cache(maxsize=_KEPT)(write)


def _exact(number: float) -> str:
    return exact(number) if math.isfinite(number) else shortened(number)


EXACT = Writer(None)
SHORT = Writer()


@dataclass(frozen=True)
class Shown:
    """One variant's value, without the variant axis, and how its numbers are written.

    `name`: what it was called just before, if it was told.
    """

    cells: np.ndarray
    write: Writer = SHORT
    name: str = ""

    def __getitem__(self, place: Place) -> str:
        """A cell as TeX."""
        return self._text_at(place)

    @cached_property
    def _text_at(self) -> Callable[[Place], str]:
        """What gives a cell as TeX: of a small value all are written: a kernel's are asked for often."""
        if self.cells.size > MAX_CELLS:
            return lambda place: self._texts(self.cells[place])[0]
        return dict(zip(places(self.cells.shape), self._texts(self.cells), strict=True)).__getitem__

    def _texts(self, cells: np.ndarray) -> list[str]:
        """Some cells as TeX, row by row."""
        if cells.dtype.kind == "U":
            return [words(cell) for cell in cells.ravel().tolist()]
        if cells.dtype.kind == "b":
            return [words("yes" if cell else "no") for cell in cells.ravel().tolist()]
        return list(map(self.write.text, cells.astype(float).ravel().tolist()))

    @property
    def tex(self) -> str:
        """The whole value: a number, a matrix; of more than two axes the matrices of its last one."""
        if self.cells.dtype.kind == "b" and self.cells.ndim:
            return Shown(self.cells.astype(np.int64), self.write).tex
        if self.cells.size > MAX_CELLS:
            return words(f"({' × '.join(map(str, self.cells.shape))} numbers)")
        if self.cells.ndim > 2:
            parts = (Shown(self.cells[..., k], self.write).tex for k in range(self.cells.shape[-1]))
            return rf"\left( {', '.join(parts)} \right)"
        return latex(self.cells, self.write.text) if self.cells.ndim else self._texts(self.cells)[0]

    @property
    def brief(self) -> str:
        """Its name if its numbers stand just before, else its numbers."""
        return self.name or self.tex

    def is_rounded(self, place: Place | None = None) -> bool:
        """Whether the value, or one cell of it, is written with fewer figures than it has."""
        if self.write.decimals is None or self.cells.dtype.kind != "f":
            return False
        if place is not None:
            return self.write.rounds(self.cells.item(place))
        return any(map(self.write.rounds, self.cells.ravel()[:MAX_CELLS].tolist()))

    def spread(self, shape: Place) -> Shown:
        """The value over the cells of a larger one."""
        return self if self.cells.shape == shape else Shown(np.broadcast_to(self.cells, shape), self.write)

    def each(self) -> list[str]:
        """All cells, row by row; true counts as 1."""
        return list(map(self.write.text, self.cells.astype(float).ravel().tolist()))

    @property
    def is_nothing(self) -> bool:
        """Whether it is the number 0, as a bias is that nobody gave."""
        return not self.cells.ndim and not self.cells


@dataclass(frozen=True)
class Work:
    """One call: what is computed, from which values by parameter, and the result.

    A value is `Shown`, a tuple of them where an op takes many, the network of all variants, or the plain value of a
    static argument.
    `stem` is what cells, and the whole result, are called where `left` is long; `shape` is the shape in which the
    result is laid out, if not its own; `on_the_way` writes the numbers in between.
    """

    left: str
    given: Mapping[str, Any]
    result: Shown
    stem: str = ""
    shape: Place | None = None
    on_the_way: Writer = SHORT

    def __getitem__(self, parameter: str) -> Any:
        """What the op was given."""
        return self.given[parameter]

    def over_cells(self, *parameters: str) -> list[Shown]:
        """Some values, each spread over the cells of the result."""
        return [self.given[name].spread(self.result.cells.shape) for name in parameters]

    def writes(self, number: float) -> str:
        """A number on the way to the result."""
        return self.on_the_way.text(float(number))

    @property
    def whole(self) -> str:
        """What the whole result is called."""
        return self.stem or self.left

    @property
    def laid(self) -> Shown:
        """The result in the shape in which it is laid out."""
        return self.result if self.shape is None else Shown(self.result.cells.reshape(self.shape), self.result.write)

    def cell(self, place: Place) -> str:
        """What a cell of the result is called."""
        if self.shape is not None:
            index = int(np.ravel_multi_index(place, self.result.cells.shape))
            place = tuple(int(side) for side in np.unravel_index(index, self.shape))
        return cell_of(self.whole, place)


@lru_cache(maxsize=_KEPT)
def places(shape: Place) -> tuple[Place, ...]:
    """The cells of a shape, row by row; of a large one the first MAX_CELLS."""
    return tuple(islice(np.ndindex(shape), MAX_CELLS))


def words(text: str) -> str:
    """A text inside mathematics."""
    return f"\\text{{{text.translate(_UNSAFE)}}}"


def named(name: str) -> str:
    """A step's or an op's name inside mathematics."""
    return f"\\mathrm{{{name.translate(_UNSAFE)}}}"


@lru_cache(maxsize=_KEPT)
def cell_of(left: str, place: Place) -> str:
    """What one cell of something is called: $z_{1,2}$; whatever is no name or call stands in parentheses."""
    if not place:
        return left
    head = _HEAD.match(left)
    stem = left if _is_bracketed(left[head.end() if head else 0 :], head is not None) else rf"\left( {left} \right)"
    return f"{stem}_{{{','.join(str(index + 1) for index in place)}}}"


def _is_bracketed(text: str, empty: bool) -> bool:
    """Whether a text is one pair of parentheses with something in it, or nothing at all."""
    if not text.startswith(r"\left("):
        return empty and not text
    depth = 0
    for mark in re.finditer(r"\\(left|right)\b", text):
        depth += 1 if mark[1] == "left" else -1
        if not depth:
            return text[mark.end() :] == ")"
    return False


def guarded(text: str) -> str:
    """A number as a factor: a negative one stands in parentheses."""
    return f"({text})" if text.startswith("-") else text
