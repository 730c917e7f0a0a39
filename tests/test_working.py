"""Workings: how each op explains itself with the numbers put in, and `<<step: working>>` in a solution."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizgen.bank.problemfile import read_problem
from quizgen.errors import QuizgenError
from quizgen.language.expr import compile_expression
from quizgen.language.template import parse_template
from quizgen.ops import OPS
from quizgen.render import fill
from quizgen.render.explained import EXPLAINED
from quizgen.render.lines import FULL_CELLS, LINE_WIDTH, LONG_SUM, MAX_TERMS
from quizgen.render.numbers import is_shortened, shortened
from quizgen.render.shown import EXACT, cell_of, named
from quizgen.render.symbols import symbolic
from quizgen.render.working import Telling
from quizgen.render.working import paragraphs as paragraphs_of
from quizgen.render.writers import Writers
from quizgen.world.values import Value
from quizgen.world.worlds import world


def column(value):
    return np.asarray(value)[..., None]


def told(source, left="y", exact=True, **values):
    """The working of an expression, with these values of its names."""
    writers = Writers(dict.fromkeys(values, EXACT) if exact else {})
    columns = {name: column(value) for name, value in values.items()}
    (blocks,) = Telling(columns, 1, writers).of(compile_expression(source).tree, left and named(left))
    return paragraphs_of(blocks, set())


def unbroken(text):
    """Long lines of mathematics put together again."""
    return re.sub(r" \\\\\n&(?:\\quad )?", " ", text)


def paragraphs(*texts):
    return "\n\n".join(texts)


def assert_balanced(text):
    """Every `$$`, brace, \\left and \\begin has its partner, and no paragraph ends inside mathematics."""
    for paragraph in text.split("\n\n"):
        assert paragraph.count("$$") in (0, 2), paragraph
        assert paragraph.replace("$$", "").count("$") % 2 == 0, paragraph
        depth = 0
        for sign in re.findall(r"(?<!\\)[{}]", paragraph):
            depth += 1 if sign == "{" else -1
            assert depth >= 0, paragraph
        assert depth == 0, paragraph
        assert len(re.findall(r"\\left\b", paragraph)) == len(re.findall(r"\\right\b", paragraph)), paragraph
        opened = []
        for word, name in re.findall(r"\\(begin|end)\{(\w+)\}", paragraph):
            assert word == "begin" or opened.pop() == name, paragraph
            opened += [name] if word == "begin" else []
        assert opened == []
        assert not re.search(r"_\{[^{}]*\}_", paragraph), paragraph  # a double subscript stops TeX
        assert not re.search(r"[-+] -|cdot -", paragraph), paragraph


# every op

IMAGE = [[3, 2, 3, 4], [4, 0, 1, 4], [3, 1, 2, -3], [4, 3, 4, 4]]
KERNEL = [[0, 1, -2], [0, 1, 0], [-1, 0, 2]]
DEEP = np.arange(-12, 12).reshape(3, 4, 2)
FILTERS = np.arange(-8, 16).reshape(2, 2, 2, 3)
MAPS = "conv(f, 3, padding=1), relu(), pool(2), mean_pool(2, stride=1)"
NETWORK = f"net({MAPS}, flatten(), sigmoid(), dense(10), softmax())"
ANYTHING = ([[-1.5, 2.0], [0.0, 1e-7]], -2.25, 0.5)

CALLS = {
    "conv_size": [("conv_size(w, 7, s, 0)", {"w": 224, "s": 2}), ("conv_size(w, 3, dilation=2)", {"w": [10, 12]})],
    "pool_size": [("pool_size(w, 2)", {"w": 7}), ("pool_size(w, 3, 2, 1)", {"w": 7})],
    "transposed_conv_size": [("transposed_conv_size(w, 4, 2, 1, output_padding=1)", {"w": 7})],
    "receptive_field": [("receptive_field(k, s)", {"k": [3, 2, 3], "s": [1, 2, 1]}), ("receptive_field([3, 2])", {})],
    "conv2d": [
        ("conv2d(x, k, padding=1, bias=b)", {"x": IMAGE, "k": KERNEL, "b": -1}),
        ("conv2d(x, k, stride=(1, 2), padding=(1, 0))", {"x": DEEP, "k": FILTERS}),
        ("conv2d(x, k, bias=b)", {"x": DEEP, "k": FILTERS, "b": [1, -1, 0]}),
        ("conv2d(x, k, padding=2)", {"x": [[1]], "k": [[2]]}),
    ],
    "conv2d_filter_gradient": [
        ("conv2d_filter_gradient(x, g)", {"x": IMAGE, "g": KERNEL}),
        ("conv2d_filter_gradient(x, g, size=2)", {"x": DEEP, "g": np.ones((2, 3, 2))}),
    ],
    "conv2d_input_gradient": [
        ("conv2d_input_gradient(g, k)", {"g": [[1, -2], [0, 0.5]], "k": KERNEL}),
        ("conv2d_input_gradient(g, k, stride=2)", {"g": np.ones((2, 3, 3)), "k": FILTERS}),
    ],
    "correlation_matrix": [("correlation_matrix(g, 3)", {"g": [[1, -2], [0, 0.5]]})],
    "transposed_convolution_matrix": [("transposed_convolution_matrix(g, (3, 4))", {"g": [[1, -2], [0, 0.5]]})],
    "max_pool": [("max_pool(x, 2)", {"x": IMAGE}), ("max_pool(x, 2, stride=1, padding=1)", {"x": DEEP})],
    "mean_pool": [("mean_pool(x, 2)", {"x": IMAGE}), ("mean_pool(x, 2, padding=1)", {"x": DEEP})],
    "max_pool_gradient": [
        ("max_pool_gradient(x, g, 2)", {"x": IMAGE, "g": [[1, -2], [0, 0.5]]}),
        ("max_pool_gradient(x, g, 2, stride=1)", {"x": DEEP, "g": np.ones((2, 3, 2))}),
    ],
    "softmax": [("softmax(z)", {"z": [1, -2, 0.5]}), ("softmax(z)", {"z": [700, -2]}), ("softmax(z)", {"z": [0]})],
    "softmax_jacobian": [("softmax_jacobian(p)", {"p": [0.25, 0.75]})],
    "affine": [
        ("affine(W, x, b)", {"W": [[1, 2], [-3, 4]], "x": [1, -1], "b": [0.5, -1]}),
        ("affine(W, x)", {"W": [[1, 2], [-3, 4]], "x": [1, -1]}),
        ("affine(W, x, -1)", {"W": [[1, 2], [-3, 4]], "x": [1, -1]}),
    ],
    "affine_input_gradient": [("affine_input_gradient(W, g)", {"W": [[1, 2], [-3, 4]], "g": [1, -1]})],
    "outer": [("outer(a, b)", {"a": [1, -2], "b": [0.5, 3]})],
    "matmul": [("matmul(a, b)", {"a": KERNEL, "b": [1, -1, 0]}), ("matmul(a, a)", {"a": KERNEL})],
    "transpose": [("transpose(a)", {"a": KERNEL})],
    "sgd_step": [("sgd_step(a, a, 0.1)", {"a": KERNEL}), ("sgd_step(-2, g, 0.1)", {"g": -1})],
    "flatten": [("flatten(a)", {"a": KERNEL}), ('flatten(a, order="columns")', {"a": DEEP})],
    "reshape": [("reshape(a, (1, 9))", {"a": KERNEL})],
    "flip": [("flip(a)", {"a": KERNEL})],
    "pad": [("pad(a, 1)", {"a": KERNEL}), ('pad(a, (0, 1), "edge")', {"a": DEEP})],
    "stack": [("stack(a, b)", {"a": [1, -2], "b": [0, 0.5]}), ("[a, 2, -3]", {"a": 1}), ("[a + 1, 2]", {"a": 1})],
    "join": [("join(a, [1, 2])", {"a": [1, -2]})],
    "one_hot": [("one_hot(k, 3)", {"k": 2})],
    "at": [("at(v, 2)", {"v": [1, -2]}), ("at(v, (2, 1))", {"v": [1, -2]}), ("at(v, k)", {"v": [1, -2], "k": 1})],
    "argmax": [("argmax(v)", {"v": [1, -2]})],
    "cross_entropy": [
        ("cross_entropy(p, t)", {"p": [0.2, 0.8], "t": [0, 1]}),
        ("cross_entropy(p, t)", {"p": [0.2, 0.8], "t": [0.5, 0.5]}),
    ],
    "cross_entropy_gradient": [("cross_entropy_gradient(p, t)", {"p": [0.2, 0.8], "t": [0, 1]})],
    "binary_cross_entropy": [
        ("binary_cross_entropy(p, y)", {"p": 0.634136, "y": 1}),
        ("binary_cross_entropy(p, y)", {"p": [0.5, 0.25, 0.125], "y": [0, 1, 0.5]}),
    ],
    "binary_cross_entropy_gradient": [("binary_cross_entropy_gradient(p, y)", {"p": 0.5, "y": 1})],
    "squared_error": [("squared_error(a, y)", {"a": [1, -2], "y": [3, -5]})],
    "squared_error_gradient": [("squared_error_gradient(a, y)", {"a": [1, -2], "y": [3, -5]})],
    "minimum": [("minimum(x, s)", {"x": [1, -3], "s": -2})],
    "maximum": [("maximum(x, s)", {"x": [1, -3], "s": -2})],
    "where": [("where(x > 0, x, 0)", {"x": [1, -3]}), ("where(x > 0 and x < 5, x, -x)", {"x": 2})],
    "power": [("power(x, s)", {"x": [1, -3], "s": -2}), ("power(1e-7, s)", {"s": 2})],
    "case": [("case(k, A=1, B=relu(x))", {"k": "B", "x": [1, -2]}), ("case(k, A=x, B=2)", {"k": "A", "x": [1, -2]})],
    "net": [(NETWORK, {"f": 8})],
    "vgg": [('vgg("A", width=w)', {"w": 8})],
    **{name: [(f"{name}({NETWORK}, (9, 8, 3))", {"f": 8})] for name in ("shapes", "map_sizes", "parameters")},
    **{name: [(f"{name}({NETWORK}, (9, 8, 3))", {"f": 8})] for name in ("multiplications", "fan_in")},
    **{name: [(f"{name}({NETWORK})", {"f": 8})] for name in ("kernels", "fan_out")},
    **{
        name: [(f"{name}(x)", {"x": value}) for value in ANYTHING]
        for name in (
            *("relu", "relu_gradient", "sigmoid", "sigmoid_gradient", "abs", "sqrt", "exp", "ln", "log2", "log10"),
            *("floor", "ceil", "round", "sign", "sum", "prod", "max", "min", "mean", "any", "all", "count"),
        )
    },
}  # fmt: skip


def test_every_op_has_an_example_here():
    assert CALLS.keys() == OPS.keys()
    assert EXPLAINED.keys() <= OPS.keys()


@pytest.mark.parametrize("name", OPS)
@pytest.mark.parametrize("exact", [True, False])
def test_every_op_explains_itself(name, exact):
    for source, values in CALLS[name]:
        text = told(source, exact=exact, **values)
        assert_balanced(text)
        assert text.rpartition("\n\n")[2].startswith(r"$$ \mathrm{y} ")
        assert not re.search(r"nan|inf\b|None|array|[0-9]e[-+]", text)


OWN_WORDS = OPS.keys() - {"case", "net", "vgg", "stack", "kernels", "fan_in", "fan_out"}


def test_most_ops_have_words_of_their_own():
    assert EXPLAINED.keys() == OWN_WORDS


# exact texts


def test_a_layer_size():
    assert told("conv_size(w, k, 2, 1)", "side", w=224, k=7) == paragraphs(
        r"$$ \text{side} = \left\lfloor \frac{\text{size} - \text{kernel} + 2 \cdot \text{padding}}{\text{stride}}"
        r" \right\rfloor + 1 $$",
        r"$$ \mathrm{side} = \left\lfloor \frac{224 - 7 + 2 \cdot 1}{2} \right\rfloor + 1"
        r" = \left\lfloor \frac{219}{2} \right\rfloor + 1 = 109 + 1 = 110 $$",
    )


def test_a_pooled_size_has_no_padding_unless_there_is_one():
    assert r"\left\lfloor \frac{7 - 2}{2} \right\rfloor + 1 = \left\lfloor \frac{5}{2}" in told("pool_size(7, 2)")
    assert r"\left\lfloor \frac{7 - 3 + 2 \cdot 1}{2} \right\rfloor" in told("pool_size(7, 3, 2, 1)")


def test_other_sizes():
    assert r"= (7 - 1) \cdot 2 - 2 \cdot 1 + 4 = 14 $$" in told("transposed_conv_size(7, 4, 2, 1)")
    assert r"= 1 + (3 - 1) + (2 - 1) \cdot 1 + (3 - 1) \cdot 1 \cdot 2 = 8 $$" in told(
        "receptive_field([3, 2, 3], [1, 2, 1])"
    )
    assert r"\frac{10 - \left( 2 \cdot (3 - 1) + 1 \right) + 2 \cdot 0}{1}" in told("conv_size(10, 3, dilation=2)")


def test_a_convolution():
    assert told("conv2d(x, k)", "conv", x=[[0, 4, 0], [4, 0, 3], [1, 4, 0]], k=[[0, 1], [-1, 1]]) == paragraphs(
        "Each cell is the sum of the products of weights and pixels below them.",
        "$$ \\begin{aligned}\n"
        r"\mathrm{conv}_{1,1} &= 0 \cdot 0 + 1 \cdot 4 + (-1) \cdot 4 + 1 \cdot 0 = 0 \\" + "\n"
        r"\mathrm{conv}_{1,2} &= 0 \cdot 4 + 1 \cdot 0 + (-1) \cdot 0 + 1 \cdot 3 = 3 \\" + "\n"
        r"\mathrm{conv}_{2,1} &= 0 \cdot 4 + 1 \cdot 0 + (-1) \cdot 1 + 1 \cdot 4 = 3 \\" + "\n"
        r"\mathrm{conv}_{2,2} &= 0 \cdot 0 + 1 \cdot 3 + (-1) \cdot 4 + 1 \cdot 0 = -1" + "\n"
        "\\end{aligned} $$",
        r"$$ \mathrm{conv} = \begin{bmatrix} 0 & 3 \\ 3 & -1 \end{bmatrix} $$",
    )


def test_products_with_the_padding_are_left_out():
    text = told("conv2d(x, k, padding=1)", x=IMAGE, k=KERNEL)
    assert r"\mathrm{y}_{1,1} &= 1 \cdot 3 + 0 \cdot 2 + 0 \cdot 4 + 2 \cdot 0 = 3 \\" in text
    assert "left out" in text
    assert r"\mathrm{y}_{1,1} &= 0 \\" in told("conv2d(x, k, padding=1)", x=[[1]], k=[[2]])


def test_softmax_of_two():
    assert told("softmax(z)", "p", z=[0, 1]) == paragraphs(
        "$$ \\begin{aligned}\n" + r"e^{0} &= 1 \\" + "\n" + r"e^{1} &\approx 2.7183" + "\n\\end{aligned} $$",
        r"$$ \text{sum} = 1 + 2.7183 \approx 3.7183 $$",
        "$$ \\begin{aligned}\n"
        r"\mathrm{p}_{1} &= \frac{1}{3.7183} \approx 0.2689 \\" + "\n"
        r"\mathrm{p}_{2} &= \frac{2.7183}{3.7183} \approx 0.7311" + "\n"
        "\\end{aligned} $$",
        r"$$ \mathrm{p} \approx \begin{bmatrix} 0.2689 \\ 0.7311 \end{bmatrix} $$",
    )


def test_steep_softmax_takes_the_largest_logit_off():
    text = told("softmax(z)", z=[700, 699])
    assert text.startswith("The largest logit is taken off")
    assert r"e^{699 - 700} &\approx 0.3679" in text


def test_max_pooling():
    assert told("max_pool(x, 2)", "pool", x=IMAGE) == paragraphs(
        "$$ \\begin{aligned}\n"
        r"\mathrm{pool}_{1,1} &= \max( 3, 2, 4, 0 ) = 4 \\" + "\n"
        r"\mathrm{pool}_{1,2} &= \max( 3, 4, 1, 4 ) = 4 \\" + "\n"
        r"\mathrm{pool}_{2,1} &= \max( 3, 1, 4, 3 ) = 4 \\" + "\n"
        r"\mathrm{pool}_{2,2} &= \max( 2, -3, 4, 4 ) = 4" + "\n"
        "\\end{aligned} $$",
        r"$$ \mathrm{pool} = \begin{bmatrix} 4 & 4 \\ 4 & 4 \end{bmatrix} $$",
    )


def test_mean_pooling_counts_the_padding():
    text = told("mean_pool(x, 2, padding=1)", x=[[1, 2], [3, 5]])
    assert r"\mathrm{y}_{1,1} &= \frac{1}{4} = 0.25 \\" in text
    assert r"= \frac{1 + 2 + 3 + 5}{4} = 2.75 $$" in told("mean_pool(x, 2)", x=[[1, 2], [3, 5]])


def test_the_gradient_goes_to_the_first_largest_cell():
    text = told("max_pool_gradient(x, g, 2, 1)", x=[[1, 4, 4], [4, 2, 9]], g=[[7, 5]])
    assert r"\max( 1, 4, 4, 2 ) &= 4 \quad \mathrm{y}_{1,2} \leftarrow 7 \\" in text
    assert r"\max( 4, 4, 2, 9 ) &= 9 \quad \mathrm{y}_{2,3} \leftarrow 5" in text


def test_an_update():
    assert told("sgd_step(W, g, r)", "new", W=[[2, -1]], g=[[-0.8, 0.5]], r=0.1) == paragraphs(
        r"$$ \mathrm{new} = \begin{bmatrix} 2 & -1 \end{bmatrix}"
        r" - 0.1 \cdot \begin{bmatrix} -0.8 & 0.5 \end{bmatrix} $$",
        "$$ \\begin{aligned}\n"
        r"\mathrm{new}_{1,1} &= 2 - 0.1 \cdot (-0.8) = 2.08 \\" + "\n"
        r"\mathrm{new}_{1,2} &= -1 - 0.1 \cdot 0.5 = -1.05" + "\n"
        "\\end{aligned} $$",
        r"$$ \mathrm{new} = \begin{bmatrix} 2.08 & -1.05 \end{bmatrix} $$",
    )


def test_the_parts_come_first():
    assert told("max_pool(relu(conv), 2)", "pool", conv=[[3, -2], [-1, 0]]) == paragraphs(
        r"$$ \mathrm{relu}\left( \mathrm{conv} \right) = \max\left( 0, \begin{bmatrix} 3 & -2 \\ -1 & 0 \end{bmatrix}"
        r" \right) = \begin{bmatrix} 3 & 0 \\ 0 & 0 \end{bmatrix} $$",
        r"$$ \mathrm{pool}_{1,1} = \max( 3, 0, 0, 0 ) = 3 $$",
        r"$$ \mathrm{pool} = \begin{bmatrix} 3 \end{bmatrix} $$",
    )


def test_a_part_is_told_once():
    text = told("sum(relu(x)) + sum(relu(x))", x=[1, -2])
    assert text.count(r"\max") == 1
    assert text.endswith(r"$$ \mathrm{y} = 1 + 1 = 2 $$")


def test_losses():
    assert told("cross_entropy(p, t)", p=[0.2, 0.8], t=[0, 1]).endswith(r"= -\ln( 0.8 ) \approx 0.2231 $$")
    assert told("binary_cross_entropy(p, 0)", p=0.5).endswith(r"= -\ln( 1 - 0.5 ) \approx 0.6931 $$")
    assert told("squared_error(a, y)", a=[1, -2], y=[3, -5]).endswith(
        r"= ( 1 - 3 )^{2} + ( -2 - (-5) )^{2} = 4 + 9 = 13 $$"
    )


def test_a_slope_of_the_sigmoid():
    assert told("sigmoid_gradient(x)", x=-1.5).endswith(
        r"$$ \mathrm{y} = \sigma( -1.5 ) \cdot ( 1 - \sigma( -1.5 ) ) = 0.1824 \cdot ( 1 - 0.1824 ) \approx 0.1491 $$"
    )


def test_dense_layers():
    text = told("affine(W, x, b)", "z", W=[[1, 2], [-3, 4]], x=[1, -1], b=[0.5, -1])
    assert r"\mathrm{z}_{1} &= 1 \cdot 1 + 2 \cdot (-1) + 0.5 = -0.5 \\" in text
    assert r"\mathrm{z}_{2} &= (-3) \cdot 1 + 4 \cdot (-1) - 1 = -8" in text
    assert r"\mathrm{y}_{2,1} &= (-2) \cdot 0.5 = -1 \\" in told("outer(a, b)", a=[1, -2], b=[0.5, 3])


def test_what_follows_from_layers():
    network = "net(conv(8, 3), relu(), pool(2), flatten(), dense(10))"
    text = told(f"parameters({network}, (7, 9, 1))")
    assert r"\mathrm{y}_{1} &= 3^{2} \cdot 1 \cdot 8 + 8 = 80 && \text{conv} \\" in text
    assert r"\mathrm{y}_{2} &= 48 \cdot 10 + 10 = 490 && \text{dense}" in text
    text = told(f"shapes({network}, (7, 9, 1))")
    assert r"\text{flatten} &: 2 \cdot 3 \cdot 8 = 48 \\" in text
    text = told("multiplications(net(conv(20, 3)), (48, 64, 10))")
    assert r"$$ \mathrm{y}_{1} = 46 \cdot 62 \cdot 3^{2} \cdot 10 \cdot 20 = 5133600 \quad \text{conv} $$" in text


def test_sums_and_means():
    assert told("sum(x)", x=[1, -2, 3]) == r"$$ \mathrm{y} = 1 - 2 + 3 = 2 $$"
    assert told("mean(x)", x=[1, -2, 3]) == r"$$ \mathrm{y} = \frac{1 - 2 + 3}{3} \approx 0.6667 $$"
    assert told("prod(x)", x=[2, -2]) == r"$$ \mathrm{y} = 2 \cdot (-2) = -4 $$"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a + b * c", r"2 + (-3) \cdot 0.5 = 0.5"),
        ("(a + b) * c", r"\left( 2 - 3 \right) \cdot 0.5 = -0.5"),
        ("a + b + b", r"2 - 3 - 3 = -4"),
        ("a - b", r"2 - (-3) = 5"),
        ("a + -b", r"2 - (-3) = 5"),
        ("a - (b - c)", r"2 - \left( -3 - 0.5 \right) = 5.5"),
        ("b ** 2 / a", r"\frac{(-3)^{2}}{2} = 4.5"),
        ("(a / c) ** 2", r"\left( \frac{2}{0.5} \right)^{2} = 16"),
        ("7 // a", r"\left\lfloor \frac{7}{2} \right\rfloor = 3"),
        ("7 % a", r"7 \bmod 2 = 1"),
        ("-b", r"-(-3) = 3"),
        ("a / 3", r"\frac{2}{3} \approx 0.6667"),
        ("a > b", r"\left( 2 > -3 \right) = \text{yes}"),
    ],
)
def test_arithmetic(source, text):
    assert told(source, a=2, b=-3, c=0.5) == rf"$$ \mathrm{{y}} = {text} $$"


def test_arithmetic_on_arrays_goes_cell_by_cell():
    text = told("f - r * g", f=[1, 2], r=0.1, g=[0.3, -0.4])
    assert r"\mathrm{y}_{2} &= 2 - 0.1 \cdot (-0.4) = 2.04" in text
    whole = told("f - g", f=[1, 2], g=[3, 4])
    assert whole.count("$$") == 2
    assert r"\mathrm{y}_{1} &= 3 \cdot 3 = 9" in told("f * f", f=[3, 4])  # no product of matrices


def test_names_keep_their_underscores():
    assert symbolic(compile_expression("relu(dz_1)").tree) == r"\mathrm{relu}\left( \mathrm{dz\_1} \right)"


# long ones


def test_beyond_the_first_cells_it_goes_on_like_this():
    image = np.arange(30).reshape(5, 6)
    text = told("conv2d(x, [[2, 1]], padding=(0, 1))", x=image)
    assert text.count("&=") == FULL_CELLS == 16
    assert "And so on for the other cells:" in text
    assert text.rpartition("\n\n")[2].count("bmatrix") == 2  # the whole result comes last
    assert "And so on" not in told("conv2d(x, [[1, 1]])", x=image[:4, :5])


def test_long_convolutions_leave_products_with_0_out():
    sparse = np.where(np.arange(16) % 5 == 0, 2, 0).reshape(4, 4)
    text = told("conv2d_filter_gradient(x, g)", x=np.ones((5, 5)), g=sparse)
    assert r"\mathrm{y}_{1,1} &= 2 \cdot 1 + 2 \cdot 1 + 2 \cdot 1 + 2 \cdot 1 = 8 \\" in text
    assert LEFT_OUT in text
    assert r"\mathrm{y}_{1,1} &= 0 \\" in told("conv2d_filter_gradient(x, g)", x=np.ones((5, 5)), g=0 * sparse)


LEFT_OUT = "Terms that are 0 are left out of long sums."
ROW_OF_9 = [[0, 0, 3, 0, 0, 0, -1, 0, 0]]


@pytest.mark.parametrize(
    ("source", "values", "sum_"),
    [
        ("conv2d(x, k)", {"x": np.eye(3), "k": KERNEL}, r"1 \cdot 1 + 2 \cdot 1 "),
        ("conv2d(x, k, bias=5)", {"x": ROW_OF_9, "k": ROW_OF_9}, r"3 \cdot 3 + (-1) \cdot (-1) + 5 "),
        ("matmul(x, v)", {"x": ROW_OF_9, "v": np.ones(9)}, r"3 \cdot 1 + (-1) \cdot 1 "),
        ("affine(x, v, 2)", {"x": ROW_OF_9, "v": np.ones(9)}, r"3 \cdot 1 + (-1) \cdot 1 + 2 "),
        ("affine_input_gradient(x, v)", {"x": np.transpose(ROW_OF_9), "v": np.ones(9)}, r"3 \cdot 1 + (-1) \cdot 1 "),
        ("sum(x)", {"x": ROW_OF_9}, "3 - 1 "),
        ("mean(x)", {"x": ROW_OF_9}, r"\frac{3 - 1}{9} "),
        ("sum(x * k)", {"x": ROW_OF_9, "k": np.ones((1, 9))}, r"3 \cdot 1 + (-1) \cdot 1 "),
    ],
)  # fmt: skip
def test_zeros_are_left_out_of_long_sums(source, values, sum_):
    text = told(source, **values)
    assert f"= {sum_}" in text
    assert text.count(LEFT_OUT) == 1
    full = told(source, **{name: np.asarray(value) + 7 for name, value in values.items()})
    assert LEFT_OUT not in full


def test_short_sums_keep_their_zeros():
    assert told("sum(x)", x=[1] + [0] * (LONG_SUM - 1)) == r"$$ \mathrm{y} = 1" + " + 0" * (LONG_SUM - 1) + " = 1 $$"
    assert told("sum(x)", x=np.zeros(20)).endswith(r"$$ \mathrm{y} = 0 $$")


def test_the_bias_is_mentioned_if_there_is_one():
    assert "pixels below them, and the bias." in told("conv2d(x, k, bias=1)", x=IMAGE, k=KERNEL)
    assert "pixels below them." in told("conv2d(x, k)", x=IMAGE, k=KERNEL)


@pytest.mark.parametrize(
    ("source", "right"),
    [
        ("sum(a * b) + c", r"0.5 \cdot 0.4 + (-0.6) \cdot 0.3 + 0.3 = 0.32"),
        ("sum(a * b)", r"0.5 \cdot 0.4 + (-0.6) \cdot 0.3 = 0.02"),
        ("c - sum(a * flatten(m))", r"0.3 - \left( 0.5 \cdot 2 + (-0.6) \cdot (-1) \right) = -1.3"),
        ("sum((a - b) ** 2)", r"\left( 0.5 - 0.4 \right)^{2} + \left( -0.6 - 0.3 \right)^{2} = 0.82"),
    ],
)
def test_a_product_of_vectors_takes_one_line(source, right):
    text = told(source, a=[0.5, -0.6], b=[0.4, 0.3], c=0.3, m=[[2, -1]])
    assert text == rf"$$ \mathrm{{y}} = {right} $$"


def test_a_sum_of_many_products_is_told_before():
    many = np.arange(1, FULL_CELLS + 2)
    first, last = told("sum(a * b) + 1", a=many, b=many).split("\n\n")
    assert r"\mathrm{sum}\left( \mathrm{a} \cdot \mathrm{b} \right) &= 1 \cdot 1 + 2 \cdot 2 + " in first
    assert last == r"$$ \mathrm{y} = 1785 + 1 = 1786 $$"


@pytest.mark.parametrize(
    ("source", "cell"),
    [
        ("w", r"\mathrm{w}_{1}"),
        ("w * x", r"\left( \mathrm{w} \cdot \mathrm{x} \right)_{1}"),
        ("relu(w)", r"\mathrm{relu}\left( \mathrm{w} \right)_{1}"),
        ("relu(w) + x", r"\left( \mathrm{relu}\left( \mathrm{w} \right) + \mathrm{x} \right)_{1}"),
        ("x - relu(w)", r"\left( \mathrm{x} - \mathrm{relu}\left( \mathrm{w} \right) \right)_{1}"),
        ("w > x", r"\left( \mathrm{w} > \mathrm{x} \right)_{1}"),
        ("(w + x) * (w - x)",
         r"\left( \left( \mathrm{w} + \mathrm{x} \right) \cdot \left( \mathrm{w} - \mathrm{x} \right) \right)_{1}"),
    ],
)  # fmt: skip
def test_names_of_cells(source, cell):
    assert cell_of(symbolic(compile_expression(source).tree), (0,)) == cell


def test_large_and_sparse_products_stand_as_matrices():
    matrices = r"\begin{bmatrix} 0 & 3 \\ 0 & 0 \end{bmatrix} \odot \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}"
    assert rf"$$ \mathrm{{y}} = {matrices} = " in told("a * b", a=[[0, 3], [0, 0]], b=[[1, 2], [3, 4]])
    assert r"\odot" in told("a * a", a=np.ones((3, 3)))
    assert r"\odot" not in told("a * a", a=np.ones((2, 4)))


def test_another_shape_is_told_with_the_cells():
    assert told("reshape(matmul(M, flatten(x)), (1, 2))", M=[[1, 2], [3, 4]], x=[[5], [6]]) == paragraphs(
        "Each row of the matrix times the vector.",
        "$$ \\begin{aligned}\n"
        r"\mathrm{y}_{1,1} &= 1 \cdot 5 + 2 \cdot 6 = 17 \\" + "\n"
        r"\mathrm{y}_{1,2} &= 3 \cdot 5 + 4 \cdot 6 = 39" + "\n"
        "\\end{aligned} $$",
        r"$$ \mathrm{y} = \begin{bmatrix} 17 & 39 \end{bmatrix} $$",
    )
    assert r"\mathrm{y}_{2,1} &= 0.5 \cdot 3 = 1.5" in told("reshape(s * v, (2, 1))", s=0.5, v=[1, 3])
    columns = told('matmul(M, flatten(x, "columns"))', M=[[1, 2]], x=[[5], [6]])
    assert "column by column" in columns  # of an order that is not the usual one
    assert r"of}\; \mathrm{softmax}\left( \mathrm{z} \right) = " in told("flatten(softmax(z))", z=[0, 0])


def test_calls_without_a_name_are_told_apart():
    text = told("conv2d(x, k) + conv2d(x, l) + relu(x)", x=[[1, -2]], k=[[2]], l=[[3]])
    assert r"\mathrm{conv2d}\left( \mathrm{x}, \mathrm{l} \right)_{1,2} &= 3 \cdot (-2) = -6" in text
    assert r"\mathrm{conv2d}_" not in text
    assert r"\mathrm{conv2d}_{1,2} &= 2 \cdot (-2) = -4" in told("relu(conv2d(x, k))", x=[[1, -2]], k=[[2]])


def test_a_call_without_a_name_goes_by_its_op():
    assert told("conv_size([7, 9], 3)", left="").endswith(
        r"$$ \mathrm{conv\_size} = \begin{bmatrix} 5 \\ 7 \end{bmatrix} $$"
    )
    assert (
        told("relu(x)", left="", x=-1) == r"$$ \mathrm{relu}\left( \mathrm{x} \right) = \max\left( 0, -1 \right) = 0 $$"
    )
    last = told('parameters(vgg("A", width=8), (32, 32, 3))', left="").rpartition("\n\n")[2]
    assert last.startswith(r"$$ \mathrm{parameters} = \begin{bmatrix}")


def test_the_exponential_of_a_sigmoid():
    assert told("sigmoid(x)", x=0.72).endswith(r"= \frac{1}{1 + e^{-0.72}} = \frac{1}{1 + 0.4868} \approx 0.6726 $$")
    assert "infty" not in told("sigmoid(x)", x=-800)


@pytest.mark.parametrize(
    ("y", "text"),
    [
        (0, r"\frac{0.6 - 0}{0.6 \cdot (1 - 0.6)} = \frac{1}{1 - 0.6} = 2.5"),
        (1, r"\frac{0.6 - 1}{0.6 \cdot (1 - 0.6)} = -\frac{1}{0.6} \approx -1.6667"),
        (0.5, r"\frac{0.6 - 0.5}{0.6 \cdot (1 - 0.6)} \approx 0.4167"),
    ],
)
def test_where_a_factor_cancels(y, text):
    assert told("binary_cross_entropy_gradient(p, y)", p=0.6, y=y) == rf"$$ \mathrm{{y}} = {text} $$"


def test_long_lines_are_broken():
    text = told("sum(x)", x=np.full(30, -0.125))
    assert_balanced(text)
    assert text.count("\n&\\quad - 0.125") == 2
    assert r"\mathrm{y} &= -0.125 - 0.125" in text
    assert text.endswith("= -3.75\n\\end{aligned} $$")
    narrow = text.replace(r"\mathrm{y}", "y").replace(r"\quad", " ").split("\n")
    assert max(map(len, narrow)) < LINE_WIDTH + 10
    assert r"\quad" not in told("mean(x)", x=np.ones(30))  # a fraction is not broken


def test_long_sums_are_cut():
    text = unbroken(told("sum(x)", x=np.arange(1, MAX_TERMS + 2)))
    assert rf"+ {MAX_TERMS} + \dots = " in text
    assert r", \dots )" in told("max(x)", x=np.arange(MAX_TERMS + 1))
    assert len(told("sum(x)", x=np.ones((200, 300)))) < 1_000
    assert r"\text{(200 × 300 numbers)}" in told("relu(x)", x=np.ones((200, 300)))


# what is written adds up

ROW = re.compile(r"(?:^|\n|\$\$ )\S+ &?= (.+?) (?:=|\\approx) (\S+)(?: \\\\| \$\$|\n)")


def value_of(tex):
    """A sum of products as a number, computed by the language itself."""
    return float(compile_expression(tex.replace(r"\cdot", "*")).evaluate({}, 1)[0])


@settings(max_examples=60)
@given(
    st.sampled_from(["conv2d", "conv2d_filter_gradient", "conv2d_input_gradient"]),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.tuples(st.integers(1, 2), st.integers(1, 2)),
    st.tuples(st.integers(0, 2), st.integers(0, 2)),
    st.booleans(),
)
def test_sums_of_products_are_those_of_the_op(op, image, window, stride, padding, deep):
    reach = [side + 2 * p - w for side, p, w in zip(image, padding, window, strict=True)]
    if min(reach) < 0:
        return
    positions = [room // step + 1 for room, step in zip(reach, stride, strict=True)]
    rng = np.random.default_rng([*image, *window, *padding])
    more = ((2,), (2, 2), (2,)) if deep else ((), (), ())
    x, k, g = (
        rng.integers(-9, 10, size=(*shape, *extra))
        for shape, extra in zip((image, window, positions), more, strict=True)
    )
    static = f"stride={stride}, padding={padding}"
    source = {
        "conv2d": f"conv2d(x, k, {static})",
        "conv2d_filter_gradient": f"conv2d_filter_gradient(x, g, {static}, size={window})",
        "conv2d_input_gradient": f"conv2d_input_gradient(g, k, {static}, size={image})",
    }[op]
    text = told(source, x=x, k=k, g=g)
    right = compile_expression(source).evaluate({"x": column(x), "k": column(k), "g": column(g)}, 1)[..., 0].ravel()
    rows = [found for found in ROW.findall(unbroken(text)) if "bmatrix" not in found[0]]
    shown = [(value_of(terms), float(result)) for terms, result in rows if r"\dots" not in terms]
    assert all(terms == result for terms, result in shown)
    assert {result for _, result in shown} <= set(right.tolist())
    nothing_left = int((right[:FULL_CELLS] == 0).sum())  # of these only the 0 may stand there
    assert len(shown) >= min(right.size, FULL_CELLS) - nothing_left


@settings(max_examples=100)
@given(st.floats(-1e6, 1e6))
def test_short_numbers_are_near(number):
    text = shortened(number).replace(r" \cdot 10^{", "e").replace("}", "")
    assert float(text) == pytest.approx(number, abs=1e-4 / 2 * 1.001 if abs(number) >= 0.1 else 1e-14, rel=1e-3)
    assert is_shortened(number) or float(text) == pytest.approx(number, rel=1e-8, abs=1e-14)


def test_halves_are_rounded_away_from_zero():
    assert shortened(0.12345) == "0.1235"
    assert shortened(-2.00005) == "-2.0001"


# in a problem

FRONT = """---
title: Tiny
draw: {x: "integers(-3, 3, shape=(2, 2))", a: "decimals(0.00001, 0.00009, step=0.00001)", n: "integers(1, 5)"}
steps: {map: "conv2d(x, [[1]])", turned: transpose(x), third: a / 3, top: max(map), more: top + n, fine: top / 7}
answers: {top: {points: 1}, more: {points: 1}, fine: {points: 1, ask: 6 decimals}}
---
"""


def problem(solution, question=""):
    text = f"{FRONT}# Question\n\n<<x>> <<a>> <<n>> [[top]] [[more]] [[fine]] {question}\n\n# Solution\n\n{solution}\n"
    return read_problem(text, "tiny.md", "tiny")


PARAMS = {
    "x": Value.dense(np.array([[[1, -1], [2, 3]], [[-3, 0], [0, 1]]])),
    "a": Value.dense(np.array([0.00003, 0.00007])),
    "n": Value.dense(np.array([2, 5])),
}


def solved(solution):
    tiny = problem(solution)
    return fill(tiny.solution, tiny, world(tiny, PARAMS), {})


def test_a_step_by_name_for_every_variant():
    assert solved("First: <<top: working>>\n\n<<more: working>>") == [
        "First: $$ \\mathrm{top} = \\max( 1, 2, -3, 0 ) = 2 $$\n\n$$ \\mathrm{more} = 2 + 2 = 4 $$\n",
        "First: $$ \\mathrm{top} = \\max( -1, 3, 0, 1 ) = 3 $$\n\n$$ \\mathrm{more} = 3 + 5 = 8 $$\n",
    ]


def test_an_expression_has_itself_on_the_left():
    assert solved("<<top * n: working>>")[0] == "$$ \\mathrm{top} \\cdot \\mathrm{n} = 2 \\cdot 2 = 4 $$\n"


def test_draws_are_exact_and_what_is_computed_is_short():
    third = r"$$ \mathrm{third} = \frac{0.00007}{3} \approx 2.33333 \cdot 10^{-5} $$"
    assert solved("<<third: working>>")[1] == f"{third}\n"
    assert solved("<<a: working>>")[1] == "$$ \\mathrm{a} = 0.00007 $$\n"


def test_as_many_decimals_as_are_asked():
    assert solved("<<fine: working>>")[0] == "$$ \\mathrm{fine} = \\frac{2}{7} \\approx 0.285714 $$\n"


ASKED = """---
title: Asked
draw: {a: "choice(7)", b: "choice(0.5)"}
steps:
  coarse: a / 30
  fine: a / 9
  half: b * 1
  tiny: a / 900000
  kept: join([coarse], [coarse])
  sums: coarse + fine + half + tiny
  unasked: sums / a
answers:
  coarse: {points: 1, ask: 2 decimals}
  fine: {points: 1, ask: 5 decimals}
  half: {points: 1, ask: 4 decimals}
  tiny: {points: 1, ask: 3 decimals, within: 0.001}
  sums: {points: 1, ask: 1 decimal, within: 0.5}
---
"""


@pytest.mark.parametrize(
    ("hole", "text"),
    [
        ("coarse", r"\mathrm{coarse} = \frac{7}{30} \approx 0.23"),
        ("fine", r"\mathrm{fine} = \frac{7}{9} \approx 0.77778"),
        ("half", r"\mathrm{half} = 0.5 \cdot 1 = 0.5"),
        ("tiny", r"\mathrm{tiny} = \frac{7}{900000} \approx 7.78 \cdot 10^{-6}"),
        ("kept", r"\mathrm{kept} \approx \begin{bmatrix} 0.23 \\ 0.23 \end{bmatrix}"),
        ("sums", r"\mathrm{sums} = 0.23 + 0.77778 + 0.5 + 7.78 \cdot 10^{-6} \approx 1.5"),
        ("unasked", r"\mathrm{unasked} = \frac{1.5}{7} \approx 0.21587"),
    ],
)
def test_a_step_is_written_everywhere_as_it_is_asked(hole, text):
    places = " ".join(f"[[{name}]]" for name in ("coarse", "fine", "half", "tiny", "sums"))
    asked = read_problem(
        f"{ASKED}# Question\n\n<<a>> <<b>> {places}\n\n# Solution\n\n<<{hole}: working>>\n", "a.md", "a"
    )
    params = {"a": Value.dense(np.array([7])), "b": Value.dense(np.array([0.5]))}
    last = fill(asked.solution, asked, world(asked, params), {})[0].strip().rpartition("\n\n")[2]
    assert (
        last.replace(r" = \begin{bmatrix} 0.23 \end{bmatrix}, \; \begin{bmatrix} 0.23 \end{bmatrix}", "")
        == f"$$ {text} $$"
    )


@pytest.mark.parametrize(
    ("number", "decimals", "asked", "text"),
    [
        (0.85196, 4, False, "0.8520"),
        (0.85195, 5, True, "0.85195"),
        (-0.118004, 4, False, "-0.1180"),
        (0.5, 4, True, "0.5"),
        (0.074361, 4, True, "0.0744"),
        (0.074361, 4, False, "0.07436"),
        (0.00006, 4, True, "0.0001"),
        (0.00004321, 4, True, r"4.321 \cdot 10^{-5}"),
        (0.1 + 0.2, 4, True, "0.3"),
        (12.99996, 4, True, "13.0000"),
        (0.4, 0, True, "0.4"),
    ],
)
def test_zeros_say_that_something_was_rounded(number, decimals, asked, text):
    assert shortened(number, decimals, asked) == text


def test_explanations_are_given_once_in_a_solution():
    first, second = solved(
        "<<map: working>>\n\n<<if n > 2>><<conv2d(x, [[2]]): working>><<end>>\n\n<<conv2d(x, [[3]]): working>>"
    )
    for text in (first, second):
        assert text.count("Each cell is the sum of") == 1
    assert second.count(r"\mathrm{conv2d} = ") == 2


def test_inside_a_choice():
    assert solved("<<if n > 2>><<more: working>><<else>>-<<end>>") == [
        "-\n",
        "$$ \\mathrm{more} = 3 + 5 = 8 $$\n",
    ]


def test_what_cannot_be_computed_is_refused_with_its_line():
    tiny = problem("<<at(flatten(x), n): working>>")
    with pytest.raises(QuizgenError, match=r"tiny\.md:\d+: 'at\(.*, n\)' cannot be computed in every"):
        fill(tiny.solution, tiny, world(tiny, PARAMS), {})


def test_a_question_does_not_show_how_the_answer_is_computed():
    for hole in ("<<top: working>>", "<<max(map): working>>", "<<more: working>>"):
        with pytest.raises(QuizgenError, match=r"tiny\.md:\d+: the question shows"):
            problem("", question=hole)
    assert problem("", question="<<turned: working>>")


def test_it_stands_outside_of_mathematics():
    for text in ("$<<x: working>>$", "$$ a = <<x: working>> $$"):
        with pytest.raises(QuizgenError) as caught:
            parse_template(f"\n{text}", "t.md", first_line=7)
        assert str(caught.value) == (
            "t.md:8: <<x: working>> stands inside mathematics. "
            "A working brings its own: write it outside of $...$, as a paragraph of its own."
        )


@pytest.mark.parametrize("shown", ["workings", "worked", "2 workings", "Working"])
def test_other_formats_are_still_unknown(shown):
    with pytest.raises(QuizgenError, match=f"the format '{shown}' is not known"):
        parse_template(f"<<x: {shown}>>", "t.md")
