"""Filled texts as Markdown."""

from __future__ import annotations

from collections.abc import Mapping

from quizgen.language.template import Template
from quizgen.problem.model import Problem
from quizgen.render.contents import Asked, Content, Layers, Pixels, Shapes
from quizgen.render.filling import Filled, filled
from quizgen.render.marks import marks_apart
from quizgen.world.worlds import World


def fill(template: Template, problem: Problem, truth: World, places: Mapping[str, str]) -> list[str]:
    """The text of each variant as Markdown; where an answer is asked, a text of `places` stands."""
    return [written(variant, places) for variant in filled(template, problem, truth)]


def written(variant: Filled, places: Mapping[str, str]) -> str:
    """A filled text as Markdown; where an answer is asked, a text of `places` stands."""
    parts = marks_apart(variant.text)
    parts[1::2] = [_put(variant.contents[int(number)], places) for number in parts[1::2]]
    return "".join(parts)


def _put(content: Content, places: Mapping[str, str]) -> str:
    match content:
        case Asked(answer=answer):
            return places[answer.name]
        case Layers():
            return table_of(content)
        case Shapes():
            return shapes_table(content)
        case Pixels():
            return f"$$ {content.tex} $$"


def table_of(layers: Layers) -> str:
    """A network as a Markdown table, one layer a row.

    >>> print(table_of(Layers(("conv 3×3, ReLU", "max pool 2×2"))))
    | | layer |
    |---|---|
    | 1 | conv 3×3, ReLU |
    | 2 | max pool 2×2 |
    """
    lines = [f"| {number} | {text} |" for number, text in enumerate(layers.rows, start=1)]
    return "\n".join([f"| | {layers.heading} |", "|---|---|", *lines])


def shapes_table(shapes: Shapes) -> str:
    """A network's shapes as a Markdown table: each layer with its output, where that is told.

    >>> from quizgen.render.contents import Stage
    >>> print(shapes_table(Shapes((Stage(("input",), 8, 8, 3), Stage(("conv 3×3",), 6, 6, 4)), (), "", "")))
    | | layer | output |
    |---|---|---|
    | | input | 8 × 8 × 3 |
    | 1 | conv 3×3 | 6 × 6 × 4 |
    """
    if not shapes.has_sizes:
        return table_of(shapes.table)
    rows = [f"| {number} | {row.label} | {row.size} |" for number, row in enumerate(shapes.rows[1:], start=1)]
    first = shapes.rows[0]
    head = [f"| | {' | '.join(shapes.headings)} |", "|---|---|---|", f"| | {first.label} | {first.size} |"]
    return "\n".join([*head, *rows])
