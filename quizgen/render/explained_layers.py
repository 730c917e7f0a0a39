"""What follows from a network's layers explained, a line for each layer: sizes, parameters, multiplications."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from quizgen.ops import Layer, Network, shapes
from quizgen.ops.networks import WEIGHT_KINDS
from quizgen.render.explained_sizes import slid
from quizgen.render.lines import ending, listed, product
from quizgen.render.shown import Work, words

MAX_LAYERS = 40  # that are written down, each in a line of its own

Sides = tuple[int, int, int]


@dataclass(frozen=True)
class Stage:
    """One variant's layer, with height, width and channels before and after it."""

    layer: Layer
    column: int
    before: Sides
    after: Sides

    def size(self, name: str) -> int:
        """One of the layer's own sizes."""
        sizes = np.ravel(getattr(self.layer, name))
        return int(sizes[self.column if len(sizes) > 1 else 0])

    @property
    def weights(self) -> list[str]:
        """The factors of its number of weights."""
        kernel = f"{self.size('kernel')}^{{2}}"
        ends = [str(self.before[2]), str(self.after[2])]
        return [kernel, *ends] if self.layer.kind == "conv" else ends


def _with_stages(explain: Callable[[Work, list[Stage]], list[str]]) -> Callable[[Sequence[Work]], Iterator[list[str]]]:
    """Explain by all layers of the network that an op was given, for its input; they are computed for all variants."""

    def explained(works: Sequence[Work]) -> Iterator[list[str]]:
        network: Network = works[0]["network"]
        images = np.stack([work["input"].cells for work in works], axis=-1).astype(int)
        sides = np.concatenate([images[None], shapes(network, images)])
        for column, work in enumerate(works):
            maps: list[Sides] = [(height, width, channels) for height, width, channels in sides[..., column].tolist()]
            parts = zip(network.layers, repeat(column), maps, maps[1:], strict=False)
            yield explain(work, [Stage(*part) for part in parts])

    return explained


def _per_weight_layer(how: Callable[[Stage], str]) -> Callable[[Work, list[Stage]], list[str]]:
    """Explain layer by layer, for those that have weights."""

    def explained(work: Work, stages: list[Stage]) -> list[str]:
        weighted = [stage for stage in stages if stage.layer.kind in WEIGHT_KINDS]
        rows = [
            rf"{work.cell((k,))} &= {how(stage)} = {work.result[(k,)]} && {words(stage.layer.kind)}"
            for k, stage in enumerate(weighted[:MAX_LAYERS])
        ]
        return [*listed(rows, len(weighted)), ending(work)]

    return explained


def _parameters(stage: Stage) -> str:
    return f"{product(*stage.weights)} + {stage.after[2]}"


def _multiplications(stage: Stage) -> str:
    cells = [str(side) for side in stage.after[:2]] if stage.layer.kind == "conv" else []
    return product(*cells, *stage.weights)


def _shapes(work: Work, stages: list[Stage]) -> list[str]:
    """A line for each layer that changes the map; the others leave it as it is."""
    rows = [_sides(stage) for stage in stages if stage.before != stage.after][:MAX_LAYERS]
    return [*(listed(rows, len(rows)) if rows else []), ending(work)]


def _sides(stage: Stage) -> str:
    """What a layer makes of height, width and channels."""
    kind, after = words(stage.layer.kind), r" \times ".join(map(str, stage.after))
    if stage.layer.kind == "flatten":
        return rf"{kind} &: {product(*map(str, stage.before))} = {stage.after[2]}"
    if stage.layer.kind == "dense":
        return rf"{kind} &: {after}"
    height, width = (_side(stage, side) for side in stage.before[:2])
    sides = height if height == width else rf"{height} \text{{ and }} {width}"
    return rf"{kind} &: {sides}, \; {words('so')} \; {after}"


def _side(stage: Stage, side: int) -> str:
    kernel, stride, padding = (stage.size(name) for name in ("kernel", "stride", "padding"))
    border = padding if stage.layer.kind == "conv" else ""
    room = side + 2 * padding - kernel
    chain: Sequence[str] = slid(*map(str, (side, kernel, stride, border, room, room // stride)))
    return f"{chain[0]} = {room // stride + 1}"


EXPLAINED = {
    "shapes": _with_stages(_shapes),
    "map_sizes": _with_stages(_shapes),
    "parameters": _with_stages(_per_weight_layer(_parameters)),
    "multiplications": _with_stages(_per_weight_layer(_multiplications)),
}
