"""Which questions a paper asks where a blueprint leaves a choice: drawn with a key of its own."""

from __future__ import annotations

import numpy as np

from quizgen.draw.stream import Stream, subkey


def choose(secret: bytes, purpose: str, count: int, options: int, n: int, before: int = 0) -> np.ndarray:
    """Which of some options each of n papers after some asks, (options, n), `count` in every column.

    Paper i chooses the same whatever n is.

    >>> choose(bytes(32), "pick Q2", 2, 3, 5).sum(axis=0)
    array([2, 2, 2, 2, 2])
    """
    words = Stream(subkey(secret, purpose)).words(
        np.arange(before + 1, before + n + 1), np.zeros(n, dtype=np.int64), options
    )
    rank = words.argsort(axis=0, kind="stable").argsort(axis=0)
    return np.asarray(rank < count)
