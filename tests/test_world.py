"""The graph with some steps replaced: truth, formulas believed, values believed, shapes that differ, takes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizgen.bank.problemfile import read_problem
from quizgen.language.expr import compile_expression
from quizgen.language.tolerance import parse_tolerance
from quizgen.world.values import UNDEFINED, Value
from quizgen.world.worlds import Belief, Undefined, mistaken, world

FRAME = """---
title: Frames
draw:
  width: integers(2, 9)
  height: integers(2, 9)
steps:
  area: width * height
  edge: 2 * (width + height)
  framed: area + edge + 4
  share: area / framed
answers:
  framed: {points: 1}
mistakes:
  added:
    area: width + height
    says: Multiply.
  half-the-edge:
    edge: width + height
    says: Twice.
  twice-wrong:
    edge: 3 * area
    area: 3 * width
    says: One formula reads what the other replaces.
---
# Question
<<width>> <<height>> [[framed]]

# Solution
"""

LAYERS = """---
title: Layers
draw:
  size: integers(3, 5)
  image: integers(1, 9, shape=(size, size))
  kernel: integers(-3, 3, shape=(2, 2))
  stride: choice(1, 2)
steps:
  conv: conv2d(image, kernel, stride=stride)
  relu: relu(conv)
  total: sum(relu) / size
answers:
  conv: {points: 1}
  total: {points: 1}
mistakes:
  padded:
    conv: conv2d(image, kernel, stride=stride, padding=1)
    says: There is no padding.
---
# Question
<<size>> <<image>> <<kernel>> <<stride>> [[conv]] [[total]]

# Solution
"""

PICK = """---
title: Pick
draw:
  vector: integers(1, 9, shape=3)
  place: integers(1, 3)
steps:
  picked: at(vector, place)
  double: 2 * picked
  both: "[picked, double]"
answers:
  double: {points: 1}
mistakes:
  next-one:
    picked: at(vector, place + 1)
    says: Not the next one.
---
# Question
<<vector>> <<place>> [[double]]

# Solution
"""


def compiled(text):
    return read_problem(text, "p.md", "p")


FRAMES, IMAGES, PICKS = compiled(FRAME), compiled(LAYERS), compiled(PICK)


def numbers(*columns):
    return Value.dense(np.array(columns, dtype=float))


@pytest.fixture
def frames():
    return world(FRAMES, {"width": numbers(2, 3, 4, 5), "height": numbers(7, 6, 5, 4)})


def image_params(n, seed=5):
    """Columns of all structures, in no order."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(3, 6, n)
    cells = np.full((5, 5, n), np.nan)
    for i, size in enumerate(sizes):
        cells[:size, :size, i] = rng.integers(1, 10, (size, size))
    return {
        "size": Value.dense(sizes.astype(float)),
        "image": Value(cells, np.stack([sizes, sizes]).astype(np.int32)),
        "kernel": Value.dense(rng.integers(-3, 4, (2, 2, n)).astype(float)),
        "stride": Value.dense(rng.integers(1, 3, n).astype(float)),
    }


def slow_conv(image, kernel, stride):
    steps = range(0, image.shape[0] - 1, stride)
    return np.array(
        [[sum(image[i + u, j + v] * kernel[u, v] for u in (0, 1) for v in (0, 1)) for j in steps] for i in steps]
    )


def equal(a, b):
    """Bit for bit, shapes too, in the columns' own cells."""
    return a.n == b.n and all(
        a.shape[:, i].tolist() == b.shape[:, i].tolist() and a.column(i).tobytes() == b.column(i).tobytes()
        for i in range(a.n)
    )


# truth


def test_the_truth(frames):
    assert frames.value("area", 0).cells.tolist() == [14, 18, 20, 20]
    assert frames.value("framed", 0).cells.tolist() == [36, 40, 42, 42]
    assert frames.value("width", 0).cells.tolist() == [2, 3, 4, 5]
    assert frames.n == 4
    assert frames.reason("area") == ""


def test_conditions(frames):
    holds = FRAMES.model_copy(update={"require": ()}).steps["area"]
    assert frames.holds(holds).tolist() == [True] * 4


def test_asking_for_other_axes_gives_undefined(frames):
    value = frames.value("area", 2)
    assert (value.axes, value.n) == (2, 4)
    assert (value.shape == UNDEFINED).all()


# formulas believed


def test_a_formula_believed_by_all(frames):
    added = frames.believing(*mistaken(FRAMES.mistakes[0]))
    assert added.value("area", 0).cells.tolist() == [9, 9, 9, 9]
    assert added.value("framed", 0).cells.tolist() == [31, 31, 31, 31]
    assert added.value("edge", 0).cells.tolist() == frames.value("edge", 0).cells.tolist()
    assert frames.value("framed", 0).cells.tolist() == [36, 40, 42, 42]  # the truth is not touched


def test_a_formula_believed_in_some_rows(frames):
    rows = np.array([True, False, False, True])
    added = frames.believing(*mistaken(FRAMES.mistakes[0], rows))
    assert added.value("area", 0).cells.tolist() == [9, 18, 20, 9]
    assert added.value("framed", 0).cells.tolist() == [31, 40, 42, 31]
    nobody = frames.believing(*mistaken(FRAMES.mistakes[0], np.zeros(4, dtype=bool)))
    assert equal(nobody.value("framed", 0), frames.value("framed", 0))


def test_beliefs_join_and_later_ones_win(frames):
    both = frames.believing(*mistaken(FRAMES.mistakes[0]), *mistaken(FRAMES.mistakes[1]))
    assert both.value("framed", 0).cells.tolist() == [22, 22, 22, 22]
    twice = frames.believing(*mistaken(FRAMES.mistakes[0])).believing(
        *mistaken(FRAMES.mistakes[1], np.array([1, 0, 0, 0], bool))
    )
    assert twice.value("framed", 0).cells.tolist() == [22, 31, 31, 31]
    over = frames.believing(*mistaken(FRAMES.mistakes[0])).believing(Belief("area", numbers(1, 2, 3, 4)))
    assert over.value("area", 0).cells.tolist() == [1, 2, 3, 4]
    back = frames.believing(Belief("area", numbers(1, 2, 3, 4))).believing(*mistaken(FRAMES.mistakes[0]))
    assert back.value("area", 0).cells.tolist() == [9, 9, 9, 9]


def test_a_belief_that_reads_another_step_sees_what_is_believed_of_it(frames):
    circle = frames.believing(*mistaken(FRAMES.mistakes[2]))  # edge from area, area replaced too
    assert circle.value("edge", 0).cells.tolist() == [18, 27, 36, 45]
    later = frames.believing(Belief("edge", FRAMES.mistakes[2].steps["edge"])).believing(
        Belief("area", numbers(1, 1, 1, 1))
    )
    assert later.value("edge", 0).cells.tolist() == [3, 3, 3, 3]
    assert later.value("framed", 0).cells.tolist() == [8, 8, 8, 8]


def test_only_some_steps_of_a_mistake(frames):
    assert [belief.step for belief in mistaken(FRAMES.mistakes[2], steps=["area"])] == ["area"]


# values believed


def test_values_believed(frames):
    typed = frames.believing(Belief("area", numbers(100, 200, 300, 400), np.array([False, True, False, True])))
    assert typed.value("area", 0).cells.tolist() == [14, 200, 20, 400]
    assert typed.value("framed", 0).cells.tolist() == [36, 222, 42, 422]


def test_a_value_believed_with_another_shape():
    params = image_params(12)
    truth = world(IMAGES, params)
    rows = np.arange(12) % 3 == 0
    given_cells = np.arange(9 * 12, dtype=float).reshape(3, 3, 12)
    typed = truth.believing(Belief("conv", Value.dense(given_cells), rows))
    conv, total, right = typed.value("conv", 2), typed.value("total", 0), truth.value("total", 0)
    for i in range(12):
        expected = given_cells[..., i] if rows[i] else truth.value("conv", 2).column(i)
        np.testing.assert_array_equal(conv.column(i), expected)
        size = params["size"].cells[i]
        assert total.cells[i] == (given_cells[..., i].sum() / size if rows[i] else right.cells[i])


def test_values_believed_with_many_shapes():
    params = image_params(30)
    truth = world(IMAGES, params)
    shapes = [(1 + i % 3, 1 + i % 2) for i in range(30)]
    cells = np.full((3, 2, 30), np.nan)
    for i, (r, c) in enumerate(shapes):
        cells[:r, :c, i] = i
    typed = truth.believing(Belief("conv", Value(cells, np.array(shapes, dtype=np.int32).T)))
    assert [typed.value("conv", 2).column(i).shape for i in range(30)] == shapes
    expected = [i * r * c / params["size"].cells[i] for i, (r, c) in enumerate(shapes)]
    np.testing.assert_allclose(typed.value("total", 0).cells, expected, rtol=1e-15)


# structures


def test_structures_are_evaluated_in_groups_and_put_back_in_place():
    params = image_params(60)
    conv = world(IMAGES, params).value("conv", 2)
    for i in range(60):
        image, kernel = params["image"].column(i), params["kernel"].column(i)
        np.testing.assert_array_equal(conv.column(i), slow_conv(image, kernel, int(params["stride"].cells[i])))
    assert len({tuple(shape) for shape in conv.shape.T.tolist()}) >= 3
    assert not conv.uniform


def test_show_gives_every_column_once():
    truth = world(IMAGES, image_params(40))
    shown = truth.show(IMAGES.steps["total"])
    assert sorted(np.concatenate([columns for columns, _ in shown]).tolist()) == list(range(40))
    assert len(shown) > 1


# undefined


def test_a_bad_column_does_not_spoil_the_others():
    params = {"vector": Value.dense(np.arange(12.0).reshape(3, 4)), "place": numbers(1, 3, 2, 3)}
    slip = world(PICKS, params, mistaken(PICKS.mistakes[0]))
    np.testing.assert_array_equal(slip.value("double", 0).cells, [8, np.nan, 20, np.nan])
    both = slip.value("both", 1)
    assert both.shape.tolist() == [[2, UNDEFINED, 2, UNDEFINED]]
    assert both.column(2).tolist() == [10, 20]
    assert both.column(1).size == 0
    assert slip.reason("double") == "", "it can be computed in some columns"
    assert [type(value).__name__ for _, value in slip.show(compile_expression("double"))] == ["ndarray", "Undefined"]
    assert slip.n == 4


def test_a_formula_and_a_condition_that_fail_in_some_columns_are_undefined_there():
    params = {"vector": Value.dense(np.arange(12.0).reshape(3, 4)), "place": numbers(1, 3, 2, 3)}
    truth = world(PICKS, params)
    beyond = truth.show(compile_expression("at(vector, place + 1)"))
    found = {column: value for columns, value in beyond for column in columns.tolist()}
    assert [type(found[i]).__name__ for i in range(4)] == ["ndarray", "Undefined", "ndarray", "Undefined"]
    assert truth.holds(compile_expression("at(vector, place + 1) >= 0")).tolist() == [True, False, True, False]
    assert truth.why_undefined(compile_expression("at(vector, place + 1) >= 0")) == ""
    assert truth.why_undefined(compile_expression("at(vector, place + 9) >= 0")).startswith("at: position ")


def test_all_columns_bad():
    params = {"vector": Value.dense(np.arange(6.0).reshape(3, 2)), "place": numbers(3, 3)}
    slip = world(PICKS, params, mistaken(PICKS.mistakes[0]))
    assert np.isnan(slip.value("double", 0).cells).all()
    assert (slip.value("both", 1).shape == UNDEFINED).all()
    assert all(isinstance(value, Undefined) for _, value in slip.show(PICKS.steps["double"]))


def test_a_bad_column_in_some_rows_only():
    params = {"vector": Value.dense(np.arange(12.0).reshape(3, 4)), "place": numbers(3, 3, 1, 1)}
    rows = np.array([True, False, True, False])
    slip = world(PICKS, params, mistaken(PICKS.mistakes[0], rows))
    np.testing.assert_array_equal(slip.value("picked", 0).cells, [np.nan, 9, 6, 3])


def test_a_condition_on_what_is_undefined_does_not_hold():
    params = {"vector": Value.dense(np.arange(1.0, 13).reshape(3, 4)), "place": numbers(1, 3, 2, 3)}
    slip = world(PICKS, params, mistaken(PICKS.mistakes[0]))
    assert slip.holds(PICKS.steps["double"]).tolist() == [True, False, True, False]


def test_who_types_a_value_over_an_undefined_step_goes_on():
    params = {"vector": Value.dense(np.arange(6.0).reshape(3, 2)), "place": numbers(3, 1)}
    slip = world(PICKS, params, mistaken(PICKS.mistakes[0])).believing(Belief("picked", numbers(50, 60)))
    assert slip.value("double", 0).cells.tolist() == [100, 120]


# takes


@pytest.mark.parametrize("rows", [[0, 2], [2, 0, 1], [3, 2, 1, 0], [1], []])
@pytest.mark.parametrize("before", [True, False], ids=["computed before", "computed after"])
def test_take_by_numbers_keeps_the_order_asked_for(frames, rows, before):
    if before:
        frames.value("framed", 0)
    taken = frames.take(np.array(rows, dtype=int))
    assert taken.n == len(rows)
    assert taken.value("framed", 0).cells.tolist() == [[36, 40, 42, 42][i] for i in rows]
    assert taken.value("width", 0).cells.tolist() == [[2, 3, 4, 5][i] for i in rows]


def test_take_keeps_beliefs_with_their_columns():
    params = image_params(20)
    rows = np.arange(20) % 2 == 0
    typed = Belief("conv", Value.dense(np.arange(9 * 20, dtype=float).reshape(3, 3, 20)), rows)
    everybody = world(IMAGES, params, [typed])
    for chosen in (np.array([1, 4, 7, 10]), np.arange(20) > 12, np.array([19, 0, 5, 2, 3])):
        some = everybody.take(chosen)
        assert equal(some.value("conv", 2), everybody.value("conv", 2).take(chosen))
        assert equal(some.value("total", 0), everybody.value("total", 0).take(chosen))
    again = everybody.take(np.arange(5, 20)).take(np.array([True, False, True] * 5))
    assert equal(again.value("total", 0), everybody.value("total", 0).take(np.arange(5, 20)[[True, False, True] * 5]))


def test_believing_after_taking():
    params = image_params(20)
    rows = np.array([3, 7, 11, 12])
    some = (
        world(IMAGES, params).take(rows).believing(*mistaken(IMAGES.mistakes[0], np.array([True, False, False, True])))
    )
    wanted = np.isin(np.arange(20), [3, 12])
    assert equal(
        some.value("conv", 2), world(IMAGES, params, mistaken(IMAGES.mistakes[0], wanted)).value("conv", 2).take(rows)
    )


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_order_of_taking_and_believing_is_the_same(data):
    n = 8
    params = image_params(n, seed=data.draw(st.integers(0, 5)))
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    rows = np.array(data.draw(st.permutations(range(n)))[: data.draw(st.integers(1, n))])
    belief = mistaken(IMAGES.mistakes[0], mask)
    first = world(IMAGES, params, belief).take(rows)
    later = world(IMAGES, params).take(rows).believing(*mistaken(IMAGES.mistakes[0], mask[rows]))
    alone = [
        world(IMAGES, {k: v.take(np.array([i])) for k, v in params.items()}, mistaken(IMAGES.mistakes[0], mask[[i]]))
        for i in rows
    ]
    for step, axes in (("conv", 2), ("total", 0)):
        expected = Value.joined([w.value(step, axes) for w in alone])
        assert equal(first.value(step, axes), expected)
        assert equal(later.value(step, axes), expected)


# rounding on the way


def test_rounded_steps():
    truth = world(FRAMES, {"width": numbers(2, 3), "height": numbers(7, 6)})
    assert truth.value("share", 0).cells.tolist() == [14 / 36, 18 / 40]
    rough = truth.rounded(parse_tolerance("1 figure"), frozenset())
    assert rough.value("share", 0).cells.tolist() == [0.3, 0.5]  # 10 / 30, 20 / 40
    kept = truth.rounded(parse_tolerance("1 figure"), frozenset({"share"}))
    assert kept.value("area", 0).cells.tolist() == [10, 20]
    assert kept.value("share", 0).cells.tolist() == [10 / 30, 20 / 40]


# the same bits however many columns there are


def softmax_problem():
    text = """---
title: Softmax
draw:
  weights: decimals(-0.4, 0.4, step=0.1, shape=(3, 4))
  x: decimals(-2, 2, step=0.01, shape=4)
  image: decimals(-1, 1, step=0.01, shape=(5, 5))
steps:
  z: affine(weights, x)
  p: softmax(z)
  loss: -ln(at(p, 2)) / 3 + mean(image) ** 2
  conv: conv2d(image, weights) * mean(x)
  spread: sum(exp(conv)) / prod(p)
answers:
  loss: {points: 1}
---
# Question
<<weights>> <<x>> <<image>> [[loss]]

# Solution
"""
    return compiled(text)


@pytest.mark.parametrize("width", [1, 2, 3, 7, 64, 500])
def test_a_columns_bits_do_not_depend_on_how_many_there_are(width):
    problem = softmax_problem()
    rng = np.random.default_rng(11)
    n = 500
    params = {
        "weights": Value.dense(rng.integers(-4, 5, (3, 4, n)) / 10),
        "x": Value.dense(rng.integers(-200, 201, (4, n)) / 100),
        "image": Value.dense(rng.integers(-100, 101, (5, 5, n)) / 100),
    }
    together = world(problem, params)
    for start in range(0, min(n, 40 * width), width):
        rows = np.arange(start, min(n, start + width))
        some = world(problem, {name: value.take(rows) for name, value in params.items()})
        for step, axes in (("z", 1), ("p", 1), ("loss", 0), ("conv", 2), ("spread", 0)):
            assert equal(some.value(step, axes), together.value(step, axes).take(rows)), step


@pytest.mark.parametrize("width", [1, 2, 3, 40])
def test_the_same_bits_with_structures_and_beliefs(width):
    params = image_params(40)
    rows = np.arange(40) % 4 == 1
    together = world(IMAGES, params, mistaken(IMAGES.mistakes[0], rows))
    for start in range(0, 40, width):
        part = np.arange(start, min(40, start + width))
        some = {name: value.take(part) for name, value in params.items()}
        own = world(IMAGES, some, mistaken(IMAGES.mistakes[0], rows[part]))
        for step, axes in (("conv", 2), ("total", 0)):
            assert equal(own.value(step, axes), together.value(step, axes).take(part))
