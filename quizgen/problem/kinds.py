"""The kinds of answer: what a student writes, what it is held against, and how a booklet names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of answer.

    `axes`: of what is typed (0 a number, 1 a vector, 2 a matrix). `held`: the axes of the step it is held against, if
    others. `whole`: only whole numbers are sensible. `cells`: marked cell by cell, with a column for each on a sheet.
    """

    name: str
    axes: int
    says: str
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
        Kind("integer", 0, "a whole number", "12", whole=True),
        Kind("number", 0, "a number", "0.125"),
        Kind("vector", 1, "a vector", "1 2 3", cells=True),
        Kind("matrix", 2, "a matrix", "1 2; 3 4", cells=True),
        Kind("shape", 1, "a shape", "46 x 62 x 20", whole=True),
        Kind("choice", 0, "one of the words offered", "yes", whole=True),
        Kind("location", 1, "a place", "2 3", held=2, whole=True),
        Kind("formula", 1, "a formula", "a * (1 - a)"),
        Kind(BY_HAND, 0, "in your own words", "3"),  # what is typed are the points that somebody gave
    )
}
TOLERANT = ("integer", "number", "vector", "matrix")  # the kinds for which a grader has a tolerance
KIND_OF_AXES = {0: "number", 1: "vector", 2: "matrix"}
