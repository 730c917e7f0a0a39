"""Windows that slide over an image explained: convolution, its gradients, pooling; each cell from what it meets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import islice
from itertools import product as pairs

import numpy as np

from quizgen.ops.windows import pair
from quizgen.render.explained_cells import called
from quizgen.render.lines import FULL_CELLS, Saying, cell_lines, ending, listed, sum_lines, total
from quizgen.render.shown import Place, Shown, Work

Meeting = tuple[int, int, int]  # along one axis: a position of the window, a tap of it, the cell below
Grouped = dict[int, list[tuple[int, int]]]
Met = Sequence[tuple[Place, ...]]  # what meets: for each time the places of both

_KEPT = 64  # sizes that are remembered


def _meetings(count: int, taps: int, cells: int, stride: int, padding: int, dilation: int) -> list[Meeting]:
    """Along one axis, which tap lies on which cell of the image at which position; the padding meets nobody."""
    return [
        (position, tap, cell)
        for position, tap in pairs(range(count), range(taps))
        if 0 <= (cell := position * stride + tap * dilation - padding) < cells
    ]


def _pair(work: Work, name: str) -> tuple[int, int]:
    """A static size for both axes; a pooling's stride is its window, and it has no dilation."""
    value = work.given.get(name, 1)
    return pair("", name, work["window"] if value is None else value, least=0)


def _grouped(meetings: Sequence[Meeting], by: int) -> Grouped:
    """Meetings by one of their three parts, as pairs of the two others."""
    groups: Grouped = defaultdict(list)
    for meeting in meetings:
        others = [part for i, part in enumerate(meeting) if i != by]
        groups[meeting[by]].append((others[0], others[1]))
    return groups


def _met(work: Work, by: int, positions: Place, window: Place, inside: Place) -> Callable[[Place], Met]:
    """For a cell of the result, all the places that meet there: pairs of (row, column)."""
    sliding = (_pair(work, name) for name in _SLIDING)
    return _met_anywhere(by, tuple(zip(positions[:2], window[:2], inside[:2], *sliding, strict=True)))


_SLIDING = ("stride", "padding", "dilation")


@lru_cache(maxsize=_KEPT)
def _met_anywhere(by: int, sides: tuple[tuple[int, ...], ...]) -> Callable[[Place], Met]:
    """The same for the sizes along both axes; variants, and questions, share them."""
    down, across = (_grouped(_meetings(*side), by) for side in sides)

    @cache
    def places(row: int, column: int) -> Met:
        return [tuple(zip(rows, cols, strict=True)) for rows, cols in pairs(down[row], across[column])]

    return lambda cell: places(*cell[:2])


def _conv2d(work: Work) -> list[str]:
    image, kernel, bias = work["image"], work["kernel"], work["bias"]
    met = _met(work, 0, work.result.cells.shape[:2], kernel.cells.shape[:2], image.cells.shape[:2])
    channels = [(c,) for c in range(image.cells.shape[2])] if image.cells.ndim == 3 else [()]

    def products(cell: Place) -> Iterator[tuple[str, str]]:
        for tap, below in met(cell):
            for channel in channels:
                yield kernel[(*tap, *channel, *cell[2:])], image[(*below, *channel)]

    def added(cell: Place) -> list[str]:
        return [] if bias.is_nothing else [bias[cell[2:] if bias.cells.ndim else ()]]

    more = "" if bias.is_nothing else ", and the bias"
    says = f"Each cell is the sum of the products of weights and pixels below them{more}."
    return sum_lines(work, [says, *_of_padding(work)], products, added)


def _filter_gradient(work: Work) -> list[str]:
    image, gradient = work["image"], work["gradient"]
    met = _met(work, 1, gradient.cells.shape[:2], work.result.cells.shape[:2], image.cells.shape[:2])

    def products(cell: Place) -> Iterator[tuple[str, str]]:
        channel, filters = cell[2:3], cell[3:]
        for at, below in met(cell):
            yield gradient[(*at, *filters)], image[(*below, *channel)]

    says = "Each weight collects, over all its positions, the gradient there times the pixel it met."
    return sum_lines(work, [says, *_of_padding(work)], products)


def _input_gradient(work: Work) -> list[str]:
    gradient, kernel = work["gradient"], work["kernel"]
    met = _met(work, 2, gradient.cells.shape[:2], kernel.cells.shape[:2], work.result.cells.shape[:2])
    filters = [(m,) for m in range(gradient.cells.shape[2])] if gradient.cells.ndim == 3 else [()]

    def products(cell: Place) -> Iterator[tuple[str, str]]:
        for at, tap in met(cell):
            for m in filters:
                yield kernel[(*tap, *cell[2:], *m)], gradient[(*at, *m)]

    says = "Each pixel collects, from every window it lies in, the weight above it times the gradient there."
    return sum_lines(work, [says], products)


def _of_padding(work: Work) -> list[str]:
    """What is said of the padding, if there is one."""
    return ["Products with the zeros of the padding are left out."] if any(_pair(work, "padding")) else []


def _correlation_matrix(work: Work) -> list[str]:
    return _placed(work, "gradient", "Each row is an image, written row by row, that holds the gradient at one place")


def _transposed_convolution_matrix(work: Work) -> list[str]:
    return _placed(work, "kernel", "Each column is an image, written row by row, that holds the kernel at one place")


def _placed(work: Work, stamp: str, says: str) -> list[str]:
    return [f"{says} and 0 elsewhere: ${work[stamp].tex}$.", ending(work)]


def _windows(work: Work, positions: Place) -> Callable[[Place], list[Place]]:
    """For a position, the cells of the image in the window."""
    image = work["image"].cells
    met = _met(work, 0, positions, pair("", "window", work["window"]), image.shape[:2])
    return lambda cell: [(*below, *cell[2:]) for _, below in met(cell)]


def _max_pool(work: Work) -> list[str]:
    image, window = work["image"], _windows(work, work.result.cells.shape[:2])
    return cell_lines(work, lambda cell: [_largest(image, window(cell))])


def _largest(image: Shown, places: Sequence[Place]) -> str:
    return called(r"\max")(*(image[place] for place in places))


def _mean_pool(work: Work) -> list[str]:
    image, window = work["image"], _windows(work, work.result.cells.shape[:2])
    cells = int(np.prod(pair("", "window", work["window"])))
    says = (
        [Saying("The zeros of the padding are not written down, but they count as cells.")]
        if any(_pair(work, "padding"))
        else []
    )
    lines = cell_lines(work, lambda cell: [rf"\frac{{{total([image[p] for p in window(cell)])}}}{{{cells}}}"])
    return [*says, *lines]


def _max_pool_gradient(work: Work) -> list[str]:
    image, gradient = work["image"], work["gradient"]
    window = _windows(work, gradient.cells.shape[:2])
    rows = []
    for cell in islice(np.ndindex(gradient.cells.shape), FULL_CELLS):
        places = window(cell)
        first = max(places, key=lambda place: image.cells[place])  # the first of equals
        receives = work.cell(first)
        rows.append(rf"{_largest(image, places)} &= {image[first]} \quad {receives} \leftarrow {gradient[cell]}")
    says = (
        "The first largest cell of each window receives the gradient of the window, all others nothing; where windows "
        "overlap, the gradients add up."
    )
    return [Saying(says), *listed(rows, gradient.cells.size), ending(work)]


EXPLAINED = {
    "conv2d": _conv2d,
    "conv2d_filter_gradient": _filter_gradient,
    "conv2d_input_gradient": _input_gradient,
    "correlation_matrix": _correlation_matrix,
    "transposed_convolution_matrix": _transposed_convolution_matrix,
    "max_pool": _max_pool,
    "mean_pool": _mean_pool,
    "max_pool_gradient": _max_pool_gradient,
}
