"""What stands beside the boxes of a platform: names by which a file of responses is read, points, what is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from html import escape

from quizgen.export.body import Mathematics, html_body
from quizgen.export.items import Asked, Box, Item, Slip
from quizgen.problem.translation import ENGLISH
from quizgen.render.filling import Asked as Place
from quizgen.render.filling import Filled
from quizgen.render.marks import clean
from quizgen.render.words import words_of


def labelled(asked: Asked, box: Callable[[Box], str]) -> str:
    """An answer with its label and its boxes, in a sentence or, where it has cells, as a table.

    The label's name, `Q3.conv`, tells which answers a question asks; so it stands nowhere else.
    """
    label = _label(asked, asked.field.name, asked.field.points, asked.field.asks)
    if asked.field.answer.cells:
        table = f"<table><tbody>\n{_rows(asked, box)}</tbody></table>"
        return f'<p>{label}:</p>\n<div style="overflow-x:auto">{table}</div>\n'  # nine boxes may be wider than a page
    return _placed(asked, f"{label}: {box(asked.boxes[0])}")


def asked_alone(asked: Asked, box: Box) -> str:
    """The label of a box that is a question of its own: `Q3.conv[1,2]`."""
    return _placed(asked, _label(asked, box.name, box.points, asked.each))


def elsewhere(asked: Asked) -> str:
    """What stands in the place of an answer that a question of a platform does not ask."""
    return _placed(asked, f"<em>({escape(words_of(asked.language).say('not-asked'))})</em>")


def _label(asked: Asked, name: str, points: Fraction, asks: str) -> str:
    worth = words_of(asked.language).say("points", n=points)
    return f"<code>{escape(name)}</code> ({worth}; {escape(asks, quote=False)})"


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
    return _said(slip.says or slip.title, mathematics)


@lru_cache(maxsize=1024)  # all variants say the same
def _said(text: str, mathematics: Mathematics) -> str:
    """A text of a problem as HTML in a line."""
    return _in_a_line(html_body(Filled(clean(text), ()), {}, mathematics))


def solution_of(item: Item, mathematics: Mathematics) -> str:
    """The worked solution as HTML."""
    return html_body(item.section.solution, {}, mathematics) if item.section.solution else ""


def hint(item: Item, key: str) -> str:
    """A paragraph below a question that says how to write numbers, in the language of its text."""
    return f"<p><em>{escape(words_of(item.section.language).say(key))}</em></p>\n"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence that the teacher reads."""
    return words_of(ENGLISH).listed(names)


def _in_a_line(html: str) -> str:
    text = html.strip()
    return text.removeprefix("<p>").removesuffix("</p>") if text.count("<p>") == 1 else text
