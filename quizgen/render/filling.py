"""Fill a template for many variants at once: Markdown with TeX, and marks where something else than text stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from quizgen.errors import QuizgenError
from quizgen.language.expr import Expression, compile_expression
from quizgen.language.template import Choice, Hole, Piece, Place, Template, Words
from quizgen.ops import Network
from quizgen.problem.kinds import TOLERANT
from quizgen.problem.model import Answer, Problem
from quizgen.render.contents import Asked, Content, Layers, Pixels, Shapes, layers_of, pixels_of, shapes_of
from quizgen.render.escaping import escaped
from quizgen.render.marks import clean, mark
from quizgen.render.numbers import exact, latex, plain, worked
from quizgen.render.spelled import spelled
from quizgen.render.words import Wording, nearest_words
from quizgen.render.working import workings
from quizgen.world.worlds import Undefined, World

__all__ = ["Asked", "Content", "Filled", "Layers", "Pixels", "Shapes", "filled"]


@dataclass(frozen=True)
class Filled:
    """A variant's text as Markdown; where a content stands, a mark with its number stands (see `render.tree`)."""

    text: str
    contents: tuple[Content, ...]


@dataclass
class _Variant:
    """What the text of one variant holds already."""

    said: set[str] = field(default_factory=set)  # explanations: each is given once
    contents: list[Content] = field(default_factory=list)

    def mark(self, content: Content, *, alone: bool) -> str:
        """Take a content in; its mark."""
        self.contents.append(content)
        return mark(len(self.contents) - 1, alone=alone)


def filled(template: Template, problem: Problem, truth: World) -> list[Filled]:
    """The text of each variant, its holes filled from the truth."""
    variants = [_Variant() for _ in range(truth.n)]
    texts = _joined(template.pieces, _Filling(problem, truth, variants, template.file))
    return [Filled(text.strip() + "\n", tuple(variant.contents)) for text, variant in zip(texts, variants, strict=True)]


@dataclass(frozen=True)
class _Filling:
    """What all pieces of a template are filled from; a variant's column is that of the truth."""

    problem: Problem
    truth: World
    variants: list[_Variant]
    file: str  # of the template

    @property
    def words(self) -> Wording:
        """The fixed words, in the language of the text."""
        return nearest_words(self.problem.language)

    def take(self, rows: np.ndarray) -> _Filling:
        """Some of the variants."""
        return _Filling(self.problem, self.truth.take(rows), [self.variants[row] for row in rows.tolist()], self.file)

    def answer(self, name: str) -> Answer | None:
        """An answer that is asked."""
        return next((answer for answer in self.problem.answers if answer.name == name), None)


def _joined(pieces: tuple[Piece, ...], filling: _Filling) -> list[str]:
    columns = [_piece(piece, filling) for piece in pieces]
    return ["".join(parts) for parts in zip(*columns, strict=True)] if columns else [""] * filling.truth.n


def _piece(piece: Piece, filling: _Filling) -> list[str]:
    """One piece of a template, for every variant."""
    match piece:
        case Words(text=text):
            return [clean(text)] * filling.truth.n
        case Place(answer=name):
            answer = filling.answer(name)
            if answer is None:
                return _left_out(piece, filling)
            asked = Asked(answer)
            return [variant.mark(asked, alone=asked.alone) for variant in filling.variants]
        case Choice():
            holds = _holds(piece, filling)
            texts = [""] * filling.truth.n
            for rows, branch in ((np.flatnonzero(holds), piece.then), (np.flatnonzero(~holds), piece.otherwise)):
                for row, text in zip(rows.tolist(), _joined(branch, filling.take(rows)), strict=True):
                    texts[row] = text
            return texts
        case Hole():
            return _hole(piece, filling)


def _holds(choice: Choice, filling: _Filling) -> np.ndarray:
    """A condition's truth value in every variant; it must be a single one."""
    mask = np.zeros(filling.truth.n, dtype=bool)
    for columns, value in _values(choice.condition, filling, choice.line):
        mask[columns] = np.asarray(value, dtype=bool)
    return mask


def _values(formula: Expression, filling: _Filling, line: int) -> list[tuple[np.ndarray, Any]]:
    """A formula's values block by block; raises QuizgenError where it cannot be computed in some variant."""
    blocks = filling.truth.show(formula)
    for _, value in blocks:
        if isinstance(value, Undefined):
            raise QuizgenError(
                f"'{formula.source}' cannot be computed in every variant: {value.reason}",
                where=f"{filling.file}:{line}",
                hint="Narrow `draw`, exclude such variants by `require`, or ask with <<if ...>> first.",
            )
    return blocks


def _hole(hole: Hole, filling: _Filling) -> list[str]:
    """A shown value, or how it is computed, for every variant."""
    if hole.format == "working":
        _values(hole.value, filling, hole.line)  # refuses what cannot be computed
        said = [variant.said for variant in filling.variants]
        return [clean(text) for text in workings(hole, filling.problem, filling.truth, said)]
    if hole.format in _SHOWN_ALONE:
        return _SHOWN_ALONE[hole.format](hole, filling)
    texts = [""] * filling.truth.n
    for columns, value in _values(hole.value, filling, hole.line):
        shown = _layers(value, columns, filling) if isinstance(value, Network) else _shown(value, hole, filling)
        for column, text in zip(columns.tolist(), shown, strict=True):
            texts[column] = text
    return texts


def _layers(network: Network, columns: np.ndarray, filling: _Filling) -> list[str]:
    """A network as a table, in some columns."""
    return [
        filling.variants[column].mark(layers_of(network, place, filling.words), alone=True)
        for place, column in enumerate(columns.tolist())
    ]


def _shapes(hole: Hole, filling: _Filling) -> list[str]:
    """A drawing of a network's shapes for every variant; their sizes where the input is told."""
    networks = _by_column(hole.value, filling, hole.line)
    sides: list[Any] = [None] * filling.truth.n
    if hole.input is not None and hole.sizes is not None:
        columns = (_cells(_by_column(formula, filling, hole.line)) for formula in (hole.input, hole.sizes))
        sides = list(zip(*columns, strict=True))
    return [
        variant.mark(shapes_of(network, place, told, filling.words), alone=True)
        for variant, (network, place), told in zip(filling.variants, networks, sides, strict=True)
    ]


def _pixels(hole: Hole, filling: _Filling) -> list[str]:
    """A matrix as an image, for every variant."""
    images = _cells(_by_column(hole.value, filling, hole.line))
    return [
        variant.mark(pixels_of(image, filling.words), alone=True)
        for variant, image in zip(filling.variants, images, strict=True)
    ]


def _by_column(formula: Expression, filling: _Filling, line: int) -> list[tuple[Any, int]]:
    """The block's value for each variant, and the variant's place in it."""
    found: list[tuple[Any, int]] = [(None, 0)] * filling.truth.n
    for columns, value in _values(formula, filling, line):
        for place, column in enumerate(columns.tolist()):
            found[column] = value, place
    return found


def _cells(found: list[tuple[Any, int]]) -> list[Any]:
    return [np.asarray(value)[..., place] for value, place in found]


_SHOWN_ALONE: dict[str, Callable[[Hole, _Filling], list[str]]] = {"drawing": _shapes, "pixels": _pixels}


def _left_out(place: Place, filling: _Filling) -> list[str]:
    """What stands in the place of an answer that is not asked: its value, if what is asked starts from it."""
    problem, truth = filling.problem, filling.truth
    answer = next(answer for answer in problem.left_out if answer.name == place.answer)
    if answer.of not in problem.given:
        return [f"*({filling.words.say('not-asked')})*"] * truth.n
    step, given = answer.of, f"*{filling.words.say('given')}*"
    if answer.kind not in TOLERANT:  # words: as a student would write them
        value = truth.value(step, answer.step_axes)
        return [f"{given} {escaped(spelled(answer, value.column(i)))}" for i in range(truth.n)]
    texts = _hole(Hole(compile_expression(step), "", None, True, place.line), filling)
    return [f"{given} ${text}$" for text in texts]


def _shown(value: np.ndarray, hole: Hole, filling: _Filling) -> list[str]:
    """A value in each of its columns."""
    if value.dtype.kind in "US":
        return [clean(f"\\text{{{text}}}" if hole.math else escaped(text)) for text in map(str, value.tolist())]
    if value.dtype.kind == "b" and value.ndim == 1:
        return [filling.words.say("yes" if holds else "no") for holds in value.tolist()]
    numbers, write = _written(value.astype(float), hole, filling.problem)
    if numbers.ndim == 1:
        return list(map(write, numbers.tolist()))
    columns = np.moveaxis(numbers, -1, 0)
    return [latex(cells, write) if hole.math else plain(cells, write) for cells in columns]


def _written(numbers: np.ndarray, hole: Hole, problem: Problem) -> tuple[np.ndarray, Callable[[float], str]]:
    """Numbers, rounded where they are, and how they are written: draws exactly, steps as asked, else to 12 figures."""
    if hole.digits:
        return numbers, hole.digits.shown
    source = hole.value.source
    if source in problem.draws:
        return numbers, exact
    if given := problem.given.get(source):
        return given.rounded(numbers), worked
    for answer in (*problem.answers, *problem.left_out):
        told = answer.ask or answer.within
        if answer.of == source and told and not told.is_exact:
            return told.rounded(numbers), worked
    return numbers, worked
