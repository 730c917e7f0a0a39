"""Fill a template for many variants at once, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from quizgen.language.template import Choice, Hole, Piece, Place, Template, Words
from quizgen.ops import Network, describe
from quizgen.problem.model import Problem
from quizgen.render.numbers import exact, latex, plain, worked
from quizgen.world.worlds import Undefined, World


def fill(template: Template, problem: Problem, truth: World, places: Mapping[str, str]) -> list[str]:
    """The text of each variant: holes filled from the truth, `[[answer]]` replaced by a text of `places`."""
    columns = [_piece(piece, problem, truth, places) for piece in template.pieces]
    return ["".join(parts).strip() + "\n" for parts in zip(*columns, strict=True)]


def table_of(network: Network, column: int) -> str:
    """A network as a Markdown table, one layer a row; an activation stands with the layer it follows."""
    rows: list[str] = []
    for text, _, _ in describe(network, None, column):
        if text in _ACTIVATIONS and rows:
            rows[-1] += f", {_ACTIVATIONS[text]}"
        else:
            rows.append(text)
    lines = [f"| {number} | {text} |" for number, text in enumerate(rows, start=1)]
    return "\n".join(["| | layer |", "|---|---|", *lines])


_ACTIVATIONS = {"relu": "ReLU", "ReLU": "ReLU", "sigmoid": "sigmoid", "softmax": "softmax"}
_ESCAPES = str.maketrans({sign: "\\" + sign for sign in "\\`*_{}[]()#+!|~$"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"})


def escaped(text: str) -> str:
    """A text from a stranger, with nothing in it that Markdown or HTML would act on."""
    return " ".join(text.translate(_ESCAPES).split())


def _piece(piece: Piece, problem: Problem, truth: World, places: Mapping[str, str]) -> list[str]:
    """One piece of a template, for every variant."""
    match piece:
        case Words(text=text):
            return [text] * truth.n
        case Place(answer=answer):
            return [places[answer]] * truth.n
        case Choice(condition=condition):
            holds = _holds(truth, condition)
            texts = [_joined(branch, problem, truth, places) for branch in (piece.otherwise, piece.then)]
            return [texts[int(chosen)][i] for i, chosen in enumerate(holds)]
        case Hole():
            return _hole(piece, problem, truth)


def _joined(pieces: tuple[Piece, ...], problem: Problem, truth: World, places: Mapping[str, str]) -> list[str]:
    columns = [_piece(piece, problem, truth, places) for piece in pieces]
    return ["".join(parts) for parts in zip(*columns, strict=True)] if columns else [""] * truth.n


def _holds(truth: World, condition: Any) -> np.ndarray:
    """A condition's truth value in every variant; it must be a single one."""
    mask = np.zeros(truth.n, dtype=bool)
    for columns, value in truth.show(condition):
        mask[columns] = np.asarray(value, dtype=bool)
    return mask


def _hole(hole: Hole, problem: Problem, truth: World) -> list[str]:
    """A shown value, for every variant."""
    write = hole.digits.shown if hole.digits else _writer(hole, problem)
    texts = [""] * truth.n
    for columns, value in truth.show(hole.value):
        for place, column in enumerate(columns.tolist()):
            texts[column] = _shown(value, place, hole, write)
    return texts


def _writer(hole: Hole, problem: Problem) -> Callable[[float], str]:
    """Draws print exactly; steps as they are asked, else to 12 figures."""
    if hole.value.names <= problem.draws.keys() and hole.value.source in problem.draws:
        return exact
    for answer in problem.answers:
        told = answer.ask or answer.within
        if answer.of == hole.value.source and told and not told.is_exact:
            return lambda number: worked(float(told.rounded(np.array([number]))[0]))
    return worked


def _shown(value: Any, place: int, hole: Hole, write: Callable[[float], str]) -> str:
    """One variant's value."""
    if isinstance(value, Network):
        return table_of(value, place)
    if isinstance(value, Undefined):
        return "undefined"
    cells = np.asarray(value)[..., place]
    if cells.dtype.kind in "US":
        return f"\\text{{{cells}}}" if hole.math else escaped(str(cells))
    if cells.dtype.kind == "b":
        return "yes" if bool(cells) else "no"
    return latex(cells, write) if hole.math else plain(cells, write)
