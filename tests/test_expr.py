"""The expression language: values, two namespaces, limits, refusals, comparisons too close to call."""

import ast
import contextlib
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizgen.errors import QuizgenError
from quizgen.language.expr import MAX_EXPONENT, MAX_NODES, MAX_SOURCE, compile_expression, spread
from quizgen.ops import OPS, Network
from quizgen.problem.drawers import DRAWERS

A = np.array([1, 2, 3])
B = np.array([0.5, -1.5, 4.0])
MATRIX = np.arange(12).reshape(2, 2, 3)
NAMES = {"a": A, "b": B, "m": MATRIX, "config": np.array(["A", "B", "A"])}


def value_of(source):
    return compile_expression(source).evaluate(NAMES, 3)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a + b", A + B),
        ("a - b - 1", A - B - 1),
        ("a - (b - 1)", A - B + 1),
        ("a * b", A * B),
        ("a / 2", A / 2),
        ("7 // a", [7, 3, 2]),
        ("-7 // a", [-7, -4, -3]),
        ("-7 % 3", [2, 2, 2]),
        ("a ** 2", [1, 4, 9]),
        ("-a ** 2", [-1, -4, -9]),
        ("2 ** -1", [0.5, 0.5, 0.5]),
        ("a ** -a", [1, 0.25, 1 / 27]),
        ("+a", A),
        ("1 + 2 * 3", [7, 7, 7]),
        ("1e-3", [0.001] * 3),
        ("a < 2", [True, False, False]),
        ("1 < a <= 3", [False, True, True]),
        ("a == 2 or a == 3", [False, True, True]),
        ("a > 1 and b > 0 and a > 0", [False, False, True]),
        ("not a > 1", [True, False, False]),
        ("a != 2", [True, False, True]),
        ("config == 'A'", [True, False, True]),
        ("case('B', A=a, B=2 * a)", [2, 4, 6]),
        ("[a, b]", np.stack([A, B])),
        ("(a, 1)", np.stack([A, [1, 1, 1]])),
        ("[[a, 0], [1, b]]", [[A, [0, 0, 0]], [[1, 1, 1], B]]),
        ("sum(m)", MATRIX.sum(axis=(0, 1))),
        ("max(m) - min(m)", [9, 9, 9]),
        ("m * a", MATRIX * A),
        ("flip(m)", MATRIX[::-1, ::-1]),
        ("conv2d(m, m, padding=1)", OPS["conv2d"].call(MATRIX, MATRIX, padding=1)),
        ("True", [1, 1, 1]),
        ("# a comment\na", A),
    ],
)
def test_values(source, expected):
    np.testing.assert_array_equal(value_of(source), expected)


def test_integers_stay_integers_and_division_does_not():
    assert value_of("a * 2 + 1").dtype == np.int64
    assert value_of("a ** 3").dtype == np.int64
    assert value_of("a // 2").dtype == np.int64
    assert value_of("a / 1").dtype == np.float64
    assert value_of("2").dtype == np.int64


@pytest.mark.parametrize("source", ["10 ** 18 * 10 ** 18", "9 ** 64", "2 ** 63", "a * 10 ** 18 * 100"])
def test_whole_numbers_never_wrap_round(source):
    exact = eval(source, {"a": 3})
    try:
        value = value_of(source)
    except (QuizgenError, ValueError, OverflowError):
        return
    assert float(np.ravel(value)[-1]) == pytest.approx(float(exact), rel=1e-12)


def test_a_constant_becomes_a_column_per_variant():
    assert value_of("5").shape == (3,)
    assert value_of("[1, 2]").shape == (2, 3)
    assert spread(np.float64(2.0), 4).shape == (4,)
    assert spread(np.ones((2, 1)), 4).shape == (2, 4)
    assert spread("text", 4) == "text"


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.sampled_from(["a", "b", "1", "2", "0.5"]),
        lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        max_leaves=12,
    )
)
def test_arithmetic_is_that_of_python(source):
    expected = [eval(source, {"a": int(a), "b": float(b)}) for a, b in zip(A, B, strict=True)]
    np.testing.assert_allclose(value_of(source), expected, rtol=1e-12, atol=1e-12)


# namespaces


def test_a_step_may_be_called_like_an_op():
    formula = compile_expression("relu(relu) + max")
    assert formula.names == {"relu", "max"}
    assert formula.calls == {"relu"}
    np.testing.assert_array_equal(formula.evaluate({"relu": np.array([-1, 2]), "max": np.array([5, 5])}, 2), [5, 7])


def test_inside_net_a_call_is_a_layer():
    network = value_of("net(conv(a, 3, padding=1), relu(), pool(2), flatten(), dense(10))")
    assert isinstance(network, Network)
    assert compile_expression("net(flatten(), dense(sum(m)))").calls == {"net", "flatten", "dense", "sum"}
    assert [layer.kind for layer in network.layers] == ["conv", "relu", "max pool", "flatten", "dense"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("dense(10)", "there is no op 'dense'"),
        ("conv(64, 3)", "there is no op 'conv'"),
        ("net(conv2d(a, b))", "there is no op 'conv2d'. Did you mean 'conv'?"),
        ("1 + integers(1, 2)", "there is no op 'integers'"),
        ("flaten(m)", "there is no op 'flaten'. Did you mean 'flatten'?"),
        ("conv2d(m)", "conv2d(...): missing a required argument: 'kernel'."),
        ("relu(a, b)", "relu(...): too many positional arguments."),
        ("max_pool(m, window=2, windw=2)", "max_pool(...): got an unexpected keyword argument 'windw'."),
    ],
)
def test_calls_that_are_refused(source, message):
    with pytest.raises(QuizgenError) as caught:
        compile_expression(source)
    assert str(caught.value).startswith(message)


def test_the_same_argument_twice_is_refused():
    with pytest.raises(QuizgenError):
        compile_expression("conv2d(m, m, padding=1, padding=0)")


def test_draws_have_a_table_of_their_own():
    assert compile_expression("integers(1, 2)", table=DRAWERS).calls == {"integers"}
    with pytest.raises(QuizgenError, match="there is no op 'relu'"):
        compile_expression("relu(3)", table=DRAWERS)
    assert compile_expression("integers(1, max(v))", table=DRAWERS).calls == {"integers", "max"}


def test_static_names_are_those_of_static_arguments():
    formula = compile_expression("conv2d(image, kernel, padding=p, stride=maximum(s, t)) + max_pool(image, w)")
    assert formula.static_names == {"p", "s", "t", "w"}
    assert compile_expression("case(config, A=a, B=b)").static_names == {"config"}
    assert compile_expression("net(conv(width, size))").static_names == frozenset()
    assert compile_expression("reshape(v, (rows, 2))").static_names == {"rows"}


def test_static_arguments_become_plain_whole_numbers():
    image = np.arange(16).reshape(4, 4, 1) * np.ones(3, dtype=int)
    names = {"image": image, "k": np.array([2.0, 2.0, 2.0])}
    assert compile_expression("max_pool(image, k)").evaluate(names, 3).shape == (2, 2, 3)
    with pytest.raises(ValueError, match=r"a whole number is needed where 1\.5 stands"):
        compile_expression("max_pool(image, 3 / 2)").evaluate(names, 3)


# what is not in the language

HOSTILE = [
    "__import__('os').system('true')",
    "().__class__.__bases__",
    "a.__class__",
    "a.tofile('x')",
    "(lambda: 1)()",
    "lambda: 1",
    "a[0]",
    "m[:, 0]",
    "[x for x in a]",
    "sum(x for x in a)",
    "{x for x in a}",
    "{1: 2}",
    "{x: x for x in a}",
    "{1, 2}",
    "{}",
    "[]",
    "()",
    "f'{a}'",
    "b'bytes'",
    "(x := 3)",
    "a if b else 1",
    "a is b",
    "a in [1, 2]",
    "a not in b",
    "a @ m",
    "a << 60",
    "1 << 1000000000",
    "a | b",
    "a & b",
    "a ^ b",
    "~a",
    "*a",
    "relu(*a)",
    "relu(**a)",
    "yield",
    "(yield a)",
    "(yield from a)",
    "await a",
    "None",
    "...",
    "1j",
    "exec('1')",
    "eval('1')",
    "open('x')",
    "print(1)",
    "getattr(a, 'b')",
    "relu.__call__(a)",
    "(relu)(a)(a)",
    "relu(a)(a)",
    "9 ** 9 ** 9",
    "(9 ** 9) ** (9 ** 9)",
    "2 ** (a ** a)",
    "2 ** 65",
    "2 ** (1000000 * a)",
    "2 ** -65",
    "1" * 19,
    "1" * 1900,
    "1e400",
    "1e300",
    "0x" + "f" * 100,
    "(" * 900 + "a" + ")" * 900,
    "[" * 150 + "a" + "]" * 150 + "+" + "+".join(["a"] * 200),
    "-" * 1900 + "a",
    "not " * 400 + "a",
    "a" + " + a" * 400,
    "a" + " < a" * 400,
    "relu(" * 300 + "a" + ")" * 300,
    "a" * 2001,
    "'" + "x" * 2500 + "'",
    "",
    "   ",
    "#",
    "a b",
    "a;b",
    "a = 1",
    "import os",
    "a\x00b",
    "\ud800",
    "a\nb",
    "case('\\d', A=1) == ",
    "1_",
    "0777",
]


@pytest.mark.parametrize("source", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("table", [OPS, DRAWERS], ids=["step", "draw"])
def test_hostile_text_is_refused(source, table):
    with pytest.raises(QuizgenError) as caught:
        compile_expression(source, where="bad.md:7", table=table)
    assert str(caught.value).startswith("bad.md:7: ")
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


TOKENS = ["a", "1", "2.5", "(", ")", "[", "]", ",", ".", "+", "**", "relu", "lambda", ":", "=", "<", "'", "{", "not"]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80) | st.lists(st.sampled_from(TOKENS)).map(" ".join))
def test_any_text_compiles_or_is_refused(source):
    with contextlib.suppress(QuizgenError):
        compile_expression(source)


def test_every_kind_of_node_was_thought_of():
    allowed = {"Constant", "Name", "BinOp", "UnaryOp", "BoolOp", "Compare", "List", "Tuple", "Call"}
    only_inside_others = {"expr", "FormattedValue", "Starred", "Slice", "Interpolation", "TemplateStr"}
    tried = {type(node).__name__ for text in HOSTILE for node in _walked(text)}
    assert {kind.__name__ for kind in ast.expr.__subclasses__()} <= allowed | only_inside_others | tried
    assert {kind.__name__ for kind in ast.operator.__subclasses__()} <= tried | {
        "Add", "Sub", "Mult", "Div", "FloorDiv", "Mod", "Pow", "RShift",
    }  # fmt: skip


def _walked(text):
    try:
        return list(ast.walk(ast.parse(text.strip(), mode="eval")))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def test_limits_are_where_they_are_said_to_be():
    assert compile_expression("a" + " " * (MAX_SOURCE - 2) + "\n").names == {"a"}
    with pytest.raises(QuizgenError, match="2,001 characters; the limit is 2,000"):
        compile_expression("a" * (MAX_SOURCE + 1))
    compile_expression("+".join(["a"] * (MAX_NODES // 4)))
    with pytest.raises(QuizgenError, match=f"the limit is {MAX_NODES}. Split it into steps"):
        compile_expression("+".join(["a"] * (MAX_NODES // 2)))
    assert value_of(f"1.0 ** {MAX_EXPONENT}")[0] == 1.0
    assert value_of("9" * 18)[0] == 10**18 - 1


def test_a_drawn_exponent_beyond_the_limit_gives_no_number():
    names = {"x": np.array([2.0, 2.0, 2.0]), "k": np.array([3, 65, -65])}
    np.testing.assert_array_equal(compile_expression("x ** k").evaluate(names, 3), [8, np.nan, np.nan])


@pytest.mark.parametrize("source", ["'ab' + 'cd'", "'a' * 1000000000", "-'a'", "sum('abc')", "'a' < 3"])
def test_no_arithmetic_with_texts(source):
    with pytest.raises((ValueError, TypeError)):
        value_of(source)


@pytest.mark.parametrize("operator", ["+", "*", "<", "**"])
def test_operators_keep_to_the_limit_of_numbers_per_variant(operator):
    names = {"v": np.ones((2_000, 2)), "w": np.ones((2_000, 1, 2))}
    with pytest.raises(ValueError, match=r"4,000,000 numbers per variant; the limit is 65,536"):
        compile_expression(f"v {operator} w").evaluate(names, 2)


@pytest.mark.parametrize(
    "source",
    ["pad(m, 1000000)", "one_hot(1, 1000000000)", "reshape(m, (1000000, 1000000))", "correlation_matrix(m, 1000000)"],
)
def test_ops_refuse_billions_of_numbers(source):
    with pytest.raises(ValueError, match=r"\w"):
        value_of(source)


def test_division_by_zero_is_quiet():
    np.testing.assert_array_equal(value_of("1 / (a - 1)"), [np.inf, 1, 0.5])
    np.testing.assert_array_equal(value_of("ln(0) + sqrt(-1)"), [np.nan] * 3)


@pytest.mark.parametrize("source", ["config == '\\d'", "(1)(2)", "'a' is 'b'", "1if a else 2", "0x1for x in a"])
def test_compiling_warns_nobody(source):
    with warnings.catch_warnings(record=True) as caught, contextlib.suppress(QuizgenError):
        warnings.simplefilter("always")
        compile_expression(source)
    assert [str(warning.message) for warning in caught] == []


# comparisons too close to call


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ("0.1 + 0.2 > 0.3", False),  # only by a rounding error
        ("0.1 + 0.2 <= 0.3", False),
        ("0.1 + 0.2 == 0.3", False),
        ("0.1 + 0.2 != 0.3", False),
        ("not 0.1 + 0.2 == 0.3", False),
        ("1 + 1e-10 > 1", False),
        ("1 + 1e-8 > 1", True),
        ("1e6 + 1e-4 > 1e6", False),  # the border is relative
        ("1e-10 > 0", False),  # and at least 1e-9
        ("1e-8 > 0", True),
        ("0.5 == 0.5", True),  # equal to the last bit is no border
        ("0.5 <= 0.5", True),
        ("2 < 3", True),
        ("3 < 2", False),
        ("1 < 2 < 2 + 1e-12", False),
        ("2 > 1 or 1 + 1e-12 > 1", False),  # a border anywhere decides
        ("all([2, 1 + 1e-12] > 1)", False),
        ("sum([2, 3] > 1) == 2", True),
        ("'A' == 'A'", True),
        ("1", True),
        ("0", False),
    ],
)
def test_a_condition_holds_only_beyond_rounding(source, holds):
    assert compile_expression(source).holds({}, 2).tolist() == [holds, holds]


def test_the_border_is_found_column_by_column():
    x = np.array([1.0, 1.0 + 1e-12, 2.0, 0.5])
    assert compile_expression("x >= 1").holds({"x": x}, 4).tolist() == [True, False, True, False]
    image = np.stack([x, np.full(4, 3.0)])
    assert compile_expression("all(image >= 1)").holds({"image": image}, 4).tolist() == [True, False, True, False]
    assert compile_expression("any(image > 2)").holds({"image": image}, 4).tolist() == [True] * 4
    assert compile_expression("1 <= x < 2").holds({"x": x}, 4).tolist() == [True, False, False, False]


@settings(max_examples=80, deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_of_two_opposite_conditions_never_both_hold(a, b):
    names = {"a": np.array([a]), "b": np.array([b])}
    above, below, same = (bool(compile_expression(f"a {op} b").holds(names, 1)[0]) for op in (">", "<=", "=="))
    assert not (above and below)
    close = a != b and abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b))
    assert (above or below) == (not close)
    assert same == (a == b)


def test_a_condition_gives_one_truth_value_per_variant():
    with pytest.raises(ValueError, match=r"wrap it in all\(\.\.\.\) or any\(\.\.\.\)"):
        compile_expression("m > 1").holds(NAMES, 3)
