"""Fill a template for many variants at once, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from quizgen.errors import QuizgenError
from quizgen.language.expr import Expression, compile_expression
from quizgen.language.template import Choice, Hole, Piece, Place, Template, Words
from quizgen.ops import Network, describe
from quizgen.problem.kinds import TOLERANT
from quizgen.problem.model import Problem
from quizgen.render.numbers import exact, latex, plain, worked
from quizgen.render.spelled import spelled
from quizgen.render.working import workings
from quizgen.world.worlds import Undefined, World


def fill(template: Template, problem: Problem, truth: World, places: Mapping[str, str]) -> list[str]:
    """The text of each variant: holes filled from the truth, `[[answer]]` replaced by a text of `places`."""
    said: Said = [set() for _ in range(truth.n)]
    columns = [_piece(piece, problem, truth, places, said) for piece in template.pieces]
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


Said = list[set[str]]  # for each variant, the explanations that its text holds already


def _piece(piece: Piece, problem: Problem, truth: World, places: Mapping[str, str], said: Said) -> list[str]:
    """One piece of a template, for every variant."""
    match piece:
        case Words(text=text):
            return [text] * truth.n
        case Place(answer=answer):
            return [places[answer]] * truth.n if answer in places else _left_out(piece, problem, truth)
        case Choice():
            holds = _holds(truth, piece, problem)
            texts = [""] * truth.n
            for rows, branch in ((np.flatnonzero(holds), piece.then), (np.flatnonzero(~holds), piece.otherwise)):
                chosen = [said[row] for row in rows.tolist()]
                filled = _joined(branch, problem, truth.take(rows), places, chosen)
                for row, text in zip(rows.tolist(), filled, strict=True):
                    texts[row] = text
            return texts
        case Hole():
            return _hole(piece, problem, truth, said)


def _joined(
    pieces: tuple[Piece, ...], problem: Problem, truth: World, places: Mapping[str, str], said: Said
) -> list[str]:
    columns = [_piece(piece, problem, truth, places, said) for piece in pieces]
    return ["".join(parts) for parts in zip(*columns, strict=True)] if columns else [""] * truth.n


def _holds(truth: World, choice: Choice, problem: Problem) -> np.ndarray:
    """A condition's truth value in every variant; it must be a single one."""
    mask = np.zeros(truth.n, dtype=bool)
    for columns, value in _values(truth, choice.condition, problem, choice.line):
        mask[columns] = np.asarray(value, dtype=bool)
    return mask


def _values(truth: World, formula: Expression, problem: Problem, line: int) -> list[tuple[np.ndarray, Any]]:
    """A formula's values block by block; raises QuizgenError where it cannot be computed in some variant."""
    blocks = truth.show(formula)
    for _, value in blocks:
        if isinstance(value, Undefined):
            raise QuizgenError(
                f"'{formula.source}' cannot be computed in every variant: {value.reason}",
                where=f"{problem.file}:{line}",
                hint="Narrow `draw`, exclude such variants by `require`, or ask with <<if ...>> first.",
            )
    return blocks


def _hole(hole: Hole, problem: Problem, truth: World, said: Said) -> list[str]:
    """A shown value, or how it is computed, for every variant."""
    if hole.format == "working":
        _values(truth, hole.value, problem, hole.line)  # refuses what cannot be computed
        return workings(hole, problem, truth, said)
    write = hole.digits.shown if hole.digits else _writer(hole, problem)
    texts = [""] * truth.n
    for columns, value in _values(truth, hole.value, problem, hole.line):
        for place, column in enumerate(columns.tolist()):
            texts[column] = _shown(value, place, hole, write)
    return texts


def _left_out(place: Place, problem: Problem, truth: World) -> list[str]:
    """What stands in the place of an answer that is not asked: its value, if what is asked starts from it."""
    answer = next(answer for answer in problem.left_out if answer.name == place.answer)
    if answer.of not in problem.given:
        return ["*(not asked)*"] * truth.n
    step = answer.of
    if answer.kind not in TOLERANT:  # words: as a student would write them
        value = truth.value(step, answer.step_axes)
        return [f"*Given:* {escaped(spelled(answer, value.column(i)))}" for i in range(truth.n)]
    texts = _hole(Hole(compile_expression(step), "", None, True, place.line), problem, truth, [])
    return [f"*Given:* ${text}$" for text in texts]


def _writer(hole: Hole, problem: Problem) -> Callable[[float], str]:
    """Draws print exactly; steps as they are asked, else to 12 figures."""
    if hole.value.names <= problem.draws.keys() and hole.value.source in problem.draws:
        return exact
    if given := problem.given.get(hole.value.source):
        return lambda number: worked(float(given.rounded(np.array([number]))[0]))
    for answer in (*problem.answers, *problem.left_out):
        told = answer.ask or answer.within
        if answer.of == hole.value.source and told and not told.is_exact:
            return lambda number: worked(float(told.rounded(np.array([number]))[0]))
    return worked


def _shown(value: Any, place: int, hole: Hole, write: Callable[[float], str]) -> str:
    """One variant's value."""
    if isinstance(value, Network):
        return table_of(value, place)
    cells = np.asarray(value)[..., place]
    if cells.dtype.kind in "US":
        return f"\\text{{{cells}}}" if hole.math else escaped(str(cells))
    if cells.dtype.kind == "b":
        return "yes" if bool(cells) else "no"
    return latex(cells, write) if hole.math else plain(cells, write)
