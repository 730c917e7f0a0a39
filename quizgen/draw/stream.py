"""Random words that nobody can rebuild without the secret: a ChaCha20 keystream cut into pages.

Try t of variant i owns one page of 64 words (more pages for problems that draw more numbers). The layout is part
of the format: `tests/test_stream.py` holds it in golden numbers, and LAYOUT changes if it ever does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

LAYOUT = 1
PAGE_WORDS = 64
_PAGE_BYTES = PAGE_WORDS * 8
_PAGE_BLOCKS = _PAGE_BYTES // 64
_PAGES_PER_NONCE = 2**32 // _PAGE_BLOCKS  # a 32-bit block counter must not wrap
_RUN = 256  # pages of a run at most
_ROOM = 512  # pages enciphered before their words are taken: they stay in the processor's cache
_ZEROS = memoryview(bytes(_RUN * _PAGE_BYTES))  # what is enciphered
_GAP = 16  # reading over so many pages costs less than starting again


def secret_of(seed: str) -> bytes:
    """The key that a public seed stands for: repeatable, and no secret."""
    return hashlib.blake2b(seed.encode(), digest_size=32, person=b"quizgen seed").digest()


def subkey(secret: bytes, purpose: str) -> bytes:
    """The key of one question (`Q3`) or purpose; neither time nor folder nor problem enters."""
    return hashlib.blake2b(f"{LAYOUT}/{purpose}".encode(), key=secret, digest_size=32).digest()


class Stream:
    """The keystream of one question."""

    def __init__(self, key: bytes) -> None:
        self._cipher = Cipher(ChaCha20(key, bytes(16)), mode=None).encryptor()
        self._bytes = memoryview(bytearray(_ROOM * _PAGE_BYTES))
        self._pages = np.frombuffer(self._bytes, dtype="<u8").reshape(_ROOM, PAGE_WORDS)

    def words(self, numbers: np.ndarray, tries: np.ndarray, count: int) -> np.ndarray:
        """The first words of the pages of some (variant, try) pairs: uint64 of shape (count, pairs)."""
        step = np.diff(tries)
        if ((step > 0) | ((step == 0) & (np.diff(numbers) > 0))).all():
            return self._sorted(numbers, tries, count)
        order = np.lexsort((numbers, tries))
        out = np.empty((count, len(order)), dtype=np.uint64)
        out[:, order] = self._sorted(numbers[order], tries[order], count)
        return out

    def _sorted(self, numbers: np.ndarray, tries: np.ndarray, count: int) -> np.ndarray:
        """The same for pairs in order, read in runs of neighbouring variants."""
        runs = _Runs.of(numbers, tries)
        out = np.empty((count, len(numbers)), dtype=np.uint64)
        for page in range(-(-count // PAGE_WORDS)):
            words = out[page * PAGE_WORDS : (page + 1) * PAGE_WORDS]
            nonces = runs.nonces(page)
            for first, last in runs.batches():
                self._encipher(runs, first, last, nonces)
                pairs = slice(runs.starts[first], runs.starts[last])
                words[:, pairs] = self._pages[runs.rows[pairs], : len(words)].T
        return out

    def _encipher(self, runs: _Runs, first: int, last: int, nonces: bytes) -> None:
        """Fill the pages of some runs, each in one call of the cipher; they stay until the next ones."""
        begins, sizes = ((pages[first:last] * _PAGE_BYTES).tolist() for pages in (runs.begins, runs.lengths))
        for i, (begin, size) in enumerate(zip(begins, sizes, strict=True), first):
            self._cipher.reset_nonce(nonces[16 * i : 16 * i + 16])
            self._cipher.update_into(_ZEROS[:size], self._bytes[begin : begin + size])


@dataclass(frozen=True)
class _Runs:
    """Pages that are read in one go each: neighbouring variants of the same try, with small gaps.

    `starts`: number of the first pair of each run, and of all pairs. `firsts`, `tries`, `lengths`: its first variant,
    its try, its pages. `begins`: where they stand among the pages of their batch; `rows`: where each pair's page does.
    """

    starts: np.ndarray
    firsts: np.ndarray
    tries: np.ndarray
    lengths: np.ndarray
    batch: np.ndarray
    begins: np.ndarray
    rows: np.ndarray

    @classmethod
    def of(cls, numbers: np.ndarray, tries: np.ndarray) -> _Runs:
        """The runs of pairs that are in order."""
        fresh = np.diff(tries) != 0
        fresh |= np.diff(numbers) > _GAP
        fresh |= np.diff(numbers // _RUN) != 0  # so that no run is longer, and none reaches over the end of a nonce
        starts = np.concatenate([[0], np.flatnonzero(fresh) + 1, [len(numbers)]])
        firsts = numbers[starts[:-1]]
        lengths = numbers[starts[1:] - 1] - firsts + 1
        before = np.cumsum(lengths) - lengths
        batch = before // (_ROOM - _RUN)
        begins = before - before[np.searchsorted(batch, batch)]
        rows = numbers + np.repeat(begins - firsts, np.diff(starts))
        return cls(starts, firsts, tries[starts[:-1]], lengths, batch, begins, rows)

    def batches(self) -> Iterator[tuple[int, int]]:
        """The first run of each batch, and the first after it."""
        bounds = np.concatenate([[0], np.flatnonzero(np.diff(self.batch)) + 1, [len(self.batch)]]).tolist()
        return pairwise(bounds)

    def nonces(self, page: int) -> bytes:
        """Sixteen bytes for each run: its block, what of the variant does not fit into that, the try and the page."""
        high, low = np.divmod(self.firsts, _PAGES_PER_NONCE)
        return np.stack([low * _PAGE_BLOCKS, high, self.tries, np.full_like(low, page)], axis=1).astype("<u4").tobytes()


def bounded(words: np.ndarray, count: int) -> np.ndarray:
    """Numbers from 0 to count - 1 by multiply-shift: no rejection, so that word j always makes draw j."""
    high, low = words >> np.uint64(32), words & np.uint64(0xFFFFFFFF)
    size = np.uint64(count)
    return ((high * size + ((low * size) >> np.uint64(32))) >> np.uint64(32)).astype(np.intp)
