"""What a comma means in a file, from texts that can be read in one way only. Nothing is read here, only counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.answers.manner import COMMA, POINT
from quizgen.csvcolumns import occurs_in

_SIGN, _END = r"^\s*'?[-+−–]?", r"(?:[eE][-+−]?\d+)?\s*%?\s*$"
_COMMAS = (  # a comma that can only mark decimals: 0,5  12,25  1.234,5
    rf"{_SIGN}(?:(?:0\d*|\d{{4,}})?,\d+|\d{{1,3}},(?:\d{{1,2}}|\d{{4,}})|[1-9]\d{{0,2}}(?:[.'’]\d{{3}})+,\d+){_END}"
)
_THOUSANDS = (  # a comma that can only part thousands: 1,234.5  1,234,567
    rf"{_SIGN}(?:[1-9]\d{{0,2}}(?:,\d{{3}})+\.\d+|[1-9]\d{{0,2}}(?:,\d{{3}}){{2,}}){_END}"
)
_EITHER = rf"{_SIGN}[1-9]\d{{0,2}},\d{{3}}{_END}"
_POINTS = (  # a point that can only mark decimals: 0.5  12.25
    r"(?:^|[^\d.,])(?:(?:0\d*|\d{4,})?\.\d+|\d+\.(?:\d{1,2}|\d{4,}))(?:[^\d.]|$)"
)
_SPACED_COMMAS = (  # in a row of decimals: 0,5 1,25
    r"(?:^|[\s;])[-+−–]?(?:0?,\d+|\d+,(?:\d{1,2}|\d{4,}))[ \t]+[-+−–]?[\d,]+(?:[\s;]|$)"
)


@dataclass(frozen=True)
class Evidence:
    """How many texts of a file show what a comma means in it; `points`: at least so many with decimal points."""

    commas: int = 0
    thousands: int = 0
    either: int = 0
    points: int = 0

    @property
    def decimal(self) -> str:
        """The decimal mark, if all evidence about commas agrees; else empty.

        Points alone decide nothing: who writes 0.5 is not the one who writes 1,234.

        >>> Evidence(commas=3, either=1).decimal, Evidence(thousands=1, points=9).decimal
        (',', '.')
        >>> Evidence(commas=3, points=1).decimal, Evidence(points=9, either=1).decimal
        ('', '')
        """
        if self.commas and not (self.thousands or self.points):
            return COMMA
        return POINT if self.thousands and not self.commas else ""


def count_commas(texts: pa.Array, groups: np.ndarray, n: int, *, whole: bool, axes: int) -> np.ndarray:
    """Count what a column of texts shows of commas for each of n groups (files): decimal, thousands, either; (3, n).

    `whole`: whole numbers are asked, so that 1,234 is no question; `axes`: of what stands in a cell.
    """
    counts = np.zeros((3, n), dtype=np.int64)
    patterns = ((0, _SPACED_COMMAS),) if axes else ((0, _COMMAS), (1, _THOUSANDS), (2, _EITHER))
    for kind, pattern in patterns:
        if not (whole and (axes or kind == 2)):
            _count(counts[kind], texts, ",", pattern, groups)
    return counts


def count_points(texts: pa.Array, groups: np.ndarray, n: int) -> np.ndarray:
    """Count the texts of a column in which a point can only mark decimals, for each of n groups."""
    counts = np.zeros(n, dtype=np.int64)
    _count(counts, texts, ".", _POINTS, groups)
    return counts


def _count(counts: np.ndarray, texts: pa.Array, mark: str, pattern: str, groups: np.ndarray) -> None:
    """Add how many texts of each group match; only those with the mark are looked at closely."""
    if not occurs_in(texts, mark):
        return
    rows = np.flatnonzero(pc.match_substring(texts, mark).to_numpy(zero_copy_only=False))
    found = pc.match_substring_regex(texts.take(pa.array(rows)), pattern).to_numpy(zero_copy_only=False)
    counts += np.bincount(groups[rows[found.astype(bool)]], minlength=len(counts))
