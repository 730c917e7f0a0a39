"""One op's call in a worked solution: its values with the way their numbers are written, and lines of Markdown.

Mathematics is TeX between `$$`. Cells are counted from 1, as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from quizgen.render.numbers import SHORT_DECIMALS, exact, is_shortened, latex, shortened

FULL_CELLS = 16  # of a value that are computed before everybody's eyes; then "and so on"
MAX_TERMS = 36  # of a sum that are written down
MAX_CELLS = 1_024  # of a value that is written down at all

Place = tuple[int, ...]  # counted from 0
_NAME = re.compile(r"\\mathrm\{[A-Za-z0-9\\_]*\}(?=$|\\left\()")
_UNSAFE = str.maketrans({sign: "\\" + sign for sign in "{}$&#_%"} | {"\\": r"\backslash ", "^": " ", "~": " "})


@dataclass(frozen=True)
class Writer:
    """How numbers are written: exactly (`decimals` None), or short."""

    decimals: int | None = SHORT_DECIMALS

    def __call__(self, number: float) -> str:
        """The number as TeX."""
        if self.decimals is None and np.isfinite(number):
            return exact(number)
        return shortened(number, self.decimals or SHORT_DECIMALS)

    def rounds(self, cells: Iterable[float]) -> bool:
        """Whether something of a number is left away."""
        return self.decimals is not None and any(is_shortened(float(cell), self.decimals) for cell in cells)


@dataclass(frozen=True)
class Shown:
    """One variant's value, without the variant axis, and how its numbers are written."""

    cells: np.ndarray
    write: Writer = Writer()

    def __getitem__(self, place: Place) -> str:
        """A cell as TeX."""
        cell = self.cells[place]
        kind = self.cells.dtype.kind
        if kind in "US":
            return words(str(cell))
        if kind == "b":
            return words("yes" if cell else "no")
        return self.write(float(cell))

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
        return latex(self.cells, self.write) if self.cells.ndim else self[()]

    def is_rounded(self, place: Place | None = None) -> bool:
        """Whether the value, or one cell of it, is written with fewer figures than it has."""
        cells = self.cells.ravel() if place is None else self.cells[place].reshape(1)
        return cells.dtype.kind == "f" and self.write.rounds(cells[:MAX_CELLS])

    def spread(self, shape: Place) -> Shown:
        """The value over the cells of a larger one."""
        return Shown(np.broadcast_to(self.cells, shape), self.write)

    def each(self) -> list[str]:
        """All cells, row by row; true counts as 1."""
        cells = self.cells.astype(np.int64) if self.cells.dtype.kind == "b" else self.cells
        return [self.write(float(cell)) for cell in cells.ravel().tolist()]

    @property
    def is_nothing(self) -> bool:
        """Whether it is the number 0, as a bias is that nobody gave."""
        return not self.cells.ndim and not self.cells


@dataclass(frozen=True)
class Work:
    """One call: what is computed, from which values by parameter, and the result.

    A value is `Shown`, a tuple of them where an op takes many, a network, or the plain value of a static argument.
    """

    left: str
    given: Mapping[str, Any]
    result: Shown

    def __getitem__(self, parameter: str) -> Any:
        """What the op was given."""
        return self.given[parameter]

    def over_cells(self, *parameters: str) -> list[Shown]:
        """Some values, each spread over the cells of the result."""
        return [self.given[name].spread(self.result.cells.shape) for name in parameters]

    def writes(self, number: float) -> str:
        """A number on the way to the result."""
        return self.result.write(float(number))


def words(text: str) -> str:
    """A text inside mathematics."""
    return f"\\text{{{text.translate(_UNSAFE)}}}"


def named(name: str) -> str:
    """A step's or an op's name inside mathematics."""
    return f"\\mathrm{{{name.translate(_UNSAFE)}}}"


def cell_of(left: str, place: Place) -> str:
    """What one cell of something is called: $z_{1,2}$; of a call's result, by the name of the op alone."""
    if not place:
        return left
    name = _NAME.match(left)
    stem = name[0] if name else f"{{{left}}}" if left.endswith("}") else rf"\left( {left} \right)"
    return f"{stem}_{{{','.join(str(index + 1) for index in place)}}}"


def guarded(text: str) -> str:
    """A number as a factor: a negative one stands in parentheses."""
    return f"({text})" if text.startswith("-") else text


def product(*factors: str) -> str:
    """Some numbers multiplied."""
    return r" \cdot ".join(map(guarded, factors))


def total(terms: Sequence[str]) -> str:
    """Some terms added up, in their order; negative numbers are taken off, very long sums are cut."""
    if not terms:
        return "0"
    text = terms[0]
    for term in terms[1:MAX_TERMS]:
        text += f" - {term[1:]}" if term.startswith("-") else f" + {term}"
    return text + (r" + \dots" if len(terms) > MAX_TERMS else "")


def series(cells: Sequence[str], between: str = ", ") -> str:
    """Some numbers in a row; very long rows are cut."""
    return between.join([*cells[:MAX_TERMS], *([r"\dots"] if len(cells) > MAX_TERMS else [])])


def display(tex: str) -> str:
    """A line of mathematics of its own."""
    return f"$$ {tex} $$"


def aligned(rows: Sequence[str]) -> str:
    """Lines of mathematics below each other; each holds one `&`."""
    if len(rows) == 1:
        return display(rows[0].replace("&&", r"\quad").replace("&", "", 1))
    return display("\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}")


def line(left: str, *middle: str, result: Shown) -> str:
    """What is computed, how, and the result."""
    return display(_chain(left, middle, result.tex, result.is_rounded()))


def cell_lines(work: Work, how: Callable[[Place], Sequence[str]]) -> list[str]:
    """How each cell is computed, a line for each, up to FULL_CELLS; then the whole result."""
    if not work.result.cells.ndim:
        return [line(work.left, *how(()), result=work.result)]
    rows = []
    for place in islice(np.ndindex(work.result.cells.shape), FULL_CELLS):
        name = cell_of(work.left, place)
        rows.append(_chain(name, how(place), work.result[place], work.result.is_rounded(place), "&"))
    return [*listed(rows, work.result.cells.size), line(work.left, result=work.result)]


def listed(rows: Sequence[str], cells: int) -> list[str]:
    """Lines below each other; where there are more cells than lines, that it goes on like this."""
    return [aligned(rows), *(["And so on for the other cells:"] if cells > len(rows) else [])]


def _chain(left: str, middle: Sequence[str], result: str, rounded: bool, mark: str = "") -> str:
    """Texts joined by equals signs, repetitions left away; a rounded result is only about equal."""
    steps = [text for i, text in enumerate(middle) if i == 0 or text != middle[i - 1]]
    if steps and steps[-1] == result:
        steps.pop()
    signs = ["="] * len(steps) + [r"\approx" if rounded else "="]
    first, *others = [f"{sign} {text}" for sign, text in zip(signs, [*steps, result], strict=True)]
    return " ".join([left, mark + first, *others])
