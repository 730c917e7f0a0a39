"""Ops that work cell by cell explained: activations, elementary functions, gradients of losses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from quizgen.ops import sigmoid
from quizgen.render.lines import Saying, cell_lines, line, product, series, total
from quizgen.render.shown import Place, Shown, Work, guarded, words

Cells = Callable[..., str]
Steps = Callable[..., str | list[str]]


def of_cells(formula: Steps, *parameters: str) -> Callable[[Work], list[str]]:
    """Explain by a formula in the cells of some arguments, or by several, written out for each cell."""

    def explained(work: Work) -> list[str]:
        values = work.over_cells(*parameters)
        return cell_lines(work, lambda place: _as_list(formula(*(value[place] for value in values))))

    return explained


def _as_list(steps: str | list[str]) -> list[str]:
    return [steps] if isinstance(steps, str) else steps


def called(name: str) -> Cells:
    """A function written before its arguments in parentheses."""
    return lambda *cells: f"{name}( {series(cells)} )"


def difference(a: str, b: str) -> str:
    """A number less another one."""
    return f"{a} - {guarded(b)}"


def powered(base: str, exponent: str) -> str:
    """A number to the power of another one."""
    return f"{f'({base})' if base.startswith('-') or ' ' in base else base}^{{{exponent}}}"


def logarithm(x: str) -> str:
    """The natural logarithm of a number."""
    return f"\\ln( {x} )"


def _relu(work: Work) -> list[str]:
    return [line(work.left, rf"\max\left( 0, {work['x'].tex} \right)", result=work.result)]


def _relu_gradient(work: Work) -> list[str]:
    return [line(work.left, cases("1", rf"{work['x'].tex} > 0", "0"), result=work.result)]


def _where(work: Work) -> list[str]:
    either = cases(work["a"].tex, rf"{work['condition'].tex} \ne 0", work["b"].tex)
    if work["condition"].cells.dtype.kind == "b" and not work["condition"].cells.ndim:
        either = cases(work["a"].tex, rf"\text{{the condition holds: }} {work['condition'].tex}", work["b"].tex)
    return [line(work.left, either, result=work.result)]


def cases(a: str, condition: str, b: str) -> str:
    """One value where a condition holds, another one elsewhere."""
    return rf"\begin{{cases}} {a} & \text{{where }} {condition} \\ {b} & \text{{elsewhere}} \end{{cases}}"


def _sigmoid(work: Work) -> list[str]:
    """With the exponential as it stands, then as a number."""
    x = work["x"]
    powers = np.exp(-x.cells.astype(float))

    def how(place: Place) -> list[str]:
        steps = [f"e^{{{opposite(x[place])}}}", work.writes(powers[place])]
        return [rf"\frac{{1}}{{1 + {step}}}" for step in steps[: 2 if np.isfinite(powers[place]) else 1]]

    return cell_lines(work, how)


def opposite(x: str) -> str:
    """A number with the other sign."""
    return x[1:] if x.startswith("-") else f"-{x}" if x != "0" else x


def _sigmoid_gradient(work: Work) -> list[str]:
    (x,) = work.over_cells("x")
    s = sigmoid(x.cells[..., None])[..., 0]

    def how(place: Place) -> list[str]:
        both = rf"\sigma( {x[place]} )", work.writes(s[place])
        return [rf"{value} \cdot ( 1 - {value} )" for value in both]

    says = r"With $\sigma(x) = \frac{1}{1 + e^{-x}}$:"
    return [Saying(says), *cell_lines(work, how)]


def _cross_entropy_gradient(work: Work) -> list[str]:
    says = "Behind a softmax, the gradient of the cross-entropy is the probability less the target:"
    return [Saying(says), *of_cells(difference, "p", "target")(work)]


def _binary_cross_entropy(p: str, y: str) -> str:
    if y in ("0", "1"):  # one of the two terms is 0
        return f"-{logarithm(p) if y == '1' else logarithm(difference('1', p))}"
    rest = rf"\left( {difference('1', y)} \right)"
    return rf"-{product(y, logarithm(p))} - {rest} \cdot {logarithm(difference('1', p))}"


def _binary_cross_entropy_gradient(p: str, y: str) -> list[str]:
    """The formula; with a target of 0 or 1 a factor cancels."""
    rest = difference("1", p)
    short = {"0": rf"\frac{{1}}{{{rest}}}", "1": rf"-\frac{{1}}{{{p}}}"}
    return [rf"\frac{{{difference(p, y)}}}{{{product(p, f'({rest})')}}}", *([short[y]] if y in short else [])]


def _squared_error(work: Work) -> list[str]:
    a, y = work["a"], work["y"]
    squares = [rf"( {difference(x, t)} )^{{2}}" for x, t in zip(a.each(), y.each(), strict=True)]
    parts = [work.writes(square) for square in ((a.cells - y.cells * 1.0) ** 2).ravel().tolist()]
    return [line(work.left, total(squares), total(parts), result=work.result)]


def _softmax_jacobian(work: Work) -> list[str]:
    p: Shown = work["p"]

    def how(place: Place) -> list[str]:
        i, j = place
        if i == j:
            return [product(p[(i,)], f"( 1 - {p[(i,)]} )")]
        return [f"-{product(p[(i,)], p[(j,)])}"]

    says = "On the diagonal a probability times 1 less itself, elsewhere the product of two, with a minus sign:"
    return [Saying(says), *cell_lines(work, how)]


EXPLAINED = {
    "relu": _relu,
    "relu_gradient": _relu_gradient,
    "sigmoid": _sigmoid,
    "sigmoid_gradient": _sigmoid_gradient,
    "softmax_jacobian": _softmax_jacobian,
    "abs": of_cells(lambda x: rf"\left| {x} \right|", "x"),
    "sqrt": of_cells(lambda x: rf"\sqrt{{{x}}}", "x"),
    "exp": of_cells(lambda x: f"e^{{{x}}}", "x"),
    "ln": of_cells(logarithm, "x"),
    "log2": of_cells(called(r"\log_{2}"), "x"),
    "log10": of_cells(called(r"\log_{10}"), "x"),
    "floor": of_cells(lambda x: rf"\left\lfloor {x} \right\rfloor", "x"),
    "ceil": of_cells(lambda x: rf"\left\lceil {x} \right\rceil", "x"),
    "round": of_cells(called(words("round")), "x"),
    "sign": of_cells(called(words("sign")), "x"),
    "minimum": of_cells(called(r"\min"), "a", "b"),
    "maximum": of_cells(called(r"\max"), "a", "b"),
    "power": of_cells(powered, "base", "exponent"),
    "where": _where,
    "cross_entropy_gradient": _cross_entropy_gradient,
    "binary_cross_entropy": of_cells(_binary_cross_entropy, "p", "y"),
    "binary_cross_entropy_gradient": of_cells(_binary_cross_entropy_gradient, "p", "y"),
    "squared_error": _squared_error,
    "squared_error_gradient": of_cells(lambda a, y: rf"2 \cdot ( {difference(a, y)} )", "a", "y"),
}
