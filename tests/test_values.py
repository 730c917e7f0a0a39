"""A value over many columns, each with its own shape."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizgen.world.values import UNDEFINED, Value, aligned, crop, gather, same_shape

laws = settings(max_examples=100, deadline=None)


def ragged(*columns):
    """A value from one array per column (None: undefined)."""
    axes = next(np.ndim(column) for column in columns if column is not None)
    parts = [(np.array([i]), np.asarray(c, dtype=float)[..., None]) for i, c in enumerate(columns) if c is not None]
    return gather(parts, axes, len(columns))


def same(a, b):
    return np.array_equal(a.cells, b.cells, equal_nan=True) and np.array_equal(a.shape, b.shape)


def test_dense():
    value = Value.dense(np.arange(24).reshape(2, 3, 4))
    assert (value.n, value.axes, value.largest, value.uniform) == (4, 2, (2, 3), True)
    assert value.shape.tolist() == [[2, 2, 2, 2], [3, 3, 3, 3]]
    assert value.inside.all()
    np.testing.assert_array_equal(value.column(1), [[1, 5, 9], [13, 17, 21]])


@pytest.mark.parametrize("rows", [np.array([3, 0]), np.array([True, False, False, True])])
def test_some_columns_lie_next_to_one_another(rows):
    """Every op would have to put them in order first."""
    some = Value.dense(np.arange(24.0).reshape(2, 3, 4)).take(rows)
    assert some.cells.flags.c_contiguous
    assert some.cells[1, 2].tolist() == np.arange(20.0, 24.0)[rows].tolist()


def test_a_number_has_no_axes():
    value = Value.dense(np.array([1.5, 2.5]))
    assert (value.n, value.axes, value.largest, value.uniform, value.shape.shape) == (2, 0, (), True, (0, 2))
    assert value.column(1) == 2.5
    assert value.inside.tolist() == [True, True]


def test_columns_of_different_shapes():
    value = ragged([[1, 2], [3, 4]], [[5, 6, 7]], [[8]])
    assert value.largest == (2, 3)
    assert value.shape.tolist() == [[2, 1, 1], [2, 3, 1]]
    assert not value.uniform
    assert value.column(0).tolist() == [[1, 2], [3, 4]]
    assert value.column(1).tolist() == [[5, 6, 7]]
    assert value.column(2).tolist() == [[8]]
    assert value.inside.sum(axis=(0, 1)).tolist() == [4, 3, 1]
    assert np.isnan(value.cells[~value.inside]).all()


@pytest.mark.parametrize("axes", [0, 1, 2])
def test_undefined(axes):
    value = Value.undefined(axes, 3)
    assert (value.n, value.axes) == (3, axes)
    assert (value.shape == UNDEFINED).all()
    assert value.shape.shape == (axes, 3)
    if axes:
        assert not value.inside.any()
        assert value.column(1).size == 0
        assert not same_shape(value, value).any()
    else:
        assert np.isnan(value.cells).all()


def test_take_by_numbers_and_by_mask():
    value = ragged([1, 2], [3], [4, 5, 6])
    assert [value.take(np.array([2, 0])).column(i).tolist() for i in (0, 1)] == [[4, 5, 6], [1, 2]]
    assert value.take(np.array([1, 1, 1])).column(2).tolist() == [3]
    assert value.take(np.array([False, True, False])).n == 1
    assert value.take(np.zeros(3, dtype=bool)).n == 0


def test_joined():
    joined = Value.joined([ragged([1, 2]), ragged([3], [4, 5, 6]), Value.undefined(1, 1)])
    assert [joined.column(i).tolist() for i in range(4)] == [[1, 2], [3], [4, 5, 6], []]
    assert joined.shape.tolist() == [[2, 1, 3, UNDEFINED]]


def test_widened():
    value = ragged([1, 2], [3])
    wide = value.widened((5,))
    assert wide.largest == (5,)
    assert [wide.column(i).tolist() for i in (0, 1)] == [[1, 2], [3]]
    assert np.isnan(wide.cells[~wide.inside]).all()
    assert value.widened((2,)) is value


def test_aligned():
    a, b = aligned(ragged([1, 2, 3]), ragged([4]))
    np.testing.assert_array_equal(a, [[1], [2], [3]])
    np.testing.assert_array_equal(b, [[4], [np.nan], [np.nan]])


def test_same_shape():
    a, b = ragged([1, 2], [3], None, [1]), ragged([5, 6], [7, 8], None, None)
    assert same_shape(a, b).tolist() == [True, False, False, False]
    assert same_shape(a, Value.dense(np.zeros(4))).tolist() == [False] * 4
    numbers = Value.dense(np.zeros(2))
    assert same_shape(numbers, numbers).tolist() == [True, True]


def test_crop():
    assert crop((2, 3)) == (slice(0, 2), slice(0, 3))
    assert crop((UNDEFINED,)) == (slice(0, 0),)
    assert crop(()) == ()


def test_gather_puts_columns_in_their_places():
    parts = [(np.array([3, 0]), np.array([[30.0, 0.0]])), (np.array([1]), np.array([[10.0], [11.0]]))]
    value = gather(parts, 1, 4)
    assert [value.column(i).tolist() for i in range(4)] == [[0], [10, 11], [], [30]]


@pytest.mark.parametrize("order", [[2, 0, 1], [1, 0, 2], [0, 1, 2]])
def test_gather_of_one_part_keeps_the_places_too(order):
    cells = np.array([[1.0, 2.0, 3.0]])
    value = gather([(np.array(order), cells)], 1, 3)
    expected = np.zeros(3)
    expected[order] = cells[0]
    assert value.cells[0].tolist() == expected.tolist()


def test_assembled_values_have_the_columns_that_they_were_taken_from():
    whole = ragged([1, 2], [3], [4, 5, 6], [7])
    for parts in ([[0, 1, 2, 3]], [[0, 2], [1, 3]], [[3], [0], [1, 2]], [[0, 1], [2, 3]], [[2, 0], [3, 1]]):
        taken = [(np.array(numbers), whole.take(np.array(numbers)).narrowed()) for numbers in parts]
        assert same(Value.assembled(taken), whole)


def test_assembled_texts_are_texts():
    parts = [(np.array([0, 2]), Value.dense(np.array(["A", "B"]))), (np.array([1]), Value.dense(np.array(["long"])))]
    assert Value.assembled(parts).cells.tolist() == ["A", "long", "B"]


def test_gather_of_some_columns_leaves_the_others_undefined():
    value = gather([(np.array([1]), np.array([[7.0], [8.0]]))], 1, 3)
    assert value.n == 3
    assert [value.column(i).tolist() for i in range(3)] == [[], [7, 8], []]
    assert value.shape.tolist() == [[UNDEFINED, 2, UNDEFINED]]


def test_gather_leaves_out_what_has_other_axes():
    value = gather([(np.array([0]), np.array([[1.0]])), (np.array([1]), np.array([2.0]))], 1, 2)
    assert [value.column(i).tolist() for i in (0, 1)] == [[1], []]
    assert gather([(np.array([0, 1]), np.array([1.0, 2.0]))], 1, 2).shape.tolist() == [[UNDEFINED, UNDEFINED]]


def test_gather_of_texts():
    value = gather([(np.array([0, 2]), np.array(["A", "B"])), (np.array([1]), np.array(["long text"]))], 0, 3)
    assert value.cells.tolist() == ["A", "long text", "B"]


COLUMNS = st.lists(
    st.one_of(st.none(), st.lists(st.integers(-9, 9), min_size=1, max_size=4)), min_size=1, max_size=6
).filter(any)


@laws
@given(COLUMNS)
def test_a_value_holds_its_columns(columns):
    value = ragged(*columns)
    assert value.n == len(columns)
    assert [value.column(i).tolist() for i in range(value.n)] == [column or [] for column in columns]
    assert value.uniform == (len({len(c or []) for c in columns}) == 1 and None not in columns)
    assert np.isnan(value.cells[~value.inside]).all()
    assert value.inside.sum() == sum(len(column or []) for column in columns)


@laws
@given(COLUMNS, st.data())
def test_take_and_join_are_inverse(columns, data):
    value = ragged(*columns)
    cut = data.draw(st.integers(0, value.n))
    parts = [value.take(np.arange(cut)), value.take(np.arange(cut, value.n))]
    assert same(Value.joined(parts), value)


@laws
@given(COLUMNS, COLUMNS)
def test_same_shape_and_aligned_agree_with_the_columns(a, b):
    n = min(len(a), len(b))
    if not any(a[:n]) or not any(b[:n]):
        return
    x, y = ragged(*a[:n]), ragged(*b[:n])
    expected = [p is not None and q is not None and len(p) == len(q) for p, q in zip(a, b, strict=False)]
    assert same_shape(x, y).tolist() == expected
    left, right = aligned(x, y)
    assert left.shape == right.shape
