"""Every recomputed number of four published exams and exercise sheets, computed again by the engine.

`data/golden.json` holds one item per line: what is given (`inputs`) and what is right (`recomputed`). Each kind
of item has one function here, from its inputs to everything that it can compute; all of it goes through
`quizgen.ops` or the expression language. Positions and classes in the data are counted from 0.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from quizgen.language.expr import compile_expression
from quizgen.ops import (
    LAYERS,
    OPS,
    affine,
    affine_input_gradient,
    argmax,
    at,
    binary_cross_entropy,
    binary_cross_entropy_gradient,
    conv2d,
    conv2d_filter_gradient,
    conv2d_input_gradient,
    conv_size,
    correlation_matrix,
    cross_entropy,
    cross_entropy_gradient,
    exp,
    fan_in,
    fan_out,
    flatten,
    flip,
    kernels,
    largest,
    max_pool,
    max_pool_gradient,
    multiplications,
    net,
    one_hot,
    outer,
    parameters,
    pool_size,
    relu,
    relu_gradient,
    reshape,
    round_half_away,
    sgd_step,
    shapes,
    sigmoid,
    sigmoid_gradient,
    smallest,
    softmax,
    squared_error,
    squared_error_gradient,
    total,
    transposed_convolution_matrix,
)

ITEMS = json.loads((Path(__file__).parent / "data" / "golden.json").read_text(encoding="utf-8"))
RELATIVE = 1e-9


def column(value):
    """A value as the engine takes it: one variant, on the last axis."""
    return np.array(value)[..., None]


def plain(value):
    """What the engine gave, as lists and numbers, without the variant axis."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value[..., 0].tolist() if isinstance(value, np.ndarray) else value


def cells(value, place=()):
    """Every single number in nested lists and dicts, by its place."""
    if not isinstance(value, dict | list):
        return {place: value}
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    return {inner: number for key, part in parts for inner, number in cells(part, (*place, key)).items()}


# Sizes and networks


def size(inputs):
    sides, sizes = column(inputs["n"]), []
    for layer in inputs.get("layers", [inputs]):
        kernel, stride, padding = (column(layer.get(*key)) for key in (("k",), ("s", 1), ("p", 0)))
        pooled = pool_size(sides, kernel, stride, padding)
        sides = conv_size(sides, kernel, stride, padding)
        np.testing.assert_array_equal(pooled, sides)  # the data do not tell the two apart
        sizes.append(sides)
    return {"out": sides, "sizes": sizes}


LAYER_OF = {
    "conv": lambda of: LAYERS["conv"].call(of["out"], of["k"], of["s"], of["p"]),
    "pool": lambda of: LAYERS["pool"].call(of["k"], of["s"]),
    "flatten": lambda _: LAYERS["flatten"].call(),
    "fc": lambda of: LAYERS["dense"].call(of["out"]),
}


def network(inputs):
    image = tuple(inputs["input"])
    layers = net(*(LAYER_OF[layer["type"]](layer) for layer in inputs["layers"]))
    on_maps = [place for place, layer in enumerate(inputs["layers"]) if layer["type"] in ("conv", "pool")]
    after = shapes(layers, image)
    weights, biases = kernels(layers) ** 2 * fan_in(layers, image) * fan_out(layers), fan_out(layers)
    return {
        "spatial": after[on_maps, 0],
        "out_shape": after[-1],
        "params": parameters(layers, image),
        "weights": weights,
        "biases": biases,
        "total_params": total(parameters(layers, image)),
        "total_weights": total(weights),
        "total_biases": total(biases),
        "total_macs": total(multiplications(layers, image)),
    }


def expressions(inputs):
    values = {}
    for name, source in inputs["exprs"].items():
        values[name] = compile_expression(source).evaluate(values, 1)
    return values


# Convolution


def convolution(inputs):
    kernel = column(inputs["W"])
    out = conv2d(column(inputs["X"]), flip(kernel) if inputs.get("flip") else kernel, padding=inputs.get("p", 0))
    places = tuple(row * out.shape[1] + col + 1 for row, col in inputs.get("at", [(0, 0)]))
    return {
        "out": out,
        "at": at(flatten(out), places),
        "relu": relu(out),
        "max": largest(out),
        "min": smallest(out),
        "shape": list(out.shape[:-1]),
    }


def convolution_relu_pool(inputs):
    conv = convolution(inputs)["out"]
    return {"conv": conv, "relu": relu(conv), "pool": max_pool(relu(conv), inputs["pool_k"], inputs["pool_s"])}


def convolution_backward(inputs):
    image, kernel, gradient = (column(inputs[key]) for key in ("X", "W", "dO"))
    step = conv2d_filter_gradient(image, gradient)
    return {
        "out": conv2d(image, kernel),
        "dW": step,
        "db": total(gradient),
        "dX": conv2d_input_gradient(gradient, kernel),
        "W_new": sgd_step(kernel, step, inputs["lr"]),
    }


def convolution_matrices(inputs):
    side = tuple(inputs["in_shape"])
    return {
        "M": correlation_matrix(column(inputs["dO"]), side),
        "M_F": transposed_convolution_matrix(column(inputs["W"]), side),
    }


# Dense layers


def softmax_layer_step(inputs):
    weights, bias, x = (column(inputs[key]) for key in ("W", "b", "x"))
    target = one_hot(inputs["label"] + 1, len(bias))
    logits = affine(weights, x, bias)
    p = softmax(logits)
    gradient = cross_entropy_gradient(p, target)
    return {
        "z": logits,
        "denom": total(exp(logits)),
        "p": p,
        "argmax": argmax(p) - 1,
        "loss": cross_entropy(p, target),
        "dW": outer(gradient, x),
        "db": gradient,
        "dx": affine_input_gradient(weights, gradient),
        "W_new": sgd_step(weights, outer(gradient, x), inputs["lr"]),
        "b_new": sgd_step(bias, gradient, inputs["lr"]),
    }


def perceptron(inputs):
    assert inputs["loss"] == "sse"
    x, y, rate, layers = column(inputs["x"]), column(inputs["y"]), inputs["lr"], inputs["layers"]
    weights, biases = [column(layer["W"]) for layer in layers], [column(layer["b"]) for layer in layers]
    activations = [layer["act"] for layer in layers]

    def forward(weights, biases):
        logits, outputs = [], [x]
        for weight, bias, activation in zip(weights, biases, activations, strict=True):
            logits.append(affine(weight, outputs[-1], bias))
            outputs.append(OPS[activation].call(logits[-1]))
        return logits, outputs

    logits, outputs = forward(weights, biases)
    da, dz = [squared_error_gradient(outputs[-1], y)], []
    for weight, logit, activation in reversed(list(zip(weights, logits, activations, strict=True))):
        dz.insert(0, OPS[f"{activation}_gradient"].call(logit) * da[0])
        da.insert(0, affine_input_gradient(weight, dz[0]))
    dw = [outer(gradient, before) for gradient, before in zip(dz, outputs[:-1], strict=True)]
    weights_new = [sgd_step(*pair, rate) for pair in zip(weights, dw, strict=True)]
    biases_new = [sgd_step(*pair, rate) for pair in zip(biases, dz, strict=True)]
    return {
        "z": logits,
        "a": outputs[1:],
        "out": outputs[-1],
        "loss": squared_error(outputs[-1], y),
        "da": da[1:],
        "dz": dz,
        "dW": dw,
        "db": dz,
        "W_new": weights_new,
        "b_new": biases_new,
        "loss_after_1": squared_error(forward(weights_new, biases_new)[1][-1], y),
    }


# A whole network: convolution, ReLU, max pooling, one sigmoid unit, binary cross-entropy


def cnn_forward(inputs, kernel, kernel_bias, weights, bias):
    c = conv2d(column(inputs["X"]), kernel, bias=kernel_bias)
    p = max_pool(relu(c), inputs["pool_k"], inputs["pool_s"])
    z = affine(weights, flatten(p), bias)[0]
    y_hat = sigmoid(z)
    return {"C": c, "A": relu(c), "P": p, "z": z, "y_hat": y_hat, "loss": binary_cross_entropy(y_hat, inputs["y"])}


def cnn_step(inputs, pooled_gradient=None):
    """One step of gradient descent; `pooled_gradient` takes the place of dL/dP if the gradient is wrong on purpose."""
    kernel, weights = column(inputs["Wx"]), column([inputs["Wo"]])
    kernel_bias, bias, rate = column(inputs["bx"]), column(inputs["bo"]), inputs["lr"]
    now = cnn_forward(inputs, kernel, kernel_bias, weights, bias)
    dy_hat = binary_cross_entropy_gradient(now["y_hat"], inputs["y"])
    dz = dy_hat * sigmoid_gradient(now["z"])
    dw = outer(dz[None], flatten(now["P"]))
    dp = reshape(affine_input_gradient(weights, dz[None]), now["P"].shape[:-1])
    if pooled_gradient is not None:
        dp = pooled_gradient(now)
    dc = max_pool_gradient(now["A"], dp, inputs["pool_k"], inputs["pool_s"]) * relu_gradient(now["C"])
    dkernel, dkernel_bias = conv2d_filter_gradient(column(inputs["X"]), dc), total(dc)
    kernel, kernel_bias = sgd_step(kernel, dkernel, rate), sgd_step(kernel_bias, dkernel_bias, rate)
    weights, bias = sgd_step(weights, dw, rate), sgd_step(bias, dz, rate)
    after = cnn_forward(inputs, kernel, kernel_bias, weights, bias)
    return {
        **now,
        "dy_hat": dy_hat,
        "dWo": dw[0],
        "dbo": dz,
        "dP": dp,
        "dC_first_argmax": dc,
        "dWx": dkernel,
        "dbx": dkernel_bias,
        "Wo_new": weights[0],
        "bo_new": bias,
        "Wx_new": kernel,
        "bx_new": kernel_bias,
        **{f"{name}_new": value for name, value in after.items()},
    }


def cnn_step_with_slip(inputs):
    """The output weights' gradient taken for dL/dP; if `rounded`, from numbers rounded as the sheet prints them."""

    def rounded(x, digits):
        return round_half_away(x * 10.0**digits) / 10.0**digits if inputs.get("rounded") else x

    def weights_gradient(now):
        y_hat = rounded(now["y_hat"], 3)
        dz = rounded(binary_cross_entropy_gradient(y_hat, inputs["y"]), 2) * y_hat * (1 - y_hat)
        return rounded(dz * now["P"], 3)

    step = cnn_step(inputs, weights_gradient)
    after = {name: step[f"{name}_new"] for name in ("P", "z", "y_hat", "loss")}
    return {**step, **after, "C_row": step["C_new"][0]}


# Formulas against central differences of the loss, on random numbers of the stated shapes


def slopes(loss, x, step=1e-6):
    """The loss's derivative by every cell of x; each nudged cell is a variant of one call of the engine."""
    nudges = step * np.eye(x.size).reshape(*x.shape[:-1], x.size)
    return ((loss(x + nudges) - loss(x - nudges)) / (2 * step)).reshape(x.shape)


def verdict(found, right):
    """Whether a gradient is right; the two shapes where they differ."""
    if found.shape != right.shape:
        return [list(found.shape[:-1]), list(right.shape[:-1])]
    return bool(np.allclose(found, right, rtol=1e-6, atol=1e-8))


def perceptron_formulas(inputs):
    """A perceptron o2 = W1 x + b1, o3 = s(o2), o4 = W2 o3, o5 = o4 + b2, o6 = s(o5) with the loss |o6 - y|^2."""
    rng = np.random.default_rng(inputs["seed"])
    wide, hidden, narrow = inputs["dims"]
    draws = ((wide,), (narrow,), (hidden, wide), (hidden,), (narrow, hidden), (narrow,))
    x, y, w1, b1, w2, b2 = (rng.normal(size=(*shape, 1)) for shape in draws)
    o2 = affine(w1, x, b1)
    o3 = sigmoid(o2)
    o4 = affine(w2, o3)
    o5 = o4 + b2
    o6 = sigmoid(o5)

    def from_o5(o5):
        return squared_error(sigmoid(o5), y)

    def from_o2(o2):
        return from_o5(affine(w2, sigmoid(o2), b2))

    right = {
        "o6": slopes(lambda o6: squared_error(o6, y), o6),
        "o5": slopes(from_o5, o5),
        "W2": slopes(lambda w: from_o5(affine(w, o3, b2)), w2),
        "b2": slopes(lambda b: from_o5(affine(w2, o3, b)), b2),
        "o3": slopes(lambda o3: from_o5(affine(w2, o3, b2)), o3),
        "o2": slopes(from_o2, o2),
        "W1": slopes(lambda w: from_o2(affine(w, x, b1)), w1),
        "b1": slopes(lambda b: from_o2(affine(w1, x, b)), b1),
    }
    s2, s5 = sigmoid_gradient(o2), sigmoid_gradient(o5)
    do6 = squared_error_gradient(o6, y)
    do5 = s5 * do6
    do3 = affine_input_gradient(w2, do5)
    do2 = s2 * do3
    correct = {
        "o6": do6,
        "o5": do5,
        "W2": outer(do5, o3),
        "b2": do5,
        "o3": do3,
        "o2": do2,
        "W1": outer(do2, x),
        "b1": do2,
    }
    printed = {
        "do6_printed": (s5 * do6, "o6"),
        "dW2_printed_o4": (outer(do5, o4), "W2"),
        "do5_printed": (do3, "o5"),
        "do3_if_relabelled": (do3, "o3"),
        "db2_printed_true_do5": (s5 * do5, "b2"),
        "db2_if_do6": (s5 * do6, "b2"),
        "dW1_printed_true_do2": (outer(s2 * do2, x), "W1"),
        "dW1_if_do3": (outer(s2 * do3, x), "W1"),
    }
    return {
        "correct_formulas_ok": all(verdict(correct[name], right[name]) is True for name in right),
        "printed": {name: verdict(found, right[of]) for name, (found, of) in printed.items()},
    }


def sigmoid_convolution_formulas(inputs):
    """A layer U = s(conv(X, W)) with the loss J = sum of G U, so that G is dJ/dU."""
    rng = np.random.default_rng(inputs["seed"])
    x, w = (rng.normal(size=(*inputs[key], 1)) for key in ("X_shape", "W_shape"))
    z = conv2d(x, w)
    g = rng.normal(size=z.shape)
    dz = g * sigmoid(z) * (1 - sigmoid(z))
    found = [dz, conv2d_filter_gradient(x, dz), conv2d_input_gradient(dz, w)]
    right = [
        slopes(lambda z: total(g * sigmoid(z)), z),
        slopes(lambda w: total(g * sigmoid(conv2d(x, w))), w),
        slopes(lambda x: total(g * sigmoid(conv2d(x, w))), x),
    ]
    return {
        "formulas_ok": all(verdict(*pair) is True for pair in zip(found, right, strict=True)),
        "shapes": [list(gradient.shape[:-1]) for gradient in found],
    }


KINDS = {
    "size": size,
    "net": network,
    "expr": expressions,
    "conv2d": convolution,
    "conv_relu_pool": convolution_relu_pool,
    "conv_backward": convolution_backward,
    "conv_matrix": convolution_matrices,
    "dense_softmax_ce_sgd": softmax_layer_step,
    "mlp": perceptron,
    "cnn_bce_step": cnn_step,
    "seed003_as_printed": cnn_step_with_slip,
    "mlp_formula_check": perceptron_formulas,
    "conv_sigmoid_backprop_check": sigmoid_convolution_formulas,
}


def test_all_items_are_there():
    assert len(ITEMS) == len({item["id"] for item in ITEMS}) == 47
    assert {item["kind"] for item in ITEMS} == set(KINDS)
    assert all(item["recomputed"] for item in ITEMS)


@pytest.mark.parametrize("item", ITEMS, ids=[item["id"] for item in ITEMS])
def test_item(item):
    computed = KINDS[item["kind"]](item["inputs"])
    compared = set()
    for name, value in item["recomputed"].items():
        expected, found = cells(value), cells(plain(computed[name]))
        assert found.keys() == expected.keys(), name
        for place, number in expected.items():
            exact = isinstance(number, int)  # also true and false
            near = number if exact else pytest.approx(number, rel=RELATIVE, abs=0)
            assert found[place] == near, (name, *place)
        compared.add(name)
    assert compared == set(item["recomputed"])
