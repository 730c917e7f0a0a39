"""Filled texts as Markdown."""

from __future__ import annotations

from collections.abc import Mapping

from quizgen.language.template import Template
from quizgen.problem.model import Problem
from quizgen.render.filling import Asked, Content, Filled, Layers, filled
from quizgen.render.tree import marks_apart
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
