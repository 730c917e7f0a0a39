"""Ops that only move cells, find them or lay them out, explained in a few words before the value."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from quizgen.render.lines import line, series
from quizgen.render.shown import Shown, Work, words

Explainer = Callable[[Work], list[str]]


def _moved(parameter: str, says: str) -> Explainer:
    """Explain by what is done, before the value it is done to."""
    return lambda work: [line(work.left, rf"{words(says)}\; {work[parameter].brief}", result=work.result)]


def _transpose(work: Work) -> list[str]:
    return [line(work.left, rf"{work['matrix'].tex}^{{\top}}", result=work.result)]


def _flatten(work: Work) -> list[str]:
    order = "row by row" if work["order"] == "rows" else "column by column"
    return _moved("x", f"the cells, {order}, of")(work)


def _pad(work: Work) -> list[str]:
    border = "zeros" if work["mode"] == "zeros" else "its outermost cells, repeated,"
    return _moved("x", f"with {border} around it:")(work)


def _one_hot(work: Work) -> list[str]:
    return _moved("label", f"a 1 among {work['classes']} cells, at place")(work)


def _at(work: Work) -> list[str]:
    positions = work["positions"]
    if isinstance(positions, tuple):
        positions = Shown(np.array(positions))
    what = words("the cells" if positions.cells.ndim else "cell")
    text = rf"{what}\; {series(positions.each())}\; {words('of')}\; {work['vector'].brief}"
    return [line(work.left, text, result=work.result)]


def _joined(work: Work) -> list[str]:
    return [line(work.left, r", \; ".join(vector.tex for vector in work["vectors"]), result=work.result)]


EXPLAINED = {
    "transpose": _transpose,
    "flatten": _flatten,
    "reshape": _moved("x", "written row by row in another shape:"),
    "flip": _moved("x", "turned by 180 degrees:"),
    "pad": _pad,
    "one_hot": _one_hot,
    "at": _at,
    "argmax": _moved("vector", "the place of the largest cell of"),
    "join": _joined,
}
