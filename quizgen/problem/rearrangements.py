"""Mistakes that any array invites, whatever the problem: written down turned round, mirrored or with a wrong sign.

They replace no step: marking looks for them in what a student's own figures give. Problems need not declare them, and
one that a problem declares under the same note is charged as the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

Rearrange = Callable[[np.ndarray], np.ndarray]

# note -> (title, what it says to the student)
SAID: Mapping[str, tuple[str, str]] = {
    "transposed": (
        "rows and columns exchanged",
        "The numbers themselves fit, but rows and columns are exchanged: what belongs into row 1, column 2 stands in "
        "row 2, column 1. Check the shape, and one cell off the diagonal.",
    ),
    "flipped": (
        "order of the cells reversed",
        "The numbers themselves fit, but their order is reversed: left and right, top and bottom, or both. Check where "
        "the first cell comes from.",
    ),
    "negated": (
        "sign of every cell wrong",
        "The sizes fit, but the sign is wrong in every cell. Check what is subtracted from what, and in which "
        "direction the step goes.",
    ),
}
# (note, axes that it needs, what it makes of cells whose last axis is the variant)
REARRANGEMENTS: tuple[tuple[str, int, Rearrange], ...] = (
    ("transposed", 2, lambda cells: cells.swapaxes(0, 1)),
    ("flipped", 1, lambda cells: cells[::-1]),
    ("flipped", 2, lambda cells: cells[:, ::-1]),
    ("flipped", 2, lambda cells: cells[::-1, ::-1]),
    ("negated", 1, lambda cells: -cells),
)
