"""What `csvtext` does for a text, for whole columns of texts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.csvtext import FORMULA, NUMBERS

_QUOTED = ('"', ",", "\n", "\r")  # a cell that holds one of these stands in quotes
_OF_FORMULAS = "".join(chr(byte) for byte in range(128) if FORMULA.match(chr(byte)))


def cells_of(texts: pa.Array) -> pa.Array:
    """A column of texts as cells of a CSV file: `neutral`, and in quotes where they hold a quote, comma or line break.

    >>> cells_of(pa.array(["=cmd()", "-3 0; 1 2", 'say "a", b'])).to_pylist()
    ["'=cmd()", '-3 0; 1 2', '"say ""a"", b"']
    """
    risky = begin_with(texts, _OF_FORMULAS)
    rows = np.flatnonzero(risky)
    if len(rows):
        numbers = pc.match_substring_regex(texts.take(pa.array(rows)), rf"(?i)^{NUMBERS.pattern}$")
        risky[rows] = ~numbers.to_numpy(zero_copy_only=False)
        texts = with_apostrophe(texts, risky)
    if occurs_in(texts, *_QUOTED):
        special = pc.match_substring_regex(texts, '[",\\n\\r]')
        doubled = pc.binary_join_element_wise('"', pc.replace_substring(texts, '"', '""'), '"', "")
        texts = pc.if_else(special, doubled, texts)
    return texts


def with_apostrophe(texts: pa.Array, mask: np.ndarray) -> pa.Array:
    """Texts, with an apostrophe before some of them."""
    return pc.if_else(pa.array(mask), pc.binary_join_element_wise("'", texts, ""), texts) if mask.any() else texts


def begin_with(texts: pa.Array, signs: str) -> np.ndarray:
    """Mask of the texts that begin with one of some ASCII signs; no pattern is as fast.

    >>> begin_with(pa.array(["-3", "", "3"]), "-=")
    array([ True, False, False])
    """
    data = np.frombuffer(bytes_of(texts), dtype=np.uint8)
    if not len(data):
        return np.zeros(len(texts), dtype=bool)
    wanted = np.zeros(256, dtype=bool)
    wanted[list(signs.encode("ascii"))] = True
    starts = _offsets(texts)
    begins: np.ndarray = wanted[data[np.minimum(starts[:-1] - starts[0], len(data) - 1)]]
    return begins & (starts[1:] > starts[:-1])


def occurs_in(texts: pa.Array, *signs: str) -> bool:
    """Whether one of some signs stands anywhere in a column; no pattern is as fast."""
    data = bytes(bytes_of(texts))
    return any(sign.encode() in data for sign in signs)


def bytes_of(texts: pa.Array) -> memoryview:
    """All texts of a column, one after the other with nothing between; not a copy."""
    if not len(texts):
        return memoryview(b"")
    starts = _offsets(texts)
    return memoryview(texts.buffers()[2] or b"")[starts[0] : starts[-1]]


def _offsets(texts: pa.Array) -> np.ndarray:
    """Where each text of a column begins in its bytes, and where the last one ends."""
    return np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
