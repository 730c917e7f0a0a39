"""The engine: NumPy functions over arrays whose last axis is the variant."""

from quizgen.ops.activations import relu, relu_gradient, sigmoid, sigmoid_gradient, softmax, softmax_jacobian
from quizgen.ops.architecture import (
    describe,
    fan_in,
    fan_out,
    kernels,
    map_sizes,
    multiplications,
    parameters,
    shapes,
)
from quizgen.ops.columns import LIMIT, Array, ColumnError, Columns
from quizgen.ops.convolution import (
    conv2d,
    conv2d_filter_gradient,
    conv2d_input_gradient,
    correlation_matrix,
    transposed_convolution_matrix,
)
from quizgen.ops.dense import affine, affine_input_gradient, matmul, outer, sgd_step, transpose
from quizgen.ops.elementwise import (
    absolute,
    case,
    ceil,
    exp,
    floor,
    ln,
    log2,
    log10,
    maximum,
    minimum,
    power,
    round_half_away,
    sign,
    sqrt,
    where,
)
from quizgen.ops.losses import (
    binary_cross_entropy,
    binary_cross_entropy_gradient,
    cross_entropy,
    cross_entropy_gradient,
    squared_error,
    squared_error_gradient,
)
from quizgen.ops.networks import Layer, Network, net, vgg
from quizgen.ops.pooling import max_pool, max_pool_gradient, mean_pool
from quizgen.ops.positions import argmax, at, one_hot
from quizgen.ops.reductions import all_of, any_of, count, largest, mean, product, smallest, total
from quizgen.ops.shaping import flatten, flip, join, pad, reshape, stack
from quizgen.ops.sizes import conv_size, pool_size, receptive_field, transposed_conv_size
from quizgen.ops.table import LAYERS, OPS, Op

__all__ = [
    "LAYERS", "LIMIT", "OPS", "Array", "ColumnError",
    "Columns", "Layer", "Network", "Op",
    "absolute", "affine", "affine_input_gradient", "all_of", "any_of", "argmax", "at",
    "binary_cross_entropy", "binary_cross_entropy_gradient", "case", "ceil", "conv2d",
    "conv2d_filter_gradient", "conv2d_input_gradient", "conv_size", "correlation_matrix", "count",
    "cross_entropy", "cross_entropy_gradient", "describe", "exp", "fan_in", "fan_out", "flatten", "flip",
    "floor", "join", "kernels", "largest", "ln", "log2", "log10", "map_sizes", "matmul", "max_pool",
    "max_pool_gradient", "maximum", "mean", "mean_pool", "minimum", "multiplications", "net", "one_hot",
    "outer", "pad", "parameters", "pool_size", "power", "product", "receptive_field", "relu",
    "relu_gradient", "reshape", "round_half_away", "sgd_step", "shapes", "sigmoid", "sigmoid_gradient",
    "sign", "smallest", "softmax", "softmax_jacobian", "sqrt", "squared_error", "squared_error_gradient",
    "stack", "total", "transpose", "transposed_conv_size", "transposed_convolution_matrix", "vgg", "where",
]  # fmt: skip
