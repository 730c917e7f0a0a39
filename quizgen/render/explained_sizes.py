"""Layer sizes explained: the formula in words, the numbers put in, what is rounded down, the result."""

from __future__ import annotations

from quizgen.render.lines import Saying, cell_lines, display, line, product, total
from quizgen.render.shown import Place, Shown, Work


def floored(numerator: str, denominator: str) -> str:
    """A quotient, rounded down."""
    return rf"\left\lfloor \frac{{{numerator}}}{{{denominator}}} \right\rfloor"


def slid(size: str, window: str, stride: str, padding: str, room: str, steps: str) -> list[str]:
    """The positions of a window along one side, on the way to their number; `padding` is empty where there is none."""
    put_in = total([size, f"-{window}", *([product("2", padding)] if padding else [])])
    return [f"{floored(put_in, stride)} + 1", f"{floored(room, stride)} + 1", f"{steps} + 1"]


def _slid_window(work: Work, window: str) -> list[str]:
    """Convolution and pooling: how often a window fits into a padded side."""
    names = ("size", window, "stride", "padding")
    dilation = work.given.get("dilation")
    size, taps, padding = (work[name].cells for name in ("size", window, "padding"))
    stride = work[window] if work["stride"] is None else work["stride"]
    steps = work.result.cells - 1
    bare = window == "window" and work["padding"].is_nothing
    reach = taps if dilation is None else dilation.cells * (taps - 1) + 1
    room = Shown(size - reach + 2 * padding).spread(steps.shape)
    given = [(stride if name == "stride" else work[name]).spread(steps.shape) for name in names]

    def how(place: Place) -> list[str]:
        side, tap, step, border = (value[place] for value in given)
        if dilation is not None and (dilation.cells != 1).any():
            tap = rf"\left( {product(dilation.spread(steps.shape)[place], f'({tap} - 1)')} + 1 \right)"
        return slid(side, tap, step, "" if bare else border, room[place], work.writes(steps[place]))

    return [_in_words(window, dilation, bare), *cell_lines(work, how)]


def _in_words(window: str, dilation: Shown | None, bare: bool) -> Saying:
    """The formula of a size, in words."""
    taps = rf"\text{{{window}}}"
    if dilation is not None and (dilation.cells != 1).any():
        taps = rf"\left( \text{{dilation}} \cdot (\text{{{window}}} - 1) + 1 \right)"
    put_in = rf"\text{{size}} - {taps}" + ("" if bare else r" + 2 \cdot \text{padding}")
    stride = r"\text{stride}"
    return Saying(display(rf"\text{{side}} = {floored(put_in, stride)} + 1"))


def _conv_size(work: Work) -> list[str]:
    return _slid_window(work, "kernel")


def _pool_size(work: Work) -> list[str]:
    return _slid_window(work, "window")


def _transposed_conv_size(work: Work) -> list[str]:
    given = work.over_cells("size", "kernel", "stride", "padding", "output_padding")

    def how(place: Place) -> list[str]:
        size, kernel, stride, padding, more = (value[place] for value in given)
        grown = total(
            [product(f"({size} - 1)", stride), f"-2 \\cdot {padding}", kernel, *([more] if more != "0" else [])]
        )
        return [grown]

    formula = r"(\text{size} - 1) \cdot \text{stride} - 2 \cdot \text{padding} + \text{kernel}"
    extra = "" if work["output_padding"].is_nothing else r" + \text{output padding}"
    return [Saying(display(rf"\text{{side}} = {formula}{extra}")), *cell_lines(work, how)]


def _receptive_field(work: Work) -> list[str]:
    kernels = work["kernels"].each()
    strides = work["strides"].spread(work["kernels"].cells.shape).each()
    terms = [product(f"({kernel} - 1)", *strides[:layer]) for layer, kernel in enumerate(kernels)]
    says = "One cell, and for each layer its kernel less 1, times the strides of all layers before it:"
    return [Saying(says), line(work.left, total(["1", *terms]), result=work.result)]


EXPLAINED = {
    "conv_size": _conv_size,
    "pool_size": _pool_size,
    "transposed_conv_size": _transposed_conv_size,
    "receptive_field": _receptive_field,
}
