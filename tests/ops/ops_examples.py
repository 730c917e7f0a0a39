"""For every op of the table: columns of arguments and calls, on which the laws of all ops are tested."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from quizgen.ops import LAYERS, OPS, shapes

N = 500


@dataclass(frozen=True)
class Example:
    """An op's name, how it is called with columns, the columns, and whether whole numbers must stay whole."""

    name: str
    call: Callable[..., Any]
    arguments: tuple[np.ndarray, ...]
    whole: bool = False


def reals(*shape):
    """Floats of many sizes, with zeros of both signs and with ties."""
    rng = np.random.default_rng([7, *shape])
    x = rng.normal(size=(*shape, N)) * 10.0 ** rng.integers(-3, 4, size=(*shape, N))
    x[rng.random(x.shape) < 0.1] = 0.0
    x[rng.random(x.shape) < 0.1] = -0.0
    x[rng.random(x.shape) < 0.1] = 0.3
    return x


def ints(*shape, low=-4, high=5):
    return np.random.default_rng([8, *shape]).integers(low, high, size=(*shape, N))


def positive(*shape):
    return np.abs(reals(*shape)) + 0.1


def probabilities(*shape):
    return np.random.default_rng([9, *shape]).uniform(0.01, 0.99, size=(*shape, N))


def one_hots(classes):
    return np.eye(classes, dtype=int)[:, ints(low=0, high=classes)]


def truths(*shape):
    return reals(*shape) > 0


def op(name, *arguments, whole=False, **static):
    """Return an example that calls the op with the columns and these static arguments."""
    return Example(name, lambda *columns: OPS[name].call(*columns, **static), arguments, whole)


def on_network(name, *arguments, with_input=True):
    """Return an example of an op on a network whose filters, kernels, units and input differ by column."""

    def call(filters, kernel, units, *image):
        return OPS[name].call(network(filters, kernel, units), *image)

    columns = (ints(low=1, high=9), ints(low=1, high=4), ints(low=1, high=99))
    return Example(name, call, columns + ((ints(3, low=16, high=30),) if with_input else ()), True)


def network(filters, kernel, units):
    layer = {name: LAYERS[name].call for name in LAYERS}
    return OPS["net"].call(
        layer["conv"](filters, kernel, padding=1),
        layer["relu"](),
        layer["pool"](2),
        layer["conv"](7, 3, stride=kernel),
        layer["sigmoid"](),
        layer["mean_pool"](2, stride=1),
        layer["flatten"](),
        layer["dense"](units),
        layer["softmax"](),
    )


def both(name, *shapes_of, **static):
    """Return an example with floats and one with whole numbers that must stay whole."""
    return (
        op(name, *(reals(*shape) for shape in shapes_of), **static),
        op(name, *(ints(*shape) for shape in shapes_of), whole=True, **static),
    )


SIDE, SMALL = ints(low=8, high=30), ints(low=1, high=5)
STRIDE, PADDING = ints(low=1, high=4), ints(low=0, high=3)

EXAMPLES: tuple[Example, ...] = (
    # sizes
    op("conv_size", SIDE, SMALL, STRIDE, PADDING, whole=True),
    op("conv_size", positive(), positive(), positive()),
    op("pool_size", SIDE, SMALL, whole=True),
    op("pool_size", SIDE, SMALL, STRIDE, PADDING, whole=True),
    op("transposed_conv_size", SIDE, SMALL, STRIDE, whole=True),
    op("receptive_field", ints(4, low=1, high=6), ints(4, low=1, high=4), whole=True),
    op("receptive_field", ints(4, low=1, high=6), ints(low=1, high=4), whole=True),
    # convolution
    *both("conv2d", (4, 4), (3, 3), padding=1),
    *both("conv2d", (1, 1), (1, 1)),
    *both("conv2d", (9, 7), (3, 2), stride=(2, 1), padding=(1, 2), dilation=2),
    *both("conv2d", (6, 5, 3), (2, 3, 3, 4), stride=2, padding=1),
    *both("conv2d", (6, 5, 1), (2, 3, 1, 1)),
    Example("conv2d", lambda x, w, b: OPS["conv2d"].call(x, w, bias=b), (reals(4, 4), reals(2, 2), reals())),
    Example("conv2d", lambda x, w, b: OPS["conv2d"].call(x, w, bias=b),
            (ints(4, 4, 2), ints(2, 2, 2, 3), ints(3)), True),
    op("conv2d", reals(4, 4), ints(3, 3), padding=1),
    op("conv2d", ints(4, 4, 2), reals(3, 3, 2, 2), padding=1),
    *both("conv2d_filter_gradient", (4, 4), (4, 4), padding=1),
    *both("conv2d_filter_gradient", (9, 8, 2), (4, 4, 3), stride=2, size=2),
    op("conv2d_filter_gradient", ints(4, 4), reals(2, 2)),
    *both("conv2d_input_gradient", (4, 4), (3, 3), padding=1),
    *both("conv2d_input_gradient", (3, 2, 4), (2, 3, 3, 4), stride=2, dilation=2),
    op("conv2d_input_gradient", reals(4, 4), ints(3, 3)),
    *both("correlation_matrix", (2, 2), size=3),
    *both("transposed_convolution_matrix", (2, 3), size=(4, 5)),
    # pooling
    *both("max_pool", (4, 4), window=2),
    *both("max_pool", (7, 5, 2), window=3, stride=2, padding=1),
    op("mean_pool", reals(4, 4), window=2),
    op("mean_pool", ints(7, 5, 2), window=3, stride=2, padding=1),
    *both("max_pool_gradient", (4, 4), (2, 2), window=2),
    *both("max_pool_gradient", (7, 5, 2), (3, 2, 2), window=3, stride=2),
    # activations
    *both("relu", (4, 4)),
    *both("relu_gradient", (4,)),
    op("sigmoid", reals(5)),
    op("sigmoid", ints(), whole=False),
    op("sigmoid_gradient", reals(5)),
    op("sigmoid_gradient", reals()),
    op("softmax", reals(5)),
    op("softmax", ints(1)),
    op("softmax_jacobian", probabilities(4)),
    # dense
    *both("affine", (3, 17), (17,), (3,)),
    *both("affine", (1, 1), (1,), ()),
    *both("affine_input_gradient", (17, 3), (17,)),
    *both("outer", (3,), (4,)),
    *both("matmul", (3, 17), (17, 2)),
    *both("matmul", (3, 17), (17,)),
    op("matmul", ints(3, 4), reals(4, 2)),
    *both("transpose", (3, 2)),
    *both("sgd_step", (3, 2), (3, 2), ()),
    # shaping
    *both("flatten", (3, 2)),
    *both("flatten", (3, 2, 4), order="columns"),
    *both("reshape", (6,), shape=(2, 3)),
    *both("flip", (3, 2)),
    *both("flip", (3,)),
    *both("pad", (3, 2), amount=1),
    *both("pad", (3, 2, 2), amount=(1, 2), mode="edge"),
    *both("stack", (), (), ()),
    *both("stack", (2,), (2,)),
    op("stack", reals(), ints()),
    *both("join", (2,), (3,)),
    op("join", reals(2), ints(3)),
    # positions
    op("one_hot", ints(low=1, high=4), whole=True, classes=3),
    op("at", reals(5), ints(low=1, high=6)),
    op("at", ints(5), ints(2, low=1, high=6), whole=True),
    op("at", ints(5), whole=True, positions=(3, 1)),
    op("at", reals(5), positions=2),
    op("argmax", reals(5), whole=True),
    op("argmax", ints(5), whole=True),
    # losses
    op("cross_entropy", probabilities(4), one_hots(4)),
    op("cross_entropy_gradient", probabilities(4), one_hots(4)),
    op("binary_cross_entropy", probabilities(), ints(low=0, high=2)),
    op("binary_cross_entropy_gradient", probabilities(), ints(low=0, high=2)),
    *both("squared_error", (9,), (9,)),
    *both("squared_error_gradient", (9,), (9,)),
    # elementwise
    *both("abs", (3,)),
    op("sqrt", positive(3)),
    op("exp", reals(3)),
    op("exp", reals()),
    op("ln", positive(3)),
    op("ln", positive()),
    op("log2", positive()),
    op("log10", positive()),
    *both("floor", (3,)),
    *both("ceil", ()),
    *both("round", (3,)),
    *both("sign", ()),
    *both("minimum", (3,), ()),
    *both("maximum", (3,), (3,)),
    op("maximum", ints(3), reals(3)),
    op("where", truths(3), reals(3), reals()),
    op("where", truths(), ints(3), ints(3), whole=True),
    op("power", positive(3), reals()),
    op("power", positive(), ints(low=-2, high=3)),
    op("power", positive(3), np.full(N, 2.0)),
    op("power", positive(), np.full(N, 0.5)),
    op("power", ints(), ints(low=-2, high=3)),
    op("power", ints(3), ints(low=0, high=9), whole=True),
    op("power", ints(low=90, high=99), ints(low=0, high=14)),
    Example("case", lambda a, b: OPS["case"].call("same", same=a, valid=b), (reals(3), reals(3))),
    # reductions
    *both("sum", (4, 4)),
    *both("sum", (99,)),
    *both("sum", ()),
    op("sum", truths(3, 3), whole=True),
    *both("prod", (5,)),
    *both("max", (4, 4)),
    *both("min", (2, 3, 2)),
    op("mean", reals(99)),
    op("mean", ints(4, 4)),
    op("any", truths(3, 3)),
    op("all", truths(2)),
    op("all", ints()),
    op("count", truths(3, 3), whole=True),
    op("count", reals(3), whole=True),
    # networks
    Example("net", lambda *columns: shapes(network(*columns), (24, 20, 3)),
            (ints(low=1, high=9), ints(low=1, high=4), ints(low=1, high=99)), True),
    Example("vgg", lambda w, k: shapes(OPS["vgg"].call("C", width=w, classes=k), (64, 64, 3)),
            (ints(low=1, high=99), ints(low=2, high=99)), True),
    on_network("shapes"),
    on_network("map_sizes"),
    on_network("parameters"),
    on_network("multiplications"),
    on_network("kernels", with_input=False),
    on_network("fan_in"),
    on_network("fan_out", with_input=False),
)  # fmt: skip
