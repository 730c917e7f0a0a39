"""The graph of steps: order, what lies above, what lies below, circles."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizgen.errors import QuizgenError
from quizgen.problem.graph import Graph

CHAIN = Graph(
    {"conv": {"image", "kernel"}, "relu": {"conv"}, "pool": {"relu"}, "loss": {"pool", "target"}, "side": {"image"}}
)

laws = settings(max_examples=100, deadline=None)


def test_order_above_below():
    assert CHAIN.order == ("conv", "relu", "pool", "loss", "side")
    assert [CHAIN.position(step) for step in CHAIN.order] == [0, 1, 2, 3, 4]
    assert CHAIN.above(["pool"]) == {"conv", "relu"}
    assert CHAIN.above(["conv"]) == frozenset()
    assert CHAIN.above(["conv", "relu"]) == {"conv"}
    assert CHAIN.below(frozenset({"conv"})) == {"relu", "pool", "loss"}
    assert CHAIN.below(frozenset({"loss"})) == frozenset()
    assert CHAIN.below(frozenset({"conv", "pool"})) == {"relu", "loss"}
    assert CHAIN.below(frozenset({"image"})) == {"conv", "relu", "pool", "loss", "side"}


def test_the_authors_order_is_kept_where_it_can_be():
    assert Graph({"c": {"a"}, "b": set(), "a": set(), "d": {"c", "b"}}).order == ("b", "a", "c", "d")
    assert Graph({"z": set(), "a": set(), "m": set()}).order == ("z", "a", "m")


def test_further_readings_count():
    more = frozenset({("side", frozenset({"relu"}))})
    assert CHAIN.below(frozenset({"conv"}), more) == {"relu", "pool", "loss", "side"}
    assert CHAIN.below(frozenset({"pool"}), more) == {"loss"}
    onwards = frozenset({("side", frozenset({"relu"})), ("corner", frozenset({"side"}))})
    assert CHAIN.below(frozenset({"conv"}), onwards) == {"relu", "pool", "loss", "side", "corner"}
    assert CHAIN.below(frozenset({"conv"})) == {"relu", "pool", "loss"}  # and are forgotten again


@pytest.mark.parametrize(
    ("reads", "circle"),
    [
        ({"a": {"a"}}, "the step 'a' uses itself"),
        ({"a": {"b"}, "b": {"a"}}, "a -> b -> a"),
        ({"x": {"draw"}, "a": {"b"}, "b": {"c", "x"}, "c": {"a"}}, "a -> b -> c -> a"),
        ({"leaf": {"a"}, "a": {"b"}, "b": {"a"}}, "a -> b -> a"),
    ],
)
def test_circles_are_refused_by_name(reads, circle):
    with pytest.raises(QuizgenError, match=circle):
        Graph(reads)


def test_a_long_chain_needs_no_recursion():
    reads = {f"s{i}": {f"s{i - 1}"} for i in range(1, 1500)}
    assert len(Graph(reads).below(frozenset({"s0"}))) == 1499
    with pytest.raises(QuizgenError, match="circle"):
        Graph({**reads, "s1": {"s1499"}})


@st.composite
def graphs(draw):
    """Steps that read earlier ones (of a hidden order) and draws, told in any order."""
    count = draw(st.integers(1, 9))
    names = [f"s{i}" for i in range(count)]
    reads = {}
    for i, name in enumerate(names):
        reads[name] = draw(st.sets(st.sampled_from([*names[:i], "draw"])))
    return dict(draw(st.permutations(list(reads.items()))))


@laws
@given(graphs())
def test_order_puts_every_step_after_what_it_reads(reads):
    order = Graph(reads).order
    assert sorted(order) == sorted(reads)
    for step, names in reads.items():
        assert all(order.index(name) < order.index(step) for name in names if name in reads)


@laws
@given(graphs(), st.data())
def test_above_and_below_are_two_ways_to_say_the_same(reads, data):
    graph = Graph(reads)
    one, other = data.draw(st.sampled_from(sorted(reads))), data.draw(st.sampled_from(sorted(reads)))
    assert (one in graph.above([other])) == (other in graph.below(frozenset({one}))) or one == other
    assert one not in graph.below(frozenset({one}))


@laws
@given(graphs(), st.data())
def test_below_is_the_closure_by_hand(reads, data):
    start = data.draw(st.frozensets(st.sampled_from(sorted(reads)), max_size=3))
    expected, todo = set(), set(start)
    while todo:
        name = todo.pop()
        found = {step for step, names in reads.items() if name in names and step not in expected}
        expected |= found
        todo |= found
    assert Graph(reads).below(start) == expected - start


@laws
@given(graphs(), st.data())
def test_one_edge_back_makes_a_circle(reads, data):
    graph = Graph(reads)
    step = data.draw(st.sampled_from(sorted(reads)))
    end = data.draw(st.sampled_from([step, *sorted(graph.below(frozenset({step})))]))
    with pytest.raises(QuizgenError, match=r"need each other in a circle|uses itself"):
        Graph({**reads, step: {*reads[step], end}})
