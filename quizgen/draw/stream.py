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
_ZEROS = bytes(1 << 18)  # what is enciphered; a fresh one for every run takes longer
_GAP = 32  # reading over so many pages costs less than starting again


def secret_of(seed: str) -> bytes:
    """The key that a public seed stands for: repeatable, and no secret."""
    return hashlib.blake2b(seed.encode(), digest_size=32, person=b"quizgen seed").digest()


def subkey(secret: bytes, purpose: str) -> bytes:
    """The key of one question (`Q3`) or purpose; neither time nor folder nor problem enters."""
    return hashlib.blake2b(f"{LAYOUT}/{purpose}".encode(), key=secret, digest_size=32).digest()


class Stream:
    """The keystream of one question."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def words(self, numbers: np.ndarray, tries: np.ndarray, count: int) -> np.ndarray:
        """The first words of the pages of some (variant, try) pairs: uint64 of shape (count, pairs)."""
        pages = range(-(-count // PAGE_WORDS))
        columns = [self._page(numbers, tries, page, min(PAGE_WORDS, count - page * PAGE_WORDS)).T for page in pages]
        return np.ascontiguousarray(columns[0]) if len(columns) == 1 else np.concatenate(columns)

    def _page(self, numbers: np.ndarray, tries: np.ndarray, page: int, count: int) -> np.ndarray:
        """The first words of one page of each pair, (pairs, count), read in runs of neighbouring variants."""
        order = np.lexsort((numbers, tries)) if len(numbers) > 1 else np.arange(len(numbers))
        sorted_numbers, sorted_tries = numbers[order], tries[order]
        fresh = np.diff(sorted_tries) != 0
        fresh |= np.diff(sorted_numbers) > _GAP
        fresh |= np.diff(sorted_numbers // _PAGES_PER_NONCE) != 0
        starts = np.concatenate([[0], np.flatnonzero(fresh) + 1])
        ends = np.concatenate([starts[1:], [len(order)]])
        out = np.empty((len(order), count), dtype=np.uint64)
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            first, last = int(sorted_numbers[start]), int(sorted_numbers[end - 1])
            run = self._run(first, last - first + 1, int(sorted_tries[start]), page)
            out[order[start:end]] = run[:, :count][sorted_numbers[start:end] - first]
        return out

    def _run(self, first: int, length: int, attempt: int, page: int) -> np.ndarray:
        """The pages of neighbouring variants, in one call of the cipher."""
        high, low = divmod(first, _PAGES_PER_NONCE)
        nonce = struct.pack("<IIII", low * _PAGE_BLOCKS, high, attempt, page)
        encryptor = Cipher(ChaCha20(self._key, nonce), mode=None).encryptor()
        size = length * _PAGE_BYTES
        data = encryptor.update(memoryview(_ZEROS)[:size] if size <= len(_ZEROS) else bytes(size))
        return np.frombuffer(data, dtype="<u8").reshape(length, PAGE_WORDS)


def bounded(words: np.ndarray, count: int) -> np.ndarray:
    """Numbers from 0 to count - 1 by multiply-shift: no rejection, so that word j always makes draw j."""
    high, low = words >> np.uint64(32), words & np.uint64(0xFFFFFFFF)
    size = np.uint64(count)
    return ((high * size + ((low * size) >> np.uint64(32))) >> np.uint64(32)).astype(np.intp)
