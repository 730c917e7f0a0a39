"""The kinds of answer: what a student writes, what it is held against, and what a booklet has to say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from quizgen.language.tolerance import Tolerance


@dataclass(frozen=True)
class Kind:
    """A kind of answer.

    `axes`: of what is typed (0 a number, 1 a vector, 2 a matrix). `held`: the axes of the step it is held against, if
    others. `whole`: only whole numbers are sensible. `cells`: marked cell by cell, with a column for each on a sheet.
    """

    name: str
    axes: int
    how: str  # how a student writes one
    held: int = -1
    whole: bool = False
    cells: bool = False

    @property
    def step_axes(self) -> int:
        """The axes of the step that an answer of this kind is held against."""
        return self.axes if self.held < 0 else self.held


BY_HAND = "by hand"
KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("integer", 0, "12", whole=True),
        Kind("number", 0, "0.125"),
        Kind("vector", 1, "1 2 3", cells=True),
        Kind("matrix", 2, "1 2; 3 4", cells=True),
        Kind("shape", 1, "46 x 62 x 20", whole=True),
        Kind("choice", 0, "yes", whole=True),
        Kind("location", 1, "2 3", held=2, whole=True),
        Kind("formula", 1, "a * (1 - a)"),
        Kind(BY_HAND, 0, "3"),  # what is typed are the points that somebody gave
    )
}
TOLERANT = ("integer", "number", "vector", "matrix")  # the kinds for which a grader has a tolerance
KIND_OF_AXES = {0: "number", 1: "vector", 2: "matrix"}


@dataclass(frozen=True)
class Asked:
    """What a student is told to write; the words for it, in every language, are with the renderers.

    `exactly`: of numbers, how exactly. `options`: of a choice. `first`: of a place, the number of the first row and
    column. `symbols`: of a formula, those that it may use.
    """

    kind: str
    exactly: Tolerance | None = None
    whole: bool = False
    options: tuple[str, ...] = ()
    first: int = 1
    symbols: tuple[str, ...] = ()
