"""Every op explains itself: the table by op name, the way from a call with its numbers to Markdown.

An op without an entry is shown as what it is: its name, its values, its result. A new op needs none, but a student
who made a slip finds it sooner where there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from quizgen.render import explained_cells, explained_layers, explained_moves, explained_sizes, explained_sums
from quizgen.render import explained_windows as windows
from quizgen.render.shown import Work

Explainer = Callable[[Work], list[str]]

EXPLAINED: Mapping[str, Explainer] = MappingProxyType(
    {
        **explained_sizes.EXPLAINED,
        **windows.EXPLAINED,
        **explained_cells.EXPLAINED,
        **explained_sums.EXPLAINED,
        **explained_moves.EXPLAINED,
        **explained_layers.EXPLAINED,
    }
)
"""How a call of each op is explained, by the op's name."""
