"""Numbers as text: parameters exactly, worked values to 12 figures, minus signs as typed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

WORKED_FIGURES = 12


def exact(number: float) -> str:
    """The shortest text that reads back as this number, without an exponent.

    >>> exact(3.0), exact(0.1), exact(-0.0)
    ('3', '0.1', '0')
    """
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return np.format_float_positional(number, trim="-")


def worked(number: float) -> str:
    """A computed number to 12 significant figures.

    >>> worked(0.1 + 0.2), worked(1.46620967918e-06)
    ('0.3', '1.46620967918e-06')
    """
    if not np.isfinite(number):
        return "undefined"
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return f"{number:.{WORKED_FIGURES}g}"


def as_rows(cells: np.ndarray, write: Callable[[float], str], between: str, after: str) -> str:
    """A matrix or vector as text: cells joined by one text, rows by another."""
    rows = cells if cells.ndim == 2 else cells[None]
    return after.join(between.join(write(float(cell)) for cell in row) for row in rows)


def plain(cells: np.ndarray, write: Callable[[float], str]) -> str:
    """A value as a student types it.

    >>> plain(np.array([[1.0, 2.0], [3.0, 4.5]]), worked)
    '1 2; 3 4.5'
    """
    return write(float(cells)) if cells.ndim == 0 else as_rows(cells, write, " ", "; ")


def latex(cells: np.ndarray, write: Callable[[float], str]) -> str:
    """A value inside mathematics: a number, or a matrix in brackets; a vector stands upright."""
    if cells.ndim == 0:
        return write(float(cells))
    upright = cells if cells.ndim == 2 else cells[:, None]
    return "\\begin{bmatrix} " + as_rows(upright, write, " & ", r" \\ ") + " \\end{bmatrix}"
