"""What may be shown round: counts of fewer than five students never stand alone, nor can they be worked out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SMALLEST = 5  # students that a number may speak of
FEW = f"< {SMALLEST}"


def told(count: int) -> str:
    """A count of people or of their answers, as it may be shown.

    >>> told(3), told(0), told(1200)
    ('< 5', '0', '1,200')
    """
    return FEW if 0 < count < SMALLEST else f"{count:,}"


def shown(counts: np.ndarray) -> np.ndarray:
    """Mask of the counts of one whole that may be shown; the others, 0 or few, go together.

    Whoever knows the sum can subtract what is shown. So what is hidden must hold nobody, or five and more, and so
    many parts that it could be shared out in different ways; if not, the smallest that was shown joins it.

    >>> shown(np.array([30, 9, 2, 0, 0])).tolist()
    [True, False, False, False, False]
    """
    counts = np.asarray(counts)
    visible = counts >= SMALLEST
    while visible.any() and not _blurred(counts[~visible]):
        visible[np.flatnonzero(visible)[np.argmin(counts[visible])]] = False
    return visible


def pooled(counts: Sequence[int]) -> list[tuple[int, int]]:
    """Neighbouring bins joined from the left until each holds five: (first, behind the last) of each run of bins.

    >>> pooled([0, 1, 3, 6, 9, 2])
    [(0, 4), (4, 6)]
    """
    runs: list[tuple[int, int]] = []
    start = held = 0
    for i, count in enumerate(counts):
        held += count
        if held >= SMALLEST:
            runs.append((start, i + 1))
            start, held = i + 1, 0
    if start < len(counts) and runs:
        runs[-1] = (runs[-1][0], len(counts))
    return runs


def _blurred(hidden: np.ndarray) -> bool:
    total = int(hidden.sum())
    if not total:
        return True
    most = int(np.maximum(hidden, SMALLEST - 1).sum()) - (SMALLEST - 1)
    return SMALLEST <= total <= most + 1
