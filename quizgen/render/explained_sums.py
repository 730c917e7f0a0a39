"""Sums explained: dense layers and products of matrices, softmax, cross-entropy, the update, sums of all cells."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np

from quizgen.render.explained_cells import called, difference, logarithm
from quizgen.render.lines import (
    FULL_CELLS,
    Saying,
    cell_lines,
    display,
    line,
    listed,
    product,
    series,
    sum_lines,
    terms_left,
    total,
)
from quizgen.render.shown import Place, Shown, Work, guarded

APPROXIMATELY = r"&\approx"
STEEP = 20  # logits beyond this are not put into an exponential as they are


def _row(matrix: Shown, row: int) -> list[str]:
    return [matrix[(row, column)] for column in range(matrix.cells.shape[1])]


def _column(matrix: Shown, rest: Place) -> list[str]:
    return [matrix[(row, *rest)] for row in range(matrix.cells.shape[0])]


def _affine(work: Work) -> list[str]:
    x, bias = work["x"].each(), work["bias"]
    shift = bias.spread(work.result.cells.shape)

    def products(place: Place) -> Iterable[tuple[str, str]]:
        return zip(_row(work["weights"], place[0]), x, strict=True)

    says = "Each row of the weights times the vector" + ("" if bias.is_nothing else ", and the bias of the row") + "."
    return sum_lines(work, [says], products, lambda place: [] if bias.is_nothing else [shift[place]])


def _affine_input_gradient(work: Work) -> list[str]:
    gradient = work["gradient"].each()
    says = "Each column of the weights times the gradient."
    return sum_lines(work, [says], lambda place: zip(_column(work["weights"], place), gradient, strict=True))


def _matmul(work: Work) -> list[str]:
    a, b = work["a"], work["b"]
    vector = b.cells.ndim == 1
    says = f"Each row of the {'matrix times the vector' if vector else 'first matrix times each column of the second'}."
    return sum_lines(work, [says], lambda place: zip(_row(a, place[0]), _column(b, place[1:]), strict=True))


def _outer(work: Work) -> list[str]:
    a, b = work["a"], work["b"]
    return cell_lines(work, lambda place: [product(a[place[:1]], b[place[1:]])])


def _sgd_step(work: Work) -> list[str]:
    """The update with its matrices put in, then each of its cells."""
    weights, gradient, rate = (work[name] for name in ("weights", "gradient", "rate"))
    put_in = rf"{weights.tex} - {product(rate.tex, gradient.tex)}"
    if not work.result.cells.ndim:
        return [line(work.left, put_in, result=work.result)]
    w, g, r = work.over_cells("weights", "gradient", "rate")
    cells = cell_lines(work, lambda place: [f"{w[place]} - {product(r[place], g[place])}"])
    return [display(f"{work.left} = {put_in}"), *cells]


def _softmax(work: Work) -> list[str]:
    """The exponentials, their sum, each quotient."""
    logits = work["logits"]
    z = [float(cell) for cell in logits.cells.tolist()]
    top = max(z)
    steep = not abs(top) <= STEEP
    exponents = [difference(cell, logits.write.text(top)) for cell in logits.each()] if steep else logits.each()
    powers = [math.exp(cell - top if steep else cell) for cell in z]
    texts = [work.writes(power) for power in powers]
    rows = [
        f"e^{{{exponent}}} {'&=' if text == '1' else APPROXIMATELY} {text}"
        for exponent, text in zip(exponents[:FULL_CELLS], texts[:FULL_CELLS], strict=True)
    ]
    below = Shown(np.array(math.fsum(powers)), work.on_the_way)
    says = "The largest logit is taken off all of them first, which changes no quotient."
    return [
        *([Saying(says)] if steep else []),
        *listed(rows, len(z)),
        line(r"\text{sum}", total(texts), result=below),
        *cell_lines(work, lambda place: [rf"\frac{{{texts[place[0]]}}}{{{below.tex}}}"]),
    ]


def _cross_entropy(work: Work) -> list[str]:
    """The terms of the classes whose target is not 0."""
    p, target = work["p"], work["target"]
    classes = [(k,) for k in range(len(target.cells)) if target.cells[k]]
    terms = [logarithm(p[k]) if target[k] == "1" else product(target[k], logarithm(p[k])) for k in classes]
    put_in = f"-{terms[0]}" if len(terms) == 1 else rf"-\left( {total(terms)} \right)"
    says = [Saying("Classes whose target is 0 add nothing.")] if len(classes) < len(target.cells) else []
    return [*says, line(work.left, put_in, result=work.result)]


def _sum(work: Work) -> list[str]:
    kept, says = terms_left(work["x"].each())
    return [*says, line(work.left, total(kept), result=work.result)]


def _mean(work: Work) -> list[str]:
    kept, says = terms_left(work["x"].each())
    return [*says, line(work.left, rf"\frac{{{total(kept)}}}{{{work['x'].cells.size}}}", result=work.result)]


def _of_all(formula: Callable[[list[str]], str]) -> Callable[[Work], list[str]]:
    """Explain by a formula in all cells of the argument."""
    return lambda work: [line(work.left, formula(work["x"].each()), result=work.result)]


def _counted(says: str) -> Callable[[Work], list[str]]:
    """Explain by what is counted, before the value in which it is."""
    return lambda work: [line(work.left, rf"\text{{{says} }} {work['x'].tex}", result=work.result)]


EXPLAINED = {
    "affine": _affine,
    "affine_input_gradient": _affine_input_gradient,
    "matmul": _matmul,
    "outer": _outer,
    "sgd_step": _sgd_step,
    "softmax": _softmax,
    "cross_entropy": _cross_entropy,
    "sum": _sum,
    "prod": _of_all(lambda cells: series([guarded(cell) for cell in cells], r" \cdot ")),
    "max": _of_all(lambda cells: called(r"\max")(*cells)),
    "min": _of_all(lambda cells: called(r"\min")(*cells)),
    "mean": _mean,
    "count": _counted("the number of cells that are not 0 in"),
    "any": _counted("whether some cell is not 0 in"),
    "all": _counted("whether no cell is 0 in"),
}
