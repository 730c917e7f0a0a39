"""The table of ops: the name that an author writes, the function behind it, and which arguments are static.

A static argument decides a shape or a formula and is the same plain value for all variants of a call. Of a
varargs op no argument but the named ones is static.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from quizgen.ops import (
    activations,
    architecture,
    convolution,
    dense,
    elementwise,
    losses,
    networks,
    pooling,
    positions,
    reductions,
    shaping,
    sizes,
)

Work: TypeAlias = Literal["cells", "reads", "products", "free"]


@dataclass(frozen=True)
class Op:
    """An op: its public name, its function, the names of its static arguments, and how its work is counted.

    `work`: `cells`, one operation for each number of the result; `reads`, one for each number of the first argument;
    `products`, sums of products of the first two arguments; `free`, nothing is computed, only moved.
    """

    name: str
    call: Callable[..., Any]
    static: frozenset[str] = frozenset()
    work: Work = "cells"


def _op(name: str, call: Callable[..., Any], *static: str, work: Work = "cells") -> Op:
    return Op(name, call, frozenset(static), work)


_SLIDING = ("stride", "padding", "dilation")

_TABLE = (
    # sizes
    _op("conv_size", sizes.conv_size),
    _op("pool_size", sizes.pool_size),
    _op("transposed_conv_size", sizes.transposed_conv_size),
    _op("receptive_field", sizes.receptive_field),
    # convolution
    _op("conv2d", convolution.conv2d, *_SLIDING, work="products"),
    _op("conv2d_filter_gradient", convolution.conv2d_filter_gradient, *_SLIDING, "size", work="products"),
    _op("conv2d_input_gradient", convolution.conv2d_input_gradient, *_SLIDING, "size", work="products"),
    _op("correlation_matrix", convolution.correlation_matrix, "size", work="free"),
    _op("transposed_convolution_matrix", convolution.transposed_convolution_matrix, "size", work="free"),
    # pooling
    _op("max_pool", pooling.max_pool, "window", "stride", "padding", work="reads"),
    _op("mean_pool", pooling.mean_pool, "window", "stride", "padding", work="reads"),
    _op("max_pool_gradient", pooling.max_pool_gradient, "window", "stride", "padding"),
    # activations
    _op("relu", activations.relu),
    _op("relu_gradient", activations.relu_gradient),
    _op("sigmoid", activations.sigmoid),
    _op("sigmoid_gradient", activations.sigmoid_gradient),
    _op("softmax", activations.softmax, work="reads"),
    _op("softmax_jacobian", activations.softmax_jacobian),
    # dense
    _op("affine", dense.affine, work="products"),
    _op("affine_input_gradient", dense.affine_input_gradient),
    _op("outer", dense.outer, work="products"),
    _op("matmul", dense.matmul, work="products"),
    _op("transpose", dense.transpose, work="free"),
    _op("sgd_step", dense.sgd_step),
    # shaping
    _op("flatten", shaping.flatten, "order", work="free"),
    _op("reshape", shaping.reshape, "shape", work="free"),
    _op("flip", shaping.flip, work="free"),
    _op("pad", shaping.pad, "amount", "mode", work="free"),
    _op("stack", shaping.stack, work="free"),
    _op("join", shaping.join, work="free"),
    # positions
    _op("one_hot", positions.one_hot, "classes", work="free"),
    _op("at", positions.at, work="free"),
    _op("argmax", positions.argmax, work="reads"),
    # losses
    _op("cross_entropy", losses.cross_entropy),
    _op("cross_entropy_gradient", losses.cross_entropy_gradient),
    _op("binary_cross_entropy", losses.binary_cross_entropy),
    _op("binary_cross_entropy_gradient", losses.binary_cross_entropy_gradient),
    _op("squared_error", losses.squared_error),
    _op("squared_error_gradient", losses.squared_error_gradient),
    # elementwise
    _op("abs", elementwise.absolute),
    _op("sqrt", elementwise.sqrt),
    _op("exp", elementwise.exp),
    _op("ln", elementwise.ln),
    _op("log2", elementwise.log2),
    _op("log10", elementwise.log10),
    _op("floor", elementwise.floor),
    _op("ceil", elementwise.ceil),
    _op("round", elementwise.round_half_away),
    _op("sign", elementwise.sign),
    _op("minimum", elementwise.minimum),
    _op("maximum", elementwise.maximum),
    _op("where", elementwise.where, work="free"),
    _op("power", elementwise.power),
    _op("case", elementwise.case, "key", work="free"),
    # reductions
    _op("sum", reductions.total, work="reads"),
    _op("prod", reductions.product, work="reads"),
    _op("max", reductions.largest, work="reads"),
    _op("min", reductions.smallest, work="reads"),
    _op("mean", reductions.mean, work="reads"),
    _op("any", reductions.any_of),
    _op("all", reductions.all_of),
    _op("count", reductions.count, work="reads"),
    # networks
    _op("net", networks.net),
    _op("vgg", networks.vgg, "name"),
    _op("shapes", architecture.shapes),
    _op("map_sizes", architecture.map_sizes),
    _op("parameters", architecture.parameters),
    _op("multiplications", architecture.multiplications),
    _op("kernels", architecture.kernels),
    _op("fan_in", architecture.fan_in),
    _op("fan_out", architecture.fan_out),
)

_LAYER_TABLE = (
    _op("conv", networks.conv_layer),
    _op("pool", networks.pool_layer),
    _op("mean_pool", networks.mean_pool_layer),
    _op("relu", networks.relu_layer),
    _op("sigmoid", networks.sigmoid_layer),
    _op("softmax", networks.softmax_layer),
    _op("flatten", networks.flatten_layer),
    _op("dense", networks.dense_layer),
)

OPS: Mapping[str, Op] = MappingProxyType({op.name: op for op in _TABLE})
"""Every op by the name that an author writes before `(`."""

LAYERS: Mapping[str, Op] = MappingProxyType({op.name: op for op in _LAYER_TABLE})
"""Every layer by the name that an author writes inside `net(...)`."""
