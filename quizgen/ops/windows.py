"""Windows that slide over an image: their positions, their padding, the cells below each of their taps."""

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from quizgen.ops.columns import Array, check_cells

Side: TypeAlias = int | tuple[int, int]
"""A static size: one whole number for both axes, or a pair (vertical, horizontal)."""

Pair: TypeAlias = tuple[int, int]


def pair(op: str, what: str, value: Side, least: int = 1) -> Pair:
    """Return a static size as a pair; raise ValueError if it is not whole or below `least`.

    >>> pair("conv2d", "stride", 0)
    Traceback (most recent call last):
    ValueError: conv2d: stride must be at least 1, not 0
    """
    sides = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    try:
        vertical, horizontal = (operator.index(side) for side in sides)
    except (TypeError, ValueError):
        raise ValueError(f"{op}: {what} must be a whole number or a pair of them, not {value}") from None
    if min(vertical, horizontal) < least:
        raise ValueError(f"{op}: {what} must be at least {least}, not {value}")
    return vertical, horizontal


@dataclass(frozen=True)
class Sliding:
    """How a window slides: at position (i, j) its tap (u, v) lies on padded cell (i s + u d, j s + v d)."""

    op: str
    window: Pair
    stride: Pair
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)

    @property
    def reach(self) -> Pair:
        """The cells from the first to the last tap: d (f - 1) + 1."""
        (f, g), (d, e) = self.window, self.dilation
        return d * (f - 1) + 1, e * (g - 1) + 1

    def padded(self, size: Pair) -> Pair:
        """Return the size of an image of this size with its padding."""
        return size[0] + 2 * self.padding[0], size[1] + 2 * self.padding[1]

    def positions(self, size: Pair, name: str = "kernel") -> Pair:
        """Return how many positions the window has; raise ValueError if it has none."""
        (height, width), (p, q) = self.padded(size), self.reach
        if p > height or q > width:
            raise ValueError(
                f"{self.op}: the {self._window_text(name)} does not fit into the {size[0]}x{size[1]} image "
                f"with padding {pair_text(self.padding)}"
            )
        return (height - p) // self.stride[0] + 1, (width - q) // self.stride[1] + 1

    def pad(self, image: Array, fill: float = 0) -> Array:
        """Return the image with a border of `fill`: (h + 2p, w + 2q, ..., n)."""
        if self.padding == (0, 0):
            return image
        p, q = self.padding
        height, width = self.padded((image.shape[0], image.shape[1]))
        check_cells(self.op, "the padded image", height, width, *image.shape[2:-1])
        wide = np.full((height, width, *image.shape[2:]), fill, dtype=image.dtype)
        wide[p : height - p, q : width - q] = image
        return wide

    def crop(self, image: Array) -> Array:
        """Return a padded image without its border."""
        p, q = self.padding
        return image[p : image.shape[0] - p, q : image.shape[1] - q]

    def taps(self) -> Iterator[Pair]:
        """Yield the taps (u, v) of the window in row-major order."""
        return ((u, v) for u in range(self.window[0]) for v in range(self.window[1]))

    def below(self, tap: Pair, positions: Pair) -> tuple[slice, slice]:
        """Return the slices of a padded image that lie below one tap at all positions."""
        starts = (tap[0] * self.dilation[0], tap[1] * self.dilation[1])
        rows, cols = (
            slice(start, start + step * (count - 1) + 1, step)
            for start, step, count in zip(starts, self.stride, positions, strict=True)
        )
        return rows, cols

    def view(self, wide: Array) -> Array:
        """Return a view (taps down, taps across, rows, columns, ..., n) of a padded image."""
        windows = sliding_window_view(wide, self.reach, axis=(0, 1))
        (s, t), (d, e) = self.stride, self.dilation
        return np.moveaxis(windows[::s, ::t, ..., ::d, ::e], (-2, -1), (0, 1))

    def _window_text(self, name: str) -> str:
        text = f"{self.window[0]}x{self.window[1]} {name}"
        return text if self.dilation == (1, 1) else f"{text} with dilation {pair_text(self.dilation)}"


def pair_text(sides: Pair) -> str:
    """Return a pair as `2`, or as `2x3` if its sides differ."""
    return str(sides[0]) if sides[0] == sides[1] else f"{sides[0]}x{sides[1]}"
