"""Networks: the counts of the VGG paper, columns of widths, and the engine's own shapes."""

import numpy as np
import pytest

from quizgen.ops import (
    LAYERS,
    OPS,
    conv2d,
    describe,
    fan_in,
    fan_out,
    kernels,
    map_sizes,
    max_pool,
    mean_pool,
    multiplications,
    net,
    parameters,
    shapes,
    vgg,
)

conv, pool, mean, relu, flatten, dense = (
    LAYERS[name].call for name in ("conv", "pool", "mean_pool", "relu", "flatten", "dense")
)
IMAGENET = (224, 224, 3)


@pytest.mark.parametrize(
    ("name", "weight_layers", "total"),
    [
        ("A", 11, 132863336),
        ("B", 13, 133047848),
        ("C", 16, 133638952),
        ("D", 16, 138357544),
        ("E", 19, 143667240),
    ],
)
def test_vgg_totals(name, weight_layers, total):
    counts = parameters(vgg(name), IMAGENET)
    assert counts.shape == (weight_layers, 1)
    assert counts.sum() == total


def test_vgg_a_layer_by_layer():
    network = vgg("A")
    assert parameters(network, IMAGENET)[:, 0].tolist() == [
        1792, 73856, 295168, 590080, 1180160, 2359808, 2359808, 2359808, 102764544, 16781312, 4097000,
    ]  # fmt: skip
    assert map_sizes(network, IMAGENET)[:, 0].tolist() == [224, 112, 56, 56, 28, 28, 14, 14, 1, 1, 1]
    assert kernels(network)[:, 0].tolist() == [3] * 8 + [1] * 3
    assert fan_in(network, IMAGENET)[:, 0].tolist() == [
        3,
        64,
        128,
        256,
        256,
        512,
        512,
        512,
        25088,
        4096,
        4096,
    ]
    assert fan_out(network)[:, 0].tolist() == [64, 128, 256, 256, 512, 512, 512, 512, 4096, 4096, 1000]
    assert shapes(network, IMAGENET)[:3, :, 0].tolist() == [[224, 224, 64], [224, 224, 64], [112, 112, 64]]
    assert shapes(network, IMAGENET)[-7, :, 0].tolist() == [1, 1, 25088]


def test_vgg_c_has_1x1_convolutions():
    assert kernels(vgg("C"))[:13, 0].tolist() == [3, 3, 3, 3, 3, 3, 1, 3, 3, 1, 3, 3, 1]


@pytest.mark.parametrize("name", "ABCDE")
def test_counts_follow_from_kernels_maps_and_fans(name):
    network = vgg(name, width=8, hidden=32, classes=10)
    side, ins, outs = map_sizes(network, (64, 64, 3)), fan_in(network, (64, 64, 3)), fan_out(network)
    np.testing.assert_array_equal(parameters(network, (64, 64, 3)), kernels(network) ** 2 * ins * outs + outs)
    np.testing.assert_array_equal(multiplications(network, (64, 64, 3)), side**2 * kernels(network) ** 2 * ins * outs)


def test_shapes_are_those_of_the_engine():
    x = np.ones((11, 14, 2, 1))
    c = conv2d(x, np.ones((3, 3, 2, 5, 1)), stride=2, padding=1)
    p = max_pool(c, 2)
    m = mean_pool(p, 2, 1)
    network = net(conv(5, 3, stride=2, padding=1), pool(2), mean(2, 1), flatten(), dense(10))
    expected = [list(c.shape[:3]), list(p.shape[:3]), list(m.shape[:3]), [1, 1, m.size], [1, 1, 10]]
    assert shapes(network, (11, 14, 2))[..., 0].tolist() == expected


def test_seed_002():
    assert multiplications(net(conv(20, 3)), (48, 64, 10)).tolist() == [[5133600]]
    assert parameters(net(conv(20, 3)), (48, 64, 10)).tolist() == [[1820]]


def test_columns_of_widths_kernels_and_inputs():
    width, kernel, side = np.array([4, 8, 16]), np.array([1, 3, 5]), np.array([9, 10, 11])
    together = net(conv(width, kernel), relu(), pool(2, stride=np.array([1, 2, 2])), flatten(), dense(width + 1))
    image = np.stack([side, side + 1, np.array([1, 2, 3])])
    for n in range(3):
        filters = int(width[n])
        first = conv(filters, int(kernel[n]))
        alone = net(first, relu(), pool(2, stride=[1, 2, 2][n]), flatten(), dense(filters + 1))
        one = tuple(image[:, n].tolist())
        for op in (shapes, parameters, multiplications, fan_in, map_sizes):
            np.testing.assert_array_equal(op(together, image)[..., n], op(alone, one)[..., 0])
        for op in (kernels, fan_out):
            np.testing.assert_array_equal(op(together)[..., n], op(alone)[..., 0])
        assert describe(together, image, n) == describe(alone, one)


def test_an_input_may_mix_numbers_and_columns():
    assert shapes(net(conv(4, 3)), (np.array([5, 6]), 7, 1))[0].tolist() == [[3, 4], [5, 5], [4, 4]]


def test_describe():
    network = net(
        conv(64, 3, padding=1), relu(), pool(2), conv(1, 5, stride=2), mean(3, 1), LAYERS["sigmoid"].call(),
        flatten(), dense(10), LAYERS["softmax"].call(),
    )  # fmt: skip
    rows = [
        ("conv 3×3, 64 filters, stride 1, padding 1", "224 × 224 × 64", "1,792"),
        ("ReLU", "224 × 224 × 64", "0"),
        ("max pool 2×2, stride 2", "112 × 112 × 64", "0"),
        ("conv 5×5, 1 filter, stride 2, padding 0", "54 × 54 × 1", "1,601"),
        ("mean pool 3×3, stride 1", "52 × 52 × 1", "0"),
        ("sigmoid", "52 × 52 × 1", "0"),
        ("flatten", "1 × 1 × 2704", "0"),
        ("dense, 10 units", "1 × 1 × 10", "27,050"),
        ("softmax", "1 × 1 × 10", "0"),
    ]
    assert describe(network, IMAGENET) == rows
    assert describe(network) == [(text, "", "") for text, _, _ in rows]


def test_layers_of_the_table_are_in_the_net():
    made = [LAYERS[name].call(*[2, 2][: _needs(name)]) for name in LAYERS]
    assert {layer.kind for layer in made} == {
        "conv", "max pool", "mean pool", "relu", "sigmoid", "softmax", "flatten", "dense",
    }  # fmt: skip
    assert OPS["net"].call(*made).layers == tuple(made)


def _needs(name):
    return {"conv": 2, "pool": 1, "mean_pool": 1, "dense": 1}.get(name, 0)
