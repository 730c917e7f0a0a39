"""A trial run of a problem when it is loaded: whatever cannot be computed is told before anything is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from quizgen.errors import QuizgenError
from quizgen.language.expr import Expression, compile_expression
from quizgen.language.template import Choice, Hole, Piece
from quizgen.language.yamltext import Document
from quizgen.ops import Network
from quizgen.problem.drawers import Drawer
from quizgen.problem.model import Mistake, Problem
from quizgen.world.values import Value
from quizgen.world.worlds import Undefined, World, mistaken, world

Needs = Callable[[Set[str]], bool]

_COLUMNS = 6
_OF_NETWORKS = ("table", "drawing")


@dataclass
class Trial:
    """What a trial run found out: the axes of each step, its largest number of cells, which steps stay whole."""

    axes: dict[str, int] = field(default_factory=dict)
    cells: dict[str, int] = field(default_factory=dict)
    real: set[str] = field(default_factory=set)

    @property
    def whole(self) -> frozenset[str]:
        """The steps that are whole numbers whatever is drawn."""
        return frozenset(self.axes.keys() - self.real)


def try_out(problem: Problem, document: Document, *, steps_only: bool = False) -> Trial:
    """Solve a few variants of each structure in whole numbers; raises QuizgenError for what cannot be computed.

    `steps_only`: what kind of values they are is all that is wanted.
    """
    trial = Trial()
    worlds = _worlds(problem)
    for truth, needs in worlds:
        for step in problem.graph.order:
            if needs({step}):
                _try_step(trial, truth, step, document.where(("steps", step)))
    if not steps_only:
        _try_rest(problem, worlds, document)
    return trial


def _try_rest(problem: Problem, worlds: list[tuple[World, Needs]], document: Document) -> None:
    """Conditions, texts and mistakes must be computable, too."""
    templates = (problem.question, problem.solution)
    pieces = _different((piece, text.file) for text in templates for piece in text.walk())
    for truth, needs in worlds:
        for i, condition in enumerate(problem.require):
            if needs(condition.names):
                _try_condition(truth, condition, f"condition {i + 1}", document.where(("require", i)))
        for piece, file in pieces:
            if needs(_names(piece)):
                _try_piece(truth, piece, file)
    for mistake in problem.mistakes:
        _try_mistake([truth for truth, _ in worlds], mistake, document)


def _try_mistake(worlds: list[World], mistake: Mistake, document: Document) -> None:
    """A step of a mistake must be computable in some variant; the first that is found is enough."""
    reasons = set()
    for truth in worlds:
        for step in mistake.steps:
            reason = truth.believing(*mistaken(mistake)).reason(step)
            if not reason:
                return
            reasons.add((step, reason))
    step, reason = min(reasons)
    where = document.where(("mistakes", mistake.id, step))
    raise QuizgenError(f"mistake '{mistake.id}': step '{step}' can never be computed: {reason}", where=where)


def try_further_texts(problem: Problem, original: Problem) -> None:
    """Fill a few variants into what a problem's texts show and the original's do not.

    Raises QuizgenError for what cannot be shown.
    """
    tried = {_shows(piece) for text in (original.question, original.solution) for piece in text.walk()}
    templates = (problem.question, problem.solution)
    pieces = _different((piece, text.file) for text in templates for piece in text.walk())
    further = [(piece, file) for piece, file in pieces if _shows(piece) not in tried]
    for truth, needs in _worlds(problem) if further else []:
        for piece, file in further:
            if needs(_names(piece)):
                _try_piece(truth, piece, file)


def _different(pieces: Iterable[tuple[Piece, str]]) -> list[tuple[Piece, str]]:
    """The pieces that show something, with their files; of those that show the same in the same way the first."""
    found: dict[tuple[str, str], tuple[Piece, str]] = {}
    for piece, file in pieces:
        if shows := _shows(piece):
            found.setdefault(shows, (piece, file))
    return list(found.values())


def _names(piece: Piece) -> frozenset[str]:
    """The draws and steps that a piece of a text shows or asks about."""
    formulas = piece.formulas if isinstance(piece, Hole) else (piece.condition,) if isinstance(piece, Choice) else ()
    return frozenset().union(*(formula.names for formula in formulas))


def _shows(piece: Piece) -> tuple[str, str] | None:
    """What a piece of a text shows, and how; nothing if it is text."""
    match piece:
        case Hole(format=how):
            return ", ".join(formula.source for formula in piece.formulas), how
        case Choice(condition=condition):
            return condition.source, "if"
    return None


def _worlds(problem: Problem) -> list[tuple[World, Needs]]:
    """A few variants of each structure, solved as far as somebody asks, and which names have to be looked at there.

    What no structure decides is solved once, and looked at in the first structure only.
    """
    first, *others = (world(problem, _params(problem, structure)) for structure in problem.structures)
    if not others:
        return [(first, _all)]
    decided = _decided(problem)
    alike = [(step, first.show(compile_expression(step))) for step in problem.graph.order if step not in decided]
    known = {step: shown[0][1] for step, shown in alike if len(shown) == 1 and isinstance(shown[0][1], np.ndarray)}
    return [(first, _all), *((truth.knowing(known), lambda names: bool(decided & names)) for truth in others)]


def _all(_: Set[str]) -> bool:
    return True


def _decided(problem: Problem) -> frozenset[str]:
    """The draws and steps that may differ between structures."""
    drawn = frozenset(name for name, formula in problem.draws.items() if name in problem.structural or formula.names)
    steps = frozenset(step for step, formula in problem.steps.items() if formula.names & drawn)
    return drawn | steps | problem.graph.below(steps)


def _params(problem: Problem, structure: Mapping[str, Any]) -> dict[str, Value]:
    """A few variants of one structure."""
    params = {name: _spread(drawer, i) for i, (name, drawer) in enumerate(problem.drawers(structure).items())}
    return params | {name: Value.dense(np.full(_COLUMNS, value)) for name, value in structure.items()}


def _spread(drawer: Drawer, salt: int) -> Value:
    """Values spread over what can be drawn, in whole numbers if they are whole; the last ones are the extremes."""
    choices = np.array(drawer.choices)[:, None]
    words = np.arange(len(choices))[:, None]
    indices = (words * 5 + words * words + np.arange(_COLUMNS) * 3 + salt) % choices
    indices[:1, -2:] = 0, choices[0, 0] - 1
    return Value.dense(drawer.drawn(indices).astype(drawer.values.dtype))


def _try_step(trial: Trial, truth: World, step: str, where: str) -> None:
    """Compute a step and remember what kind of value it is."""
    for _, result in truth.show(compile_expression(step)):
        if isinstance(result, Undefined):
            raise QuizgenError(f"step '{step}' cannot be computed: {result.reason}", where=where)
        if not isinstance(result, np.ndarray):
            continue
        axes = result.ndim - 1
        if trial.axes.setdefault(step, axes) != axes:
            raise QuizgenError(f"step '{step}' is a number in one structure and an array in another", where=where)
        trial.cells[step] = max(trial.cells.get(step, 1), result.size // max(1, result.shape[-1]))
        if result.dtype.kind not in "ib":
            trial.real.add(step)


def _try_condition(truth: World, condition: Expression, name: str, where: str) -> None:
    """A condition must give one truth value per variant."""
    if reason := truth.why_undefined(condition):
        raise QuizgenError(f"{name}: {reason}", where=where)


def _try_piece(truth: World, piece: Piece, file: str) -> None:
    """A hole must show something that its format can show; a condition must give one truth value."""
    if isinstance(piece, Choice):
        _try_condition(truth, piece.condition, f"<<if {piece.condition.source}>>", f"{file}:{piece.line}")
    elif isinstance(piece, Hole):
        _try_hole(truth, piece, f"{file}:{piece.line}")


def _try_hole(truth: World, hole: Hole, where: str) -> None:
    """What a hole shows can be computed in some variant, and is what its format is for."""
    for formula in reversed(hole.formulas):
        values = [value for _, value in truth.show(formula)]
        reasons = [value.reason for value in values if isinstance(value, Undefined)]
        if len(reasons) == len(values):
            raise QuizgenError(f"<<{formula.source}>> cannot be computed: {reasons[0]}", where=where)
    shown, source = hole.format, hole.value.source
    if shown != "working" and any(isinstance(value, np.ndarray) and value.ndim > 3 for value in values):
        raise QuizgenError(f"<<{source}>> has more than two axes", where=where, hint="Show a part of it.")
    is_network = any(isinstance(value, Network) for value in values)
    if (shown in _OF_NETWORKS) != is_network:
        wanted = shown if shown in _OF_NETWORKS else "table"
        what = f"{'a' if is_network else 'only a'} network is shown as a {wanted}: <<{source}>>"
        raise QuizgenError(what, where=where, hint=f"Write <<network: {wanted}>>.")
    if shown == "pixels" and not all(map(_is_image, values)):
        what = f"only a matrix of whole numbers is shown as pixels: <<{source}>>"
        raise QuizgenError(what, where=where, hint="Write <<image: pixels>>, or show it inside $...$ as a matrix.")


def _is_image(value: object) -> bool:
    """Whether a value, where it can be computed, is a matrix of whole numbers."""
    return isinstance(value, Undefined) or (
        isinstance(value, np.ndarray) and value.ndim == 3 and value.dtype.kind in "ib"
    )
