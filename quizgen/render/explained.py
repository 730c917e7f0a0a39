"""Every op explains itself: the table by op name, the way from a call with its numbers to Markdown.

An op without an entry is shown as what it is: its name, its values, its result. A new op needs none, but a student
who made a slip finds it sooner where there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from quizgen.render import explained_cells, explained_layers, explained_moves, explained_sizes, explained_sums
from quizgen.render import explained_windows as windows
from quizgen.render.shown import Work

Explainer = Callable[[Sequence[Work]], Iterable[list[str]]]  # of the same call in several variants


def _one_by_one(explain: Callable[[Work], list[str]]) -> Explainer:
    """Explain a call in each variant by itself."""
    return lambda works: map(explain, works)


_ALONE = {
    **explained_sizes.EXPLAINED,
    **windows.EXPLAINED,
    **explained_cells.EXPLAINED,
    **explained_sums.EXPLAINED,
    **explained_moves.EXPLAINED,
}
EXPLAINED: Mapping[str, Explainer] = MappingProxyType(
    {**{name: _one_by_one(explain) for name, explain in _ALONE.items()}, **explained_layers.EXPLAINED}
)
"""How a call of each op is explained, by the op's name."""
