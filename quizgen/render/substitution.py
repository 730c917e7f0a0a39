"""The numbers of one variant put into a formula, as TeX: a scalar's formula whole, an array's cell by cell."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from quizgen.language.expr import Apply, Call, Compare, Negate, Node, Ref
from quizgen.language.operators import BINARY
from quizgen.ops import OPS
from quizgen.render.lines import FULL_CELLS, LONG_SUM, MAX_TERMS, Saying, cell_lines, line, terms_left
from quizgen.render.shown import Place, Shown, Work, named, words
from quizgen.render.symbols import arithmetic, reads_whole, symbolic

OPERATORS = (Apply, Negate, Compare)
_ARITHMETIC = frozenset(BINARY[kind] for kind in (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow))


@dataclass(frozen=True, eq=False)
class Cell(Node):
    """One cell of a value, written already, in a formula that is written out."""

    text: str
    parts: tuple[Node, ...] = ()


def adds_up(node: Node) -> bool:
    """Whether a node is the sum of something computed cell by cell, such as a product of two vectors."""
    return (
        isinstance(node, Call)
        and node.op is OPS["sum"]
        and isinstance(node.parts[0], Apply)
        and all(_is_arithmetic(part) for part in node.parts[0].walk() if isinstance(part, OPERATORS))
    )


def _is_arithmetic(node: Node) -> bool:
    """Whether a node adds, takes off, multiplies, divides, raises to a power or turns the sign."""
    return isinstance(node, Negate) or (isinstance(node, Apply) and node.function in _ARITHMETIC)


@dataclass(frozen=True)
class Substitution:
    """One variant's numbers; `value` gives a node's value there, `Shown` or a network."""

    value: Callable[[Node], Any]

    def called(self, node: Call, left: str) -> list[str]:
        """An op's name, its values and its result."""
        texts = [self._term(part) for part in node.parts]
        names = [""] * len(node.args) + [f"{named(key)} = " for key, _ in node.keywords]
        inside = ", ".join(name + text for name, text in zip(names, texts, strict=True))
        return [line(left, rf"{named(node.op.name)}\left( {inside} \right)", result=self.value(node))]

    def computed(self, node: Node, left: str, shape: Place | None = None) -> list[str]:
        """Numbers put into a formula; a longer one on arrays is written out cell by cell."""
        result: Shown = self.value(node)
        if not result.cells.ndim:
            says: list[str] = []
            formula = self._sum_of_cells(node, says) if adds_up(node) else self._written_out(node, says)
            return [*says, line(left, arithmetic(formula, self._term), result=result)]
        if shape is None and self._is_large_product(node):
            text = r" \odot ".join(map(self._term, node.parts))
            return [Saying(r"Cell by cell ($\odot$):"), line(left, text, result=result)]
        if shape is None and reads_whole(node, lambda part: self.value(part).cells.ndim):
            return [line(left, arithmetic(node, self._term), result=result)]
        work = Work(left, {}, result, shape=shape)
        return cell_lines(work, lambda place: [arithmetic(node, self._cells(place, result.cells.shape))])

    def is_put_in(self, node: Node) -> bool:
        """Whether a sum is so short that it is written out inside a formula for a number."""
        return adds_up(node) and bool(self.value(node.parts[0]).cells.size <= FULL_CELLS)

    def _term(self, node: Node) -> str:
        """A value in the place of what it is computed from; a network by its name."""
        if isinstance(node, Cell):
            return node.text
        value = self.value(node)
        if isinstance(value, Shown):
            return value.tex
        return symbolic(node) if isinstance(node, Ref) else words("network")

    def _cells(self, place: Place, shape: Place) -> Callable[[Node], str]:
        """One cell of each value in the place of what it is computed from."""
        return lambda node: self.value(node).spread(shape)[place]

    def _is_large_product(self, node: Node) -> bool:
        """Whether a node is a product cell by cell of two arrays, with many cells or with many zeros."""
        if not isinstance(node, Apply) or node.function is not BINARY[ast.Mult]:
            return False
        cells = self.value(node).cells
        if any(isinstance(part, OPERATORS) or self.value(part).cells.shape != cells.shape for part in node.parts):
            return False
        return bool(cells.size > LONG_SUM or 2 * np.count_nonzero(cells) < cells.size)

    def _written_out(self, node: Node, says: list[str]) -> Node:
        """A formula for a number with its short sums written out; what has to be said of them is collected."""
        if not isinstance(node, OPERATORS):
            return self._sum_of_cells(node, says) if self.is_put_in(node) else node
        return replace(node, parts=tuple(self._written_out(part, says) for part in node.parts))

    def _sum_of_cells(self, node: Node, says: list[str]) -> Node:
        """A sum with a term for each cell of what is added up."""
        inside = node.parts[0]
        cells = self.value(inside)
        shape = cells.cells.shape
        kept, left_out = terms_left(cells.each())
        told = [place for place in np.ndindex(shape) if not left_out or cells[place] != "0"]
        terms = [self._at(inside, place, shape) for place in told[:MAX_TERMS]]
        terms += [Cell(r"\dots")] if len(kept) > MAX_TERMS else []
        says += left_out
        return Apply(BINARY[ast.Add], tuple(terms)) if len(terms) > 1 else terms[0] if terms else Cell("0")

    def _at(self, node: Node, place: Place, shape: Place) -> Node:
        """A formula for one cell."""
        if isinstance(node, OPERATORS):
            return replace(node, parts=tuple(self._at(part, place, shape) for part in node.parts))
        return Cell(self._cells(place, shape)(node))
