"""The sentences of the engine's errors, to the letter."""

import numpy as np
import pytest

from quizgen.ops import LAYERS, OPS, describe

conv, pool, flatten, dense, relu = (LAYERS[name].call for name in ("conv", "pool", "flatten", "dense", "relu"))


def ones(*shape):
    return np.ones((*shape, 1), dtype=int)


ERRORS = [
    ("conv2d", (ones(3, 3), ones(5, 5)), {},
     "conv2d: the 5x5 kernel does not fit into the 3x3 image with padding 0"),
    ("conv2d", (ones(3, 3), ones(3, 3)), {"dilation": 2, "padding": (0, 1)},
     "conv2d: the 3x3 kernel with dilation 2 does not fit into the 3x3 image with padding 0x1"),
    ("conv2d", (ones(3), ones(2, 2)), {},
     "conv2d: the image must be a matrix or a matrix with channels, not a vector of 3"),
    ("conv2d", (ones(3, 3), 2), {},
     "conv2d: the kernel must be a matrix or a 4-dimensional array, not a number"),
    ("conv2d", (ones(3, 3, 2), ones(2, 2)), {},
     "conv2d: a 3x3x2 array as image does not go with a 2x2 matrix as kernel"),
    ("conv2d", (ones(3, 3, 2), ones(2, 2, 3, 4)), {}, "conv2d: the image has 2 channels, the kernel 3"),
    ("conv2d", (ones(3, 3), ones(2, 2)), {"bias": ones(3)},
     "conv2d: a vector of 3 as bias does not go with a 2x2 matrix as feature map"),
    ("conv2d", (ones(3, 3), ones(2, 2)), {"stride": 0}, "conv2d: stride must be at least 1, not 0"),
    ("conv2d", (ones(3, 3), ones(2, 2)), {"padding": -1}, "conv2d: padding must be at least 0, not -1"),
    ("conv2d", (ones(3, 3), ones(2, 2)), {"stride": 1.5},
     "conv2d: stride must be a whole number or a pair of them, not 1.5"),
    ("conv2d", (ones(3, 3), ones(2, 2)), {"padding": 10**6},
     "conv2d: the feature map would make 4,000,008,000,004 numbers per variant; the limit is 65,536"),
    ("conv2d", (ones(99, 99, 9), ones(3, 3, 9, 1)), {"padding": 1},
     "conv2d: the padded image would make 91,809 numbers per variant; the limit is 65,536"),
    ("conv2d", (ones(200, 200, 1), ones(1, 1, 1, 9)), {},
     "conv2d: the feature map would make 360,000 numbers per variant; the limit is 65,536"),
    ("conv2d_filter_gradient", (ones(3, 3), ones(2, 2)), {"size": 3},
     "conv2d_filter_gradient: a 3x3 kernel turns a 3x3 image into 1x1, not into the gradient's 2x2"),
    ("conv2d_filter_gradient", (ones(3, 3), ones(4, 4)), {},
     "conv2d_filter_gradient: no kernel turns a 3x3 matrix into the gradient's 4x4"),
    ("conv2d_input_gradient", (ones(2, 2), ones(2, 2)), {"size": 5},
     "conv2d_input_gradient: a 2x2 kernel turns a 5x5 image into 4x4, not into the gradient's 2x2"),
    ("conv2d_input_gradient", (ones(1, 1), ones(2, 2)), {"padding": 1},
     "conv2d_input_gradient: padding 1 leaves no image"),
    ("conv2d_input_gradient", (ones(2, 2), ones(2, 2)), {"stride": 10**6},
     "conv2d_input_gradient: the padded image would make 1,000,004,000,004 numbers per variant; "
     "the limit is 65,536"),
    ("conv2d_input_gradient", (ones(2, 2, 5), ones(2, 2, 3, 4)), {},
     "conv2d_input_gradient: the gradient has 5 channels, the kernel 4 filters"),
    ("correlation_matrix", (ones(4, 4), 3), {},
     "correlation_matrix: the 4x4 gradient does not fit into the 3x3 image with padding 0"),
    ("transposed_convolution_matrix", (ones(2, 2), 30), {},
     "transposed_convolution_matrix: the matrix would make 756,900 numbers per variant; the limit is 65,536"),
    ("max_pool", (ones(3, 3), 4), {},
     "max_pool: the 4x4 window does not fit into the 3x3 image with padding 0"),
    ("max_pool", (ones(3, 3), 2), {"padding": 2}, "max_pool: padding 2 must be smaller than the window 2"),
    ("max_pool_gradient", (ones(4, 4), ones(3, 3), 2), {},
     "max_pool_gradient: a 3x3 matrix as gradient does not go with a 4x4 matrix as image"),
    ("softmax", (3,), {}, "softmax: logits must be a vector, not a number"),
    ("softmax_jacobian", (np.ones((300, 1)),), {},
     "softmax_jacobian: the matrix would make 90,000 numbers per variant; the limit is 65,536"),
    ("affine", (ones(2, 3), ones(4)), {}, "affine: a 2x3 matrix does not go with a vector of 4"),
    ("affine", (ones(2, 3), ones(3), ones(4)), {},
     "affine: a 2x3 matrix does not go with a vector of 4 as bias"),
    ("affine_input_gradient", (ones(2, 3), ones(3)), {},
     "affine_input_gradient: a 3x2 matrix does not go with a vector of 3"),
    ("matmul", (ones(2, 3), ones(2, 3)), {}, "matmul: a 2x3 matrix does not go with a 2x3 matrix"),
    ("matmul", (ones(300, 1), ones(1, 300)), {},
     "matmul: the product would make 90,000 numbers per variant; the limit is 65,536"),
    ("outer", (ones(300), ones(300)), {},
     "outer: the matrix would make 90,000 numbers per variant; the limit is 65,536"),
    ("sgd_step", (ones(2), ones(3), 1), {}, "sgd_step: a vector of 2 does not go with a vector of 3"),
    ("flatten", (ones(2, 2), "diagonal"), {}, 'flatten: order must be "rows" or "columns", not "diagonal"'),
    ("reshape", (ones(2, 2), (3, 2)), {}, "reshape: a 2x2 matrix cannot take the shape 3x2"),
    ("reshape", (ones(2, 2), (2.0, 2)), {}, "reshape: a size must be a whole number, not (2.0, 2)"),
    ("reshape", (ones(2, 2), (-2, -2)), {}, "reshape: a size must be at least 1, not (-2, -2)"),
    ("flip", (3,), {}, "flip: x must be a vector, a matrix or more, not a number"),
    ("pad", (ones(2, 2), 10**6), {},
     "pad: the padded image would make 4,000,008,000,004 numbers per variant; the limit is 65,536"),
    ("pad", (ones(2, 2), 1, "mirror"), {}, 'pad: mode must be "zeros" or "edge", not "mirror"'),
    ("one_hot", (np.array([1, 4]), 3), {}, "one_hot: label 4 is not between 1 and 3"),
    ("one_hot", (1, 10**6), {},
     "one_hot: the vector would make 1,000,000 numbers per variant; the limit is 65,536"),
    ("one_hot", (1.5, 3), {}, "one_hot: the label must be a whole number, not 1.5"),
    ("one_hot", (1, 0), {}, "one_hot: there must be at least 1 class, not 0"),
    ("at", (ones(3), 0), {}, "at: position 0 is not between 1 and 3"),
    ("at", (ones(3), (1, 4)), {}, "at: position 4 is not between 1 and 3"),
    ("at", (ones(3), np.array([np.nan])), {}, "at: a position must be a whole number, not nan"),
    ("stack", (), {}, "stack: there is nothing to stack"),
    ("stack", (1, ones(2)), {}, "stack: a number does not go with a vector of 2"),
    ("join", (ones(2), 3), {}, "join: each argument must be a vector, not a number"),
    ("join", (), {}, "join: there is nothing to join"),
    ("cross_entropy", (ones(3), ones(2)), {}, "cross_entropy: a vector of 3 does not go with a vector of 2"),
    ("squared_error", (ones(3), 2), {}, "squared_error: a vector of 3 does not go with a number"),
    ("minimum", (ones(3), ones(3, 3)), {}, "minimum: a vector of 3 does not go with a 3x3 matrix"),
    ("minimum", (np.ones((2, 3)), np.ones((2, 4))), {},
     "minimum: columns of 3 and of 4 variants cannot be combined"),
    ("receptive_field", (ones(3), ones(2)), {}, "receptive_field: 3 kernels do not go with 2 strides"),
    ("case", ("full",), {"same": 1, "valid": 2},
     'case: there is no option "full"; the options are same, valid'),
    ("abs", ("three",), {}, "values of type <U5 are no numbers of 64 bits"),
    ("abs", (2**63,), {}, "values of type uint64 are no numbers of 64 bits"),
    ("abs", (1j,), {}, "values of type complex128 are no numbers of 64 bits"),
    ("vgg", ("F",), {}, 'vgg: there is no configuration "F"; there are A, B, C, D and E'),
    ("net", (), {}, "net: there are no layers"),
    ("net", (3,), {}, "net: argument 1 is no layer"),
    ("net", (conv(8, 3), dense(10)), {}, "net: layer 2 (dense) needs a flatten() before it"),
    ("net", (flatten(), pool(2)), {}, "net: layer 2 (max pool) cannot come after flatten()"),
    ("kernels", (OPS["net"].call(relu()),), {}, "kernels: no layer of the network has weights"),
    ("shapes", (OPS["net"].call(conv(8, np.array([3, 5]))), (4, 4, 1)), {},
     "shapes: layer 1 (conv): the 5x5 kernel does not fit into the 4x4 map with padding 0"),
    ("parameters", (OPS["net"].call(conv(8, 3), pool(3)), (4, 4, 1)), {},
     "parameters: layer 2 (max pool): the 3x3 window does not fit into the 2x2 map with padding 0"),
    ("shapes", (OPS["net"].call(conv(8, 3)), (4, 4)), {},
     "shapes: the input must be three numbers: height, width, channels"),
    ("shapes", (OPS["net"].call(conv(8, 3)), (4, 0, 1)), {},
     "shapes: a side of the input must be at least 1, not 0"),
    ("shapes", (OPS["net"].call(conv(8, 3)), (4, 4.5, 1)), {},
     "shapes: a side of the input must be a whole number, not 4.5"),
]  # fmt: skip

LAYER_ERRORS = [
    (lambda: conv(0, 3), "conv: units must be at least 1, not 0"),
    (lambda: conv(8, 3, padding=-1), "conv: padding must be at least 0, not -1"),
    (lambda: conv(8, 2.5), "conv: kernel must be a whole number, not 2.5"),
    (lambda: dense(np.ones((2, 1))), "dense: units must be one whole number per variant"),
    (lambda: pool(np.array([2, 0])), "max pool: kernel must be at least 1, not 0"),
]


@pytest.mark.parametrize(("name", "arguments", "static", "text"), ERRORS, ids=lambda x: x if isinstance(x, str) else "")
def test_error_texts(name, arguments, static, text):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        OPS[name].call(*arguments, **static)
    assert str(caught.value) == text


@pytest.mark.parametrize(("call", "text"), LAYER_ERRORS, ids=lambda x: x if isinstance(x, str) else "")
def test_error_texts_of_layers(call, text):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        call()
    assert str(caught.value) == text


def test_a_network_describes_itself_without_an_input_that_fits():
    network = OPS["net"].call(conv(8, 9))
    assert describe(network) == [("conv 9×9, 8 filters, stride 1, padding 0", "", "")]
