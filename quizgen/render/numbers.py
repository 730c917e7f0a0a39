"""Numbers as text: parameters exactly, worked values to 12 figures, those of a working short; minus signs as typed."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

WORKED_FIGURES = 12
SHORT_DECIMALS = 4
_KEPT = 16_384  # numbers that are remembered: variants, and the lines of a working, say the same ones again and again
_SMALL = 1e-4  # below this, and from _LARGE, a short number stands as a power of ten
_LARGE = 1e15
_SAME = 1e-9  # a relative difference that only rounding errors make
_NOISE = 1e-14  # what rounding errors leave of a difference that is 0


@lru_cache(maxsize=_KEPT)
def exact(number: float) -> str:
    """The shortest text that reads back as this number, without an exponent.

    >>> exact(3.0), exact(0.1), exact(-0.0)
    ('3', '0.1', '0')
    """
    if abs(number) < _DUST:  # what is left of 0.3 - 0.1 - 0.2
        return "0"
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    text = repr(float(number))
    return text if "e" not in text else np.format_float_positional(number, trim="-")


_DUST = 5e-16


@lru_cache(maxsize=_KEPT)
def worked(number: float) -> str:
    """A computed number to 12 significant figures.

    >>> worked(0.1 + 0.2), worked(1.46620967918e-06), worked(0.3 - 0.2 - 0.1)
    ('0.3', '1.46620967918e-06', '0')
    """
    if not math.isfinite(number):
        return "undefined"
    if abs(number) < _NOISE or (number == int(number) and abs(number) < 1e15):
        return str(int(number))
    return f"{number:.{WORKED_FIGURES}g}"


def shortened(number: float, decimals: int = SHORT_DECIMALS, asked: bool = False) -> str:
    """A computed number inside the mathematics of a working: so many decimals, below 0.1 so many figures.

    `asked`: that many decimals below 0.1, too. Zeros at the end stand only where something was left away.

    >>> shortened(2 / 3), shortened(-0.0123456), shortened(1.46620967918e-06), shortened(2.5), shortened(0.85196)
    ('0.6667', '-0.01235', '1.466 \\\\cdot 10^{-6}', '2.5', '0.8520')
    >>> shortened(-0.0123456, asked=True), shortened(0.01, asked=True)
    ('-0.0123', '0.01')
    """
    if not math.isfinite(number):
        return r"\text{undefined}" if math.isnan(number) else "\\infty" if number > 0 else "-\\infty"
    size = abs(number)
    if size < _NOISE or (number == int(number) and size < _LARGE):
        return str(int(number))
    away = number * (1 + 1e-13)  # halves are rounded away from zero, as elsewhere
    places = _places(size, decimals, asked)
    whole = abs(round(number, places) - number) <= _SAME * size
    if size >= _LARGE or (size < _SMALL and places > decimals):
        digits, exponent = f"{away:.{max(decimals, 1) - 1}e}".split("e")
        return rf"{_trimmed(digits) if whole else digits} \cdot 10^{{{int(exponent)}}}"
    text = f"{away:.{places}f}"
    return _trimmed(text) if whole else text


@lru_cache(maxsize=_KEPT)
def is_shortened(number: float, decimals: int = SHORT_DECIMALS, asked: bool = False) -> bool:
    """Whether `shortened` leaves something of a number away, and not only rounding errors.

    >>> is_shortened(0.1 + 0.2), is_shortened(1 / 3)
    (False, True)
    """
    if not math.isfinite(number) or abs(number) < _NOISE or number == int(number):
        return False
    size = abs(number)
    return abs(round(number, _places(size, decimals, asked)) - number) > _SAME * size


def _places(size: float, decimals: int, asked: bool) -> int:
    """The decimals that a short number of this size has; never so few that nothing of it is left."""
    if size >= (0.5 * 10.0**-decimals if asked else 0.1) and size < _LARGE:
        return decimals
    return max(decimals, 1) - 1 - math.floor(math.log10(size))


def _trimmed(text: str) -> str:
    """A number without the zeros at the end of its decimals."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def as_rows(cells: np.ndarray, write: Callable[[float], str], between: str, after: str) -> str:
    """A matrix or vector as text: cells joined by one text, rows by another."""
    rows = (cells if cells.ndim == 2 else cells[None]).astype(float)
    return after.join([between.join(map(write, row)) for row in rows.tolist()])


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
