"""What follows from a network's list of layers: map sizes, parameters, multiplications, a table for eyes.

network: a `Network`; input: the image's height, width and channels, a vector (3, n) or a tuple of three.
Every function walks the layers once. Counts are int64 and exact.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

import numpy as np

from quizgen.ops.columns import Array, ColumnError, Columns, ranked, whole
from quizgen.ops.networks import WEIGHT_KINDS, Layer, Network
from quizgen.ops.shaping import stack

Input: TypeAlias = Columns | tuple[Columns, Columns, Columns]


class Map(NamedTuple):
    """A feature map's height, width and channels, each a column (n,); a vector is 1 x 1 x its length."""

    height: Array
    width: Array
    channels: Array

    @property
    def cells(self) -> Array:
        """The number of cells of all channels."""
        return self.height * self.width * self.channels


class Stage(NamedTuple):
    """A layer at its place in a network, with the map before and after it."""

    layer: Layer
    before: Map
    after: Map


def shapes(network: Network, input: Input) -> Array:
    """Return height, width and channels after each layer: (layers, 3, n).

    A flattened or dense layer is 1 x 1 x its length.

    Raises ValueError if a kernel or a window is larger than the padded map before it.

    >>> from quizgen.ops.networks import conv_layer, net, pool_layer
    >>> shapes(net(conv_layer(8, 3), pool_layer(2)), (7, 9, 1))[..., 0]
    array([[5, 7, 8],
           [2, 3, 8]])
    """
    stages = _walk("shapes", network, input)
    return stack(*(stack(s.after.height, s.after.width, s.after.channels) for s in stages))


def map_sizes(network: Network, input: Input) -> Array:
    """Return the side (the height) of the output of each layer with weights: (weight layers, n); 1 for dense.

    >>> from quizgen.ops.networks import conv_layer, net
    >>> map_sizes(net(conv_layer(8, 3), conv_layer(8, 3, stride=2)), (7, 7, 1))[:, 0]
    array([5, 2])
    """
    return stack(*(stage.after.height for stage in _weighted("map_sizes", network, input)))


def parameters(network: Network, input: Input) -> Array:
    """Return the weights and biases of each layer that has some: (weight layers, n).

    conv: kernel^2 * channels * filters + filters; dense: inputs * units + units
    (Simonyan and Zisserman 2015, Very deep convolutional networks, table 2).

    >>> from quizgen.ops.networks import vgg
    >>> parameters(vgg("A"), (224, 224, 3))[:2, 0]
    array([ 1792, 73856])
    """
    stages = _weighted("parameters", network, input)
    return stack(*((_inputs(stage) + 1) * stage.after.channels for stage in stages))


def multiplications(network: Network, input: Input) -> Array:
    """Return the multiplications of each layer with weights, for one image: (weight layers, n).

    conv: height' * width' * kernel^2 * channels * filters; dense: inputs * units

    >>> from quizgen.ops.networks import conv_layer, net
    >>> multiplications(net(conv_layer(20, 3)), (48, 64, 10))[:, 0]
    array([5133600])
    """
    stages = _weighted("multiplications", network, input)
    return stack(*(_inputs(stage) * stage.after.cells for stage in stages))


def kernels(network: Network) -> Array:
    """Return the kernel's side of each layer with weights: (weight layers, n); 1 for dense.

    >>> from quizgen.ops.networks import conv_layer, net
    >>> kernels(net(conv_layer(8, 3), conv_layer(8, 5)))[:, 0]
    array([3, 5])
    """
    return stack(*(_size(layer.kernel) for layer in _weight_layers("kernels", network)))


def fan_in(network: Network, input: Input) -> Array:
    """Return the input channels of each layer with weights: (weight layers, n).

    For a dense layer that is the number of its inputs: for the first one the length of the flattened maps.

    >>> from quizgen.ops.networks import conv_layer, dense_layer, flatten_layer, net
    >>> fan_in(net(conv_layer(8, 3), flatten_layer(), dense_layer(10)), (5, 5, 3))[:, 0]
    array([ 3, 72])
    """
    return stack(*(stage.before.channels for stage in _weighted("fan_in", network, input)))


def fan_out(network: Network) -> Array:
    """Return the filters or units of each layer with weights: (weight layers, n).

    >>> from quizgen.ops.networks import conv_layer, dense_layer, flatten_layer, net
    >>> fan_out(net(conv_layer(8, 3), flatten_layer(), dense_layer(10)))[:, 0]
    array([ 8, 10])
    """
    return stack(*(_size(layer.units) for layer in _weight_layers("fan_out", network)))


def describe(network: Network, input: Input | None = None, column: int = 0) -> list[tuple[str, str, str]]:
    """Return one row per layer for eyes: the layer, its output size and its number of parameters.

    column: which variant is shown. Without an input the last two texts of each row are empty.

    >>> from quizgen.ops.networks import conv_layer, net
    >>> describe(net(conv_layer(64, 3, padding=1)), (224, 224, 3))
    [('conv 3×3, 64 filters, stride 1, padding 1', '224 × 224 × 64', '1,792')]
    """
    texts = [_layer_text(layer, column) for layer in network.layers]
    if input is None:
        return [(text, "", "") for text in texts]
    stages = _walk("describe", network, input)
    return [
        (text, _map_text(stage.after, column), f"{_parameter_count(stage, column):,}")
        for text, stage in zip(texts, stages, strict=True)
    ]


def _walk(op: str, network: Network, input: Input) -> list[Stage]:
    now = _image(op, input)
    network.check_variants(op, now.height)
    stages = []
    for place, layer in enumerate(network.layers, start=1):
        after = _AFTER[layer.kind](f"{op}: layer {place} ({layer.kind})", layer, now) if layer.kind in _AFTER else now
        stages.append(Stage(layer, now, after))
        now = after
    return stages


def _weighted(op: str, network: Network, input: Input) -> Iterable[Stage]:
    _weight_layers(op, network)
    return (stage for stage in _walk(op, network, input) if stage.layer.kind in WEIGHT_KINDS)


def _weight_layers(op: str, network: Network) -> tuple[Layer, ...]:
    if not network.weighted:
        raise ValueError(f"{op}: no layer of the network has weights")
    return network.weighted


def _image(op: str, input: Input) -> Map:
    sides = stack(*input) if isinstance(input, tuple) else ranked(op, "the input", input, 1)
    if sides.ndim != 2 or len(sides) != 3:
        raise ValueError(f"{op}: the input must be three numbers: height, width, channels")
    height, width, channels = whole(op, "a side of the input", sides)
    if (sides < 1).any():
        raise ColumnError(f"{op}: a side of the input must be at least 1, not {sides.min():g}", sides < 1)
    return Map(height, height if np.array_equal(height, width) else width, channels)


def _convolved(where: str, layer: Layer, before: Map) -> Map:
    return Map(*_slid_over(where, layer, before), _size(layer.units))


def _pooled(where: str, layer: Layer, before: Map) -> Map:
    return Map(*_slid_over(where, layer, before), before.channels)


def _flattened(_where: str, _layer: Layer, before: Map) -> Map:
    one = before.cells * 0 + 1
    return Map(one, one, before.cells)


def _connected(_where: str, layer: Layer, before: Map) -> Map:
    return Map(before.height, before.width, _size(layer.units))


_AFTER: dict[str, Callable[[str, Layer, Map], Map]] = {
    "conv": _convolved,
    "max pool": _pooled,
    "mean pool": _pooled,
    "flatten": _flattened,
    "dense": _connected,
}


def _slid_over(where: str, layer: Layer, before: Map) -> tuple[Array, Array]:
    """Return height and width of the map behind a sliding window; those of a square map are one array."""
    height = _slid(where, layer, before, before.height)
    return height, height if before.width is before.height else _slid(where, layer, before, before.width)


def _slid(where: str, layer: Layer, before: Map, side: Array) -> Array:
    kernel, stride, padding = layer.kernel, layer.stride, layer.padding
    narrower = kernel - 2 * padding
    if isinstance(narrower, int) and narrower == 1 and isinstance(stride, int) and stride == 1:
        return side  # as it is with most convolutions
    room: Array = side - narrower
    if (room < 0).any():
        column = int((room < 0).argmax())
        name = "kernel" if layer.kind == "conv" else "window"
        k, h, w, p = (_pick(x, column) for x in (kernel, before.height, before.width, padding))
        message = f"{where}: the {k}x{k} {name} does not fit into the {h}x{w} map with padding {p}"
        raise ColumnError(message, room < 0)
    slid: Array = room // stride + 1
    return slid


def _inputs(stage: Stage) -> Array:
    """Return how many numbers one output cell of a layer with weights sees."""
    kernel = _size(stage.layer.kernel)
    inputs: Array = kernel * kernel * stage.before.channels
    return inputs


def _size(x: Columns) -> Array:
    return x if isinstance(x, np.ndarray) else np.array([x])


def _pick(x: Columns, column: int) -> int:
    array = _size(x)
    return int(array[column if len(array) > 1 else 0])


def _parameter_count(stage: Stage, column: int) -> int:
    if stage.layer.kind not in WEIGHT_KINDS:
        return 0
    return _pick((_inputs(stage) + 1) * stage.after.channels, column)


def _layer_text(layer: Layer, column: int) -> str:
    if layer.kind in _SIZED_TEXTS:
        return _SIZED_TEXTS[layer.kind](layer, column)
    return "ReLU" if layer.kind == "relu" else layer.kind


def _conv_text(layer: Layer, column: int) -> str:
    k, f, s, p = (_pick(x, column) for x in (layer.kernel, layer.units, layer.stride, layer.padding))
    return f"conv {k}×{k}, {f} filter{'s' * (f != 1)}, stride {s}, padding {p}"


def _pool_text(layer: Layer, column: int) -> str:
    k, s = _pick(layer.kernel, column), _pick(layer.stride, column)
    return f"{layer.kind} {k}×{k}, stride {s}"


def _dense_text(layer: Layer, column: int) -> str:
    units = _pick(layer.units, column)
    return f"dense, {units} unit{'s' * (units != 1)}"


_SIZED_TEXTS: dict[str, Callable[[Layer, int], str]] = {
    "conv": _conv_text,
    "max pool": _pool_text,
    "mean pool": _pool_text,
    "dense": _dense_text,
}


def _map_text(after: Map, column: int) -> str:
    height, width, channels = (_pick(x, column) for x in (after.height, after.width, after.channels))
    return f"{height} × {width} × {channels}"
