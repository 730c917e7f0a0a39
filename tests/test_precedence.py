"""Whoever has the lower number goes first: whole arrays hold what one variant after the other would take."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizgen.bank.folders import open_bank, open_grader
from quizgen.draw import candidates, precedence, search
from quizgen.draw.digests import Claims, Digests, digest
from quizgen.draw.precedence import FRESH_ANSWERS, Precedence
from quizgen.draw.search import _Luck, _Search, draw_in_parts
from quizgen.draw.stream import secret_of

NONE = -1


def digests_of(numbers):
    return digest(np.array([numbers], dtype=np.uint64).reshape(1, -1))


def slow_way(tries, answer_of, taken, answered, fresh=FRESH_ANSWERS):
    """What each variant takes of its tries (numbers of parameters, NONE if refused), one after the other."""
    taken, answered, found = set(taken), set(answered), []
    for mine in tries:
        fits = (
            one
            for rank, one in enumerate((one for one in mine if one != NONE), 1)
            if one not in taken and (rank > fresh or answer_of[one] not in answered)
        )
        found.append(next(fits))
        taken.add(found[-1])
        answered.add(answer_of[found[-1]])
    return found


def in_waves(tries, answer_of, taken, answered, width, begin):
    """The same with `Precedence`: so many tries of each variant that waits at once, so many new variants each time."""
    n = len(tries)
    held = Precedence(n, 1, 7, taken, answered)
    waiting, begun, looked = np.zeros(0, dtype=np.int64), 0, [0] * n
    while held.final < n:
        waiting, begun = np.append(waiting, np.arange(begun, min(n, begun + begin))), min(n, begun + begin)
        pairs = [(k, v) for k in range(width) for v in waiting.tolist() if looked[v] + k < len(tries[v])]
        pairs = [(k, v) for k, v in pairs if tries[v][looked[v] + k] != NONE]
        variants = np.array([v for _, v in pairs], dtype=np.int64)
        drawn = np.array([tries[v][looked[v] + k] for k, v in pairs], dtype=np.int64)
        held.add(variants, digests_of(drawn), digests_of(answer_of[drawn]), drawn[None].astype(np.uint32))
        for v in waiting.tolist():
            looked[v] += width
        waiting = held.settle(begun)
        assert not held.holding[waiting].any()
        assert all(looked[v] < len(tries[v]) for v in waiting), "some try of each is bound to fit"
    return held.indices[0].tolist()


@settings(max_examples=200, deadline=None)
@given(st.data(), st.integers(1, 12), st.integers(1, 3), st.sampled_from([1, 2, 5, 100]), st.sampled_from([1, 3, 100]))
def test_arrays_hold_what_one_after_the_other_would_take(data, n, fresh, width, begin):
    space = n + data.draw(st.integers(0, 4))
    answer_of = np.array(data.draw(st.lists(st.integers(0, 8), min_size=space + 3, max_size=space + 3)))
    late = data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))
    tries = [late[i] * [NONE] + (fresh + 1) * data.draw(st.permutations(range(space))) for i in range(n)]
    taken, answered = data.draw(st.lists(st.integers(space, space + 2))), data.draw(st.lists(st.integers(0, 8)))
    expected = slow_way(tries, answer_of, taken, answered, fresh)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(precedence, "FRESH_ANSWERS", fresh)
        patch.setattr(precedence, "_AHEAD", 4)
        before = Digests(digests_of(taken)), Claims(digests_of(answered))
        assert in_waves(tries, answer_of, *before, width, begin) == expected
    assert len(before[0]) == len({*taken, *expected})
    assert len(before[1]) == len({*answered, *answer_of[expected].tolist()})


def test_a_try_is_not_refused_for_one_that_may_still_be_lost(monkeypatch):
    monkeypatch.setattr(precedence, "FRESH_ANSWERS", 1)
    answer_of = np.array([0, 0, 0, 5, 5, 7, 8])
    tries = [[0], [1, 0, 3], [4, 5], [2, 4, 6]]  # the third loses 4 to the answers of 3, so that the fourth keeps it
    assert slow_way(tries, answer_of, [], [], 1) == [0, 3, 5, 4]
    assert in_waves(tries, answer_of, Digests(), Claims(digests_of([])), 3, 4) == [0, 3, 5, 4]


def test_a_later_part_never_displaces_an_earlier_one():
    taken, answered, answer_of = Digests(), Claims(digests_of([])), np.arange(40) // 2
    first, second = (Precedence(5, 1, number, taken, answered) for number in (0, 5))
    for part, tries in ((first, range(0, 10, 2)), (second, [*range(1, 11, 2)])):
        drawn = np.array([*tries, 30, 31, 32, 33, 34])
        part.add(np.tile(np.arange(5), 2), digests_of(drawn), digests_of(answer_of[drawn]), drawn[None].astype("u4"))
        part.settle(5)
    assert first.indices[0].tolist() == [0, 2, 4, 6, 8]
    assert second.indices[0, :2].tolist() == [30, 0]
    assert second.holding.tolist() == [True, False, True, False, True]


# The sets it stands on


@given(st.lists(st.lists(st.integers(0, 40), max_size=60), max_size=6))
def test_digests_keep_their_numbers(added):
    found, numbers = Digests(), {}
    for some in added:
        for one, number in zip(some, found.add(digests_of(some)).tolist(), strict=True):
            assert numbers.setdefault(one, number) == number
    assert sorted(numbers.values()) == list(range(len(found)))


def test_digests_keep_their_numbers_while_the_set_grows():
    found, before = Digests(), {}
    for start in range(0, 9_000, 1_500):
        some = list(range(start, start + 3_000))
        for one, number in zip(some, found.add(digests_of(some)).tolist(), strict=True):
            assert before.setdefault(one, number) == number
    assert len(found) == len(before) == 10_500


@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=12), max_size=8))
def test_the_lowest_number_holds_what_several_claim(claims):
    found, holders, numbers = Claims(digests_of([3])), {3: -1}, iter(np.random.default_rng(3).permutation(1000))
    for asked in claims:
        variants = np.array(sorted(next(numbers) for _ in asked))
        before = dict(holders)
        for one, variant in zip(asked, variants.tolist(), strict=True):
            holders[one] = min(variant, holders.get(one, variant))
        own, losing = found.claim(digests_of(asked), variants)
        assert own.tolist() == [holders[one] == variant for one, variant in zip(asked, variants.tolist(), strict=True)]
        assert set(losing.tolist()) == {before[one] for one in asked if one in before} - set(holders.values())
    assert len(found) == len(holders)


# How many tries are looked at together


@given(st.floats(0, 1), st.lists(st.tuples(*[st.integers(0, 10**6)] * 4), max_size=6))
def test_the_share_of_tries_that_fit_lies_between_none_and_all(guess, seen):
    luck = _Luck(guess)
    for counts in seen:
        tries, accepted, offered, refused = sorted(counts, reverse=True)
        luck.see(tries, accepted, offered, 2 * refused)  # what is displaced was offered before
        assert 0 < luck.rate < 1


def test_each_part_counts_for_itself_how_many_tries_fit(monkeypatch):
    problem, rates = open_bank("cnn").problem("conv-layer-cost"), []
    see = _Luck.see
    monkeypatch.setattr(_Luck, "see", lambda luck, *counts: (see(luck, *counts), rates.append(luck.rate)))
    parts = draw_in_parts(problem, secret_of("luck"), "Q1", [300, 20, 40], open_grader("standard").tolerance)
    assert [drawn.n for drawn in parts] == [300, 20, 40]
    assert len(rates) >= 3
    assert all(0.5 < rate < 1 for rate in rates)


def draw_many(name):
    """600 variants, and their digests."""
    (drawn,) = draw_in_parts(
        open_bank("cnn").problem(name), secret_of("close"), "Q1", [600], open_grader("standard").tolerance
    )
    return drawn, search.digests(drawn.params)


@pytest.mark.parametrize("name", ["conv-window", "feature-map-size", "fc-softmax-update"])
@pytest.mark.parametrize(("most", "width", "told"), [(1, 1, 8192), (1, 7, 8192), (3, 20, 8192), (2, 9, 100)])
def test_how_many_tries_are_looked_at_closely_changes_no_variant(name, most, width, told, monkeypatch):
    usual, variants = draw_many(name)
    monkeypatch.setattr(search, "COUNTABLE", 0)
    monkeypatch.setattr(candidates, "TOLD", told)
    monkeypatch.setattr(_Search, "_most", lambda *_: most)
    monkeypatch.setattr(_Search, "_width", lambda *_: width)
    drawn, same = draw_many(name)
    assert same == variants
    if name != "feature-map-size":  # whose answers are soon all held, so that others are looked for
        assert drawn.acceptance == pytest.approx(usual.acceptance, rel=0.15)
        assert drawn.told_apart == pytest.approx(usual.told_apart, rel=0.1)
