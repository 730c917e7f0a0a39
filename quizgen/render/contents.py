"""What stands in a text where no text can stand: the place of an answer, a network, its shapes, an image."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

import numpy as np

from quizgen.ops import Network, describe, fan_out
from quizgen.ops.networks import WEIGHT_KINDS
from quizgen.problem.model import Answer
from quizgen.render.numbers import exact, latex
from quizgen.render.sayings import sayings_in
from quizgen.render.words import Wording

MOST_STAGES = 12
_FIRST, _LAST = 6, 5  # stages that are drawn where there are too many
_ACTIVATIONS = {"relu": "ReLU", "ReLU": "ReLU", "sigmoid": "sigmoid", "softmax": "softmax"}
_USUAL = re.compile(r", \d+ (?:filters?|units?)|, stride 1(?!\d)|, padding 0(?!\d)")
_USUAL_POOL = re.compile(r"(?<=pool )((\d+)×\2), stride \2(?!\d)")
_KEPT = 1_024  # layers in words that are remembered
_DARKEST, _LIGHTEST = 0x80, 0xFF  # black numbers can be read on all of these, whether backgrounds are printed or not


@dataclass(frozen=True)
class Asked:
    """The place where the student answers."""

    answer: Answer

    @property
    def alone(self) -> bool:
        """Whether it needs more room than a line has."""
        return bool(self.answer.cells or self.answer.lines)


@dataclass(frozen=True)
class Layers:
    """A network: its layers in words, an activation with the layer that it follows, and the heading above them."""

    rows: tuple[str, ...]
    heading: str = "layer"


@dataclass(frozen=True)
class Stage:
    """One box of a drawing: what makes it, and its sides; height and width are 0 where they are not told.

    `flat`: a vector of so many channels.
    """

    layers: tuple[str, ...]
    height: int
    width: int
    channels: int
    flat: bool = False

    @property
    def sides(self) -> tuple[int, int, int, bool]:
        """What is equal where two stages look alike."""
        return self.height, self.width, self.channels, self.flat

    @property
    def size(self) -> str:
        """The sides in words; nothing where the channels are not known."""
        if self.flat or not self.height:
            return str(self.channels) if self.channels else ""
        return f"{self.height} × {self.width} × {self.channels}"

    @property
    def label(self) -> str:
        """The layers in words, equal ones counted."""
        return "; ".join(_counted(name, len(list(names))) for name, names in groupby(self.layers))


@dataclass(frozen=True)
class Shapes:
    """A network's shapes: each layer with its output, for a table, and fewer stages, for a drawing of boxes.

    `title`, `described`: the drawing in words, for those who do not see it; `headings`: of the table.
    """

    rows: tuple[Stage, ...]
    stages: tuple[Stage, ...]
    title: str
    described: str
    headings: tuple[str, str] = ("layer", "output")

    @property
    def has_sizes(self) -> bool:
        """Whether an input was given."""
        return any(row.height for row in self.rows)

    @property
    def table(self) -> Layers:
        """The layers alone."""
        return Layers(tuple(row.label for row in self.rows), self.headings[0])


@dataclass(frozen=True)
class Pixels:
    """An image of whole numbers, the largest of which are the lightest; `described`: what it is, in words."""

    cells: tuple[tuple[int, ...], ...]
    lowest: int
    highest: int
    described: str = ""

    def grey(self, cell: int) -> int:
        """The shade of a cell, from 128 to 255.

        >>> [Pixels(((0, 1, 4),), 0, 4).grey(cell) for cell in (0, 1, 4)]
        [128, 159, 255]
        """
        span = self.highest - self.lowest
        return _LIGHTEST if not span else _DARKEST + (_LIGHTEST - _DARKEST) * (cell - self.lowest) // span

    @property
    def tex(self) -> str:
        """The image as a matrix."""
        return latex(np.array(self.cells), exact)


Content = Asked | Layers | Shapes | Pixels


def layers_of(network: Network, column: int, words: Wording) -> Layers:
    """A network as a table shows it, one layer a row."""
    said = sayings_in(words.language).layer
    return Layers(tuple(said(text) for text, _ in _layers(network, column)), words.say("layer"))


def shapes_of(network: Network, column: int, sides: tuple[np.ndarray, np.ndarray] | None, words: Wording) -> Shapes:
    """The shapes of a network in one column; `sides`: those of its input, (3,), and of its outputs, (layers, 3)."""
    if sides is None:
        rows = _with_channels(network, column)
    else:
        input, sizes = sides
        height, width, channels = map(int, input)
        first = Stage((words.say("layer-input"),), height, width, channels)
        rows = [first, *_with_sizes(network, column, sizes)]
    stages = _said(_fewer(_merged(rows), words), words)
    told = (f"{stage.label}: {stage.size}" if stage.size else stage.label for stage in stages)
    return Shapes(
        rows=_said(rows, words),
        stages=stages,
        title=words.say("drawing-layers" if sides is None else "drawing-shapes"),
        described=words.say("drawing-from-to", stages=" → ".join(told)),
        headings=(words.say("layer"), words.say("layer-output")),
    )


def _said(stages: Sequence[Stage], words: Wording) -> tuple[Stage, ...]:
    """Stages whose layers are named in the language of the text."""
    sayings = sayings_in(words.language)
    if not sayings.texts:  # they are English
        return tuple(stages)
    return tuple(replace(stage, layers=tuple(map(sayings.layer, stage.layers))) for stage in stages)


def pixels_of(cells: np.ndarray, words: Wording) -> Pixels:
    """An image of whole numbers, (rows, columns)."""
    rows = tuple(tuple(int(cell) for cell in row) for row in cells)
    told = words.say("pixels", rows=len(rows), columns=len(rows[0]))
    return Pixels(rows, int(cells.min()), int(cells.max()), told)


def _with_sizes(network: Network, column: int, sizes: np.ndarray) -> Iterator[Stage]:
    """The layers with height, width and channels of their outputs."""
    kinds = [layer.kind for layer in network.layers]
    for text, place in _layers(network, column):
        height, width, channels = map(int, sizes[place])
        yield Stage((text,), height, width, channels, flat="flatten" in kinds[: place + 1])


def _with_channels(network: Network, column: int) -> list[Stage]:
    """The layers with their filters or units; others keep the channels of those before."""
    rows: list[Stage] = []
    channels, widths = 0, iter(_widths(network, column))
    for text, place in _layers(network, column):
        kind = network.layers[place].kind
        channels = next(widths) if kind in WEIGHT_KINDS else channels
        rows.append(Stage((text,), 0, 0, channels, flat=kind == "dense"))
    return rows


def _layers(network: Network, column: int) -> list[tuple[str, int]]:
    """The layers in words with their places, an activation with the layer that it follows."""
    rows: list[tuple[str, int]] = []
    for place, (text, _, _) in enumerate(describe(network, None, column)):
        if text in _ACTIVATIONS and rows:
            rows[-1] = f"{rows[-1][0]}, {_ACTIVATIONS[text]}", rows[-1][1]
        else:
            rows.append((text, place))
    return rows


def _widths(network: Network, column: int) -> Sequence[int]:
    """The filters or units of the layers with weights, as far as there are some."""
    if not any(layer.kind in WEIGHT_KINDS for layer in network.layers):
        return ()
    widths = fan_out(network)
    return [int(width) for width in widths[:, column if widths.shape[1] > 1 else 0]]


def _merged(rows: Sequence[Stage]) -> list[Stage]:
    """Stages that look alike as one, with short names of their layers."""
    merged: list[Stage] = []
    for row in rows:
        layers = tuple(map(_short, row.layers))
        alike = merged and (merged[-1].sides == row.sides or not (row.height or row.channels != merged[-1].channels))
        merged[-1:] = [replace(merged[-1], layers=merged[-1].layers + layers)] if alike else merged[-1:]
        merged += [] if alike else [replace(row, layers=layers)]
    return merged


@lru_cache(maxsize=_KEPT)
def _short(layer: str) -> str:
    """A layer without what is usual."""
    return _USUAL.sub("", _USUAL_POOL.sub(r"\1", layer))


def _fewer(stages: list[Stage], words: Wording) -> list[Stage]:
    """At most so many stages as can be drawn: poolings join what follows, then the middle is left out."""
    if len(stages) <= MOST_STAGES:
        return stages
    fewer: list[Stage] = []
    for stage in stages:
        if fewer and not stage.flat and all("pool" in layer for layer in fewer[-1].layers):
            stage = replace(stage, layers=fewer.pop().layers + stage.layers)
        fewer.append(stage)
    if len(fewer) <= MOST_STAGES:
        return fewer
    left_out = Stage((words.say("drawing-more", n=len(fewer) - _FIRST - _LAST),), 0, 0, 0)
    return [*fewer[:_FIRST], left_out, *fewer[-_LAST:]]


def _counted(name: str, count: int) -> str:
    if count == 1:
        return name
    return f"{count} × ({name})" if "," in name else f"{count} × {name}"
