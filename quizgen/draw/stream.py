"""Random words that nobody can rebuild without the secret: a ChaCha20 keystream cut into pages.

Try t of variant i owns one page of 64 words (more pages for problems that draw more numbers). The layout is part
of the format: `tests/test_stream.py` holds it in golden numbers, and LAYOUT changes if it ever does.
"""

from __future__ import annotations

import hashlib
import struct

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

LAYOUT = 1
PAGE_WORDS = 64
_PAGE_BYTES = PAGE_WORDS * 8
_PAGE_BLOCKS = _PAGE_BYTES // 64
_PAGES_PER_NONCE = 2**32 // _PAGE_BLOCKS  # a 32-bit block counter must not wrap
_RUN = 256  # pages enciphered at a time: they stay in the processor's cache
_ZEROS = memoryview(bytes(_RUN * _PAGE_BYTES))  # what is enciphered
_GAP = 12  # reading over so many pages costs less than starting again


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
        self._pages = np.empty((_RUN, PAGE_WORDS), dtype="<u8")
        self._bytes = memoryview(self._pages).cast("B")

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
        fresh = np.diff(tries) != 0
        fresh |= np.diff(numbers) > _GAP
        fresh |= np.diff(numbers // _RUN) != 0  # a run is no longer, and none reaches over the end of a nonce
        starts = np.concatenate([[0], np.flatnonzero(fresh) + 1])
        ends = np.concatenate([starts[1:], [len(numbers)]])
        runs = [part.tolist() for part in (starts, ends, numbers[starts], numbers[ends - 1], tries[starts])]
        out = np.empty((count, len(numbers)), dtype=np.uint64)
        for page in range(-(-count // PAGE_WORDS)):
            words = out[page * PAGE_WORDS : (page + 1) * PAGE_WORDS]
            for start, end, first, last, attempt in zip(*runs, strict=True):
                pages = self._run(first, last - first + 1, attempt, page)[:, : len(words)]
                if end - start < len(pages):
                    pages = pages[numbers[start:end] - first]
                words[:, start:end] = pages.T
        return out

    def _run(self, first: int, length: int, attempt: int, page: int) -> np.ndarray:
        """The pages of neighbouring variants, in one call of the cipher; they stay until the next one."""
        high, low = divmod(first, _PAGES_PER_NONCE)
        size = length * _PAGE_BYTES
        self._cipher.reset_nonce(struct.pack("<IIII", low * _PAGE_BLOCKS, high, attempt, page))
        self._cipher.update_into(_ZEROS[:size], self._bytes[:size])
        return self._pages[:length]


def bounded(words: np.ndarray, count: int) -> np.ndarray:
    """Numbers from 0 to count - 1 by multiply-shift: no rejection, so that word j always makes draw j."""
    high, low = words >> np.uint64(32), words & np.uint64(0xFFFFFFFF)
    size = np.uint64(count)
    return ((high * size + ((low * size) >> np.uint64(32))) >> np.uint64(32)).astype(np.intp)
