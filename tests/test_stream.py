"""The keystream's layout, held in golden numbers: whoever changes it changes every exam ever drawn again."""

import hashlib
import struct

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20
from hypothesis import given, settings
from hypothesis import strategies as st

from quizgen.draw.stream import LAYOUT, PAGE_WORDS, Stream, bounded, secret_of, subkey

SECRET = bytes(range(32))
KEY = subkey(SECRET, "Q1")
STREAM = Stream(KEY)


def words_of(pairs, count, stream=STREAM):
    numbers, tries = (np.array(side) for side in zip(*pairs, strict=True))
    return stream.words(numbers, tries, count)


def page_by_hand(key, variant, attempt, page):
    """Page `page` of try `attempt` of a variant: 64 words, 8 blocks of ChaCha20, counted by the variant."""
    high, low = divmod(variant, 2**29)
    nonce = struct.pack("<IIII", low * 8, high, attempt, page)
    data = Cipher(ChaCha20(key, nonce), mode=None).encryptor().update(bytes(512))
    return list(struct.unpack("<64Q", data))


def test_the_layout_is_version_one():
    assert LAYOUT == 1
    assert PAGE_WORDS == 64


# Golden numbers. They must never change while LAYOUT is 1.
def test_golden_keys():
    assert secret_of("practice").hex() == "e5aa6dcb802cf2469668dc071f913d98ef6262f3748eb92892c9158be3254b24"
    assert secret_of("").hex() == "0997ce71c3d4e1f523b1c480ddf013e8e3b1d3ba4410bcdcfccd04ed308e513c"
    assert KEY.hex() == "37b7275a13ad82461d56b31c9e16f2243c562bc6ee7becbde6c9980d156aa34e"
    assert subkey(SECRET, "Q2").hex() == "7ac3860c7805fbc51c3a9bdffdd5ab91a3d53539e9e122e775426296d937d0b9"


GOLDEN_WORDS = {
    (1, 0): ("479633bd3363c412", "6517739a55ab97b3", "f3b6986cb5c8bea2"),
    (1, 1): ("31a3968222919d50", "2d66b9c23f1b26e3", "e63b7f48b8d7a47b"),
    (2, 0): ("15a8fb2d805106a0", "f79b25ecacb1591a", "786563d1cacca238"),
    (7, 0): ("b1b3fde2872a4165", "532d9a4da4c6d3d3", "9c8bd9d6bda59470"),
    (50, 12): ("473eee632a70debb", "454328a7d3ee7e5f", "96a7e4b210a133f4"),
    (500, 0): ("48ef63e3cae39b96", "0403a4f0be91df4d", "a821aad85883975e"),
    (536870912, 0): ("3566ef41f2b9277c", "96e1afe6e88532ea", "3255cdc55085c45e"),
}
GOLDEN_PAGES = ["f3b6986cb5c8bea2", "a0088c8a494df694", "9f7eb5162b99883c"]


@pytest.mark.parametrize(("variant", "attempt"), GOLDEN_WORDS)
def test_golden_words(variant, attempt):
    first, second, last = GOLDEN_WORDS[variant, attempt]
    words = words_of([(variant, attempt)], 64)
    assert [f"{int(words[i, 0]):016x}" for i in (0, 1, 63)] == [first, second, last]


def test_golden_second_page():
    words = words_of([(1, 0)], 130)
    assert [f"{int(words[i, 0]):016x}" for i in (63, 64, 128)] == GOLDEN_PAGES


def test_keys_by_hand():
    seed = hashlib.blake2b(b"practice", digest_size=32, person=b"quizgen seed").digest()
    assert secret_of("practice") == seed
    assert subkey(seed, "Q17") == hashlib.blake2b(b"1/Q17", key=seed, digest_size=32).digest()


@pytest.mark.parametrize(
    "pair", [(1, 0), (2, 0), (1, 1), (500, 3), (2**29 - 1, 0), (2**29, 7), (2**31, 2**32 - 1), (5_000_000, 19_999)]
)
def test_pages_by_hand(pair):
    expected = page_by_hand(KEY, *pair, 0) + page_by_hand(KEY, *pair, 1) + page_by_hand(KEY, *pair, 2)
    assert words_of([pair], 150)[:, 0].tolist() == expected[:150]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 200), st.integers(0, 3)), min_size=1, max_size=40),
    st.sampled_from([1, 3, 64, 65, 128]),
)
def test_a_pairs_words_do_not_depend_on_the_others(pairs, count):
    words = words_of(pairs, count)
    assert words.shape == (count, len(pairs))
    assert words.dtype == np.uint64
    for column, pair in enumerate(pairs):
        expected = page_by_hand(KEY, *pair, 0) + page_by_hand(KEY, *pair, 1)
        assert words[:, column].tolist() == expected[:count]


def test_neighbours_around_the_end_of_the_block_counter():
    pairs = [(2**29 + k, 0) for k in (-2, -1, 0, 1)]
    words = words_of(pairs, 64)
    for column, pair in enumerate(pairs):
        assert words[:, column].tolist() == page_by_hand(KEY, *pair, 0)


def test_fewer_words_are_the_first_words():
    pairs = [(i, i % 3) for i in range(1, 60)]
    np.testing.assert_array_equal(words_of(pairs, 7), words_of(pairs, 200)[:7])


def test_everything_differs_from_everything():
    pairs = [(i, t) for i in range(1, 40) for t in range(4)]
    streams = [STREAM, Stream(subkey(SECRET, "Q2")), Stream(subkey(bytes(32), "Q1"))]
    words = np.concatenate([words_of(pairs, 70, stream).ravel() for stream in streams])
    assert len(np.unique(words)) == len(words)


def test_subkeys_of_purposes_differ():
    names = [f"Q{i}" for i in range(1, 100)] + ["pick", "Q", "", "Q1 ", "q1"]
    assert len({subkey(SECRET, name) for name in names}) == len(names)
    assert len({secret_of(name) for name in names}) == len(names)


# numbers from 0 to count - 1


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9, 10, 256, 1000, 2**16 + 1, 2**20, 2**32 - 1])
def test_bounded_at_the_ends(count):
    words = np.array([0, 1, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 2**32, 2**64 - 1], dtype=np.uint64)
    assert bounded(words, count).tolist() == [(int(word) * count) >> 64 for word in words]
    assert bounded(words, count)[0] == 0
    assert bounded(words, count)[-1] == count - 1


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=8), st.integers(1, 2**32 - 1))
def test_bounded_is_exact(words, count):
    numbers = bounded(np.array(words, dtype=np.uint64), count)
    assert numbers.tolist() == [(word * count) >> 64 for word in words]
    assert ((numbers >= 0) & (numbers < count)).all()


@pytest.mark.parametrize("count", [2, 3, 6, 7, 10, 100])
def test_bounded_is_uniform(count):
    words = words_of([(i, 0) for i in range(1, 1001)], 60).ravel()
    counts = np.bincount(bounded(words, count), minlength=count)
    assert len(counts) == count
    mean = len(words) / count
    chi_squared = float(((counts - mean) ** 2 / mean).sum())
    assert abs(chi_squared - (count - 1)) < 5 * np.sqrt(2 * (count - 1))  # the words are fixed: no chance is involved


def test_bounded_is_monotone_and_keeps_shapes():
    words = np.sort(words_of([(i, 0) for i in range(1, 50)], 20).ravel())
    assert (np.diff(bounded(words, 1000)) >= 0).all()
    assert bounded(words.reshape(20, 49), 7).shape == (20, 49)
