"""How much work a formula is by hand: counted against slow loops."""

import numpy as np
import pytest

from quizgen.bank.folders import open_grader
from quizgen.bank.problemfile import read_problem
from quizgen.check import check_problem
from quizgen.draw.evenness import EVEN, work
from quizgen.draw.parameters import Space
from quizgen.draw.search import draw
from quizgen.draw.stream import secret_of
from quizgen.language.effort import effort
from quizgen.language.expr import compile_expression
from quizgen.ops import OPS
from quizgen.world.values import Value
from quizgen.world.worlds import world


def of(formula, **values):
    """The work of one column."""
    columns = {name: np.array(value)[..., None] for name, value in values.items()}
    return effort(compile_expression(formula), columns, 1).tolist()[0]


@pytest.mark.parametrize(
    ("formula", "operations"),
    [
        ("a", 0),
        ("a * b", 1),
        ("a * one", 0),
        ("a * zero", 0),
        ("a * minus", 0),
        ("a + b", 1),
        ("a + zero", 0),
        ("a - b * b", 2),
        ("a / b", 1),
        ("relu(a)", 1),
        ("2 * v", 2),
        ("v * v + v", 4),
        ("sum(v)", 3),
        ("flatten(m)", 0),
        ("transpose(m) * m", 2),
        ("conv_size(a, 3, 2, 1)", 1),
    ],
)
def test_operations_are_counted(formula, operations):
    values = {"a": 5, "b": 3, "one": 1, "zero": 0, "minus": -1, "v": [2, 0, 3], "m": [[2, 1], [0, 4]]}
    used = {name: value for name, value in values.items() if name in compile_expression(formula).names}
    assert of(formula, **used) == operations


def test_a_convolution_is_counted_product_by_product():
    random = np.random.default_rng(3)
    for _ in range(20):
        image, kernel = random.integers(-1, 4, (4, 5)), random.integers(-2, 3, (2, 3))
        products = additions = 0
        for i in range(3):
            for j in range(3):
                pairs = [(image[i + u, j + v], kernel[u, v]) for u in range(2) for v in range(3)]
                products += sum(x not in (0, 1, -1) and w not in (0, 1, -1) for x, w in pairs)
                additions += max(0, sum(x * w != 0 for x, w in pairs) - 1)
        assert of("conv2d(x, w)", x=image, w=kernel) == products + additions


def test_columns_are_counted_apart():
    x, w = np.array([[3, 1, 0], [2, 2, 2]]), np.array([[4, 4, 4], [5, 1, 0]])
    assert effort(compile_expression("sum(x * w)"), {"x": x, "w": w}, 3).tolist() == [4, 2, 2]


def test_every_op_says_how_it_is_counted():
    assert {op.work for op in OPS.values()} == {"cells", "reads", "products", "free"}


UNEVEN = """
    draw: {x: "integers(0, 9, shape=5)", w: "integers(0, 9, shape=5)"}
    steps: {total: sum(x * w)}
    answers: {total: {}}
    mistakes: {largest: {total: max(x * w), says: Add them up.}}
"""


def test_uneven_variants_are_refused(tiny):
    problem = tiny(UNEVEN)
    space = Space(problem)
    random = np.random.default_rng(1).integers(0, 2**63, (space.words, 400), dtype=np.uint64)
    loose = work(world(problem, space.params(space.indices(random))))
    assert loose.max() > 1.5 * loose.min(), "left alone, they would be uneven"
    took = []
    for seed in ("one", "another", "a third"):
        drawn = draw(problem, secret_of(seed), "Q1", 200, open_grader("standard").tolerance)
        took.append(work(world(problem, drawn.params)))
    assert np.max(took) <= EVEN * np.min(took)
    report = check_problem(problem, open_grader("standard"), 60)
    assert report.spread <= EVEN
    assert report.remarks() == []


def test_structures_that_differ_by_nature_have_bands_of_their_own(tiny):
    problem = tiny(
        """
        draw: {size: "choice(3, 6)", x: "integers(2, 9, shape=size)", w: "integers(2, 9, shape=size)"}
        steps: {total: sum(x * w) + 0 * size}
        answers: {total: {}}
        mistakes: {largest: {total: max(x * w), says: Add them up.}}
        """
    )
    report = check_problem(problem, open_grader("standard"), 60)
    assert report.work == (6, 12)
    assert report.spread == 1
    assert "its structures differ" in report.remarks()[0]


PRINTED = """---
title: Weights from a table
draw:
  number: integers(1, 9)
  x: integers(2, 9)
steps:
  weight: 3 * number + 4
  product: weight * x
answers:
  product: {points: 1}
---
# Question
SHOWN <<x>> [[product]]

# Solution
<<product>>
"""


@pytest.mark.parametrize(("shown", "operations"), [("<<weight>>", 1), ("<<number>>", 3), ("<<number>> <<weight>>", 1)])
def test_what_the_question_prints_is_no_work(shown, operations):
    problem = read_problem(PRINTED.replace("SHOWN", shown), "table.md", "table")
    params = {name: Value.dense(np.array([3.0, 7.0])) for name in ("number", "x")}
    assert work(world(problem, params)).tolist() == [operations] * 2
