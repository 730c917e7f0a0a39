"""Networks as values: a list of layers, whose filters, kernels and strides may differ between variants."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quizgen.ops.columns import Array, ColumnError, Columns, same_variants, whole

WEIGHT_KINDS = ("conv", "dense")
"""The kinds of layers that have weights."""

_ON_MAPS = ("conv", "max pool", "mean pool")

_VGG: dict[str, tuple[tuple[int, ...], ...]] = {
    "A": ((3,), (3,), (3, 3), (3, 3), (3, 3)),
    "B": ((3, 3), (3, 3), (3, 3), (3, 3), (3, 3)),
    "C": ((3, 3), (3, 3), (3, 3, 1), (3, 3, 1), (3, 3, 1)),
    "D": ((3, 3), (3, 3), (3, 3, 3), (3, 3, 3), (3, 3, 3)),
    "E": ((3, 3), (3, 3), (3, 3, 3, 3), (3, 3, 3, 3), (3, 3, 3, 3)),
}
"""The kernel sides of each block of convolutions; a max pooling follows each block."""

_VGG_WIDTHS = (1, 2, 4, 8, 8)
_EXACT = 2**53


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer: its kind, and its sizes, each a whole number or an int64 column (n,) of at least two.

    kind: conv, max pool, mean pool, relu, sigmoid, softmax, flatten or dense
    units: the filters of a convolution, the units of a dense layer
    kernel, stride, padding: of a convolution or a pooling, in cells
    """

    kind: str
    units: Columns = 0
    kernel: Columns = 1
    stride: Columns = 1
    padding: Columns = 0

    def take(self, inside: Array) -> "Layer":
        """Return the layer of some variants, by number; a size that holds for all stays."""
        sizes = (self.units, self.kernel, self.stride, self.padding)
        return Layer(self.kind, *(x[inside] if isinstance(x, np.ndarray) else x for x in sizes))


@dataclass(frozen=True, eq=False)
class Network:
    """A list of layers. Raises ValueError if it is empty or a layer stands where it cannot.

    >>> Network((dense_layer(10),))
    Traceback (most recent call last):
    ValueError: net: layer 1 (dense) needs a flatten() before it
    """

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        flat = False
        if not self.layers:
            raise ValueError("net: there are no layers")
        for place, layer in enumerate(self.layers, start=1):
            if not isinstance(layer, Layer):
                raise ValueError(f"net: argument {place} is no layer")
            if layer.kind == "dense" and not flat:
                raise ValueError(f"net: layer {place} (dense) needs a flatten() before it")
            if layer.kind in _ON_MAPS and flat:
                raise ValueError(f"net: layer {place} ({layer.kind}) cannot come after flatten()")
            flat = flat or layer.kind == "flatten"
        _ = self.variants

    @cached_property
    def variants(self) -> int:
        """The number of variants that all sizes hold for; 1 if each holds for any number."""
        sizes = (size for x in self.layers for size in (x.units, x.kernel, x.stride, x.padding))
        return same_variants("net", *(size for size in sizes if isinstance(size, np.ndarray)))

    @cached_property
    def weighted(self) -> tuple[Layer, ...]:
        """The layers that have weights."""
        return tuple(layer for layer in self.layers if layer.kind in WEIGHT_KINDS)

    def take(self, inside: Array) -> "Network":
        """Return the network of some variants, by number."""
        return Network(tuple(layer.take(inside) for layer in self.layers))

    def check_variants(self, op: str, other: Array) -> None:
        """Raise ValueError unless all sizes, and another column, have one number of variants."""
        same_variants(op, np.broadcast_to(0, self.variants), other)


def conv_layer(filters: Columns, kernel: Columns, stride: Columns = 1, padding: Columns = 0) -> Layer:
    """Return a convolution layer with square kernels and one bias per filter.

    filters, kernel (side), stride, padding: whole numbers or columns (n,)

    >>> conv_layer(64, 3, padding=1).units
    64
    """
    return _layer("conv", units=filters, kernel=kernel, stride=stride, padding=padding)


def pool_layer(window: Columns, stride: Columns | None = None) -> Layer:
    """Return a max pooling layer; its stride is the window unless given.

    >>> pool_layer(2).stride
    2
    """
    return _layer("max pool", kernel=window, stride=window if stride is None else stride)


def mean_pool_layer(window: Columns, stride: Columns | None = None) -> Layer:
    """Return a mean pooling layer; its stride is the window unless given.

    >>> mean_pool_layer(3, stride=2).kind
    'mean pool'
    """
    return _layer("mean pool", kernel=window, stride=window if stride is None else stride)


def relu_layer() -> Layer:
    """Return a ReLU layer.

    >>> relu_layer().kind
    'relu'
    """
    return Layer("relu")


def sigmoid_layer() -> Layer:
    """Return a sigmoid layer.

    >>> sigmoid_layer().kind
    'sigmoid'
    """
    return Layer("sigmoid")


def softmax_layer() -> Layer:
    """Return a softmax layer.

    >>> softmax_layer().kind
    'softmax'
    """
    return Layer("softmax")


def flatten_layer() -> Layer:
    """Return the layer that turns feature maps into one vector.

    >>> flatten_layer().kind
    'flatten'
    """
    return Layer("flatten")


def dense_layer(units: Columns) -> Layer:
    """Return a dense layer with one bias per unit.

    >>> dense_layer(4096).units
    4096
    """
    return _layer("dense", units=units)


def net(*layers: Layer) -> Network:
    """Return the network with these layers, from the input to the output.

    Raises ValueError if there are none, or if one stands where it cannot: dense before flatten, for one.

    >>> len(net(conv_layer(8, 3), relu_layer(), pool_layer(2), flatten_layer(), dense_layer(10)).layers)
    5
    """
    return Network(layers)


def vgg(name: str, width: Columns = 64, hidden: Columns = 4096, classes: Columns = 1000) -> Network:
    """Return a VGG network (Simonyan and Zisserman 2015, Very deep convolutional networks, table 1).

    name: the configuration "A", "B", "C", "D" or "E"
    width: the filters of the first block; the blocks have width, 2 width, 4 width, 8 width and 8 width
    hidden: the units of the two hidden dense layers
    classes: the units of the last layer

    Convolutions have stride 1 and keep the size of the map; each block ends with 2x2 max pooling.

    Raises ValueError for any other name.

    >>> [layer.kind for layer in vgg("A").layers[:6]]
    ['conv', 'relu', 'max pool', 'conv', 'relu', 'max pool']
    """
    if name not in _VGG:
        raise ValueError(f'vgg: there is no configuration "{name}"; there are A, B, C, D and E')
    base = whole("vgg", "width", width)
    relu, pool, inner = relu_layer(), pool_layer(2), dense_layer(hidden)
    layers: list[Layer] = []
    for factor, sides in zip(_VGG_WIDTHS, _VGG[name], strict=True):
        convolutions = {side: conv_layer(base * factor, side, padding=side // 2) for side in set(sides)}
        for side in sides:
            layers += [convolutions[side], relu]
        layers.append(pool)
    layers += [flatten_layer(), inner, relu, inner, relu]
    return Network((*layers, dense_layer(classes), softmax_layer()))


def _layer(kind: str, **sizes: Columns) -> Layer:
    """Return a layer after a check of its sizes: whole, one per variant, at least 1 (padding: 0)."""
    checked: dict[str, Columns] = {}
    for name, size in sizes.items():
        least = 0 if name == "padding" else 1
        if type(size) is int and least <= size <= _EXACT:  # as most are: written in a formula
            checked[name] = size
            continue
        array = whole(kind, name, size)
        if array.ndim > 1:
            raise ValueError(f"{kind}: {name} must be one whole number per variant")
        if (array < least).any():
            raise ColumnError(
                f"{kind}: {name} must be at least {least}, not {np.min(array)}", np.atleast_1d(array < least)
            )
        checked[name] = array if len(array) > 1 else int(array[0])
    return Layer(kind, **checked)
