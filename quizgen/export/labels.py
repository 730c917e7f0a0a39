"""What stands beside the boxes of a platform: names by which a file of responses is read, points, what is asked."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from html import escape

from quizgen.booklets.asking import counted
from quizgen.export.body import Mathematics, html_body
from quizgen.export.items import Asked, Box, Item, Slip
from quizgen.problem.kinds import KINDS
from quizgen.render.filling import Asked as Place
from quizgen.render.filling import Filled
from quizgen.render.tree import clean

ELSEWHERE = "<em>(not asked in this question)</em>"


def labelled(asked: Asked, box: Callable[[Box], str]) -> str:
    """An answer with its label and its boxes, in a sentence or, where it has cells, as a table.

    The label's name, `Q3.conv`, tells which answers a question asks; so it stands nowhere else.
    """
    label = _label(asked.field.name, asked.field.points, asked.field.asks)
    if asked.field.answer.cells:
        table = f"<table><tbody>\n{_rows(asked, box)}</tbody></table>"
        return f'<p>{label}:</p>\n<div style="overflow-x:auto">{table}</div>\n'  # nine boxes may be wider than a page
    return _placed(asked, f"{label}: {box(asked.boxes[0])}")


def asked_alone(asked: Asked, box: Box) -> str:
    """The label of a box that is a question of its own: `Q3.conv[1,2]`."""
    asks = asked.field.asks
    if asked.field.answer.cells:
        exactly = asks.removeprefix(KINDS[asked.field.answer.kind].says).removeprefix(", ")
        asks = "a whole number" if exactly == "whole numbers" else f"a number, {exactly}".removesuffix(", ")
    return _placed(asked, _label(box.name, box.points, asks))


def elsewhere(asked: Asked) -> str:
    """What stands in the place of an answer that a question of a platform does not ask."""
    return _placed(asked, ELSEWHERE)


def _label(name: str, points: Fraction, asks: str) -> str:
    return f"<code>{escape(name)}</code> ({counted(points, 'point')}; {escape(asks, quote=False)})"


def _placed(asked: Asked, html: str) -> str:
    """In a paragraph where the place of the answer stands between paragraphs."""
    return f"<p>{html}</p>\n" if Place(asked.field.answer).alone else html


def _rows(asked: Asked, box: Callable[[Box], str]) -> str:
    """The boxes of the cells that this variant has, row by row; a vector is one row."""
    width = asked.field.shape[-1]
    rows = [asked.boxes[start : start + width] for start in range(0, len(asked.boxes), width)]
    cells = ["".join(f"<td>{box(cell)}</td>" for cell in row if cell.inside) for row in rows]
    return "".join(f"<tr>{row}</tr>\n" for row in cells if row)


def told(slip: Slip, mathematics: Mathematics) -> str:
    """What a student hears of a mistake, as HTML in a line."""
    return _in_a_line(html_body(Filled(clean(slip.says or slip.title), ()), {}, mathematics))


def solution_of(item: Item, mathematics: Mathematics) -> str:
    """The worked solution as HTML."""
    return html_body(item.section.solution, {}, mathematics) if item.section.solution else ""


def _in_a_line(html: str) -> str:
    text = html.strip()
    return text.removeprefix("<p>").removesuffix("</p>") if text.count("<p>") == 1 else text
