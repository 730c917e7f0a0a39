"""Where the boxes of a question stand in its text, for platforms that know them by names: `[b1]`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from quizgen.export.body import Mathematics, body_of
from quizgen.export.items import Asked, Box, Item
from quizgen.export.labels import elsewhere, labelled

_MARK = re.compile(r"<!--(\d+)-->")


def marks_of(boxes: Sequence[Box]) -> dict[str, str]:
    """A mark for each box, numbered from 1: a comment, which no text can hold, for in texts no HTML is HTML."""
    return {box.name: f"<!--{i}-->" for i, box in enumerate(boxes, start=1)}


def unused(html: str, start: str = "b") -> str:
    """What the names of boxes can begin with, if a platform looks for them in brackets: nothing the text has there."""
    while f"[{start}" in html:
        start += start[-1]
    return start


def in_brackets(html: str, start: str) -> str:
    """The marks of boxes as names in brackets.

    >>> in_brackets("<p><!--1--> and <!--2--></p>", "b")
    '<p>[b1] and [b2]</p>'
    """
    return _MARK.sub(rf"[{start}\1]", html)


def numbered_marks(html: str) -> str:
    """The marks of boxes as numbers, for a platform that has one field for all of them.

    >>> numbered_marks("<p><!--1--> and <!--2--></p>")
    '<p>(1) and (2)</p>'
    """
    return _MARK.sub(r"(\1)", html)


def without_marks(html: str) -> str:
    """The text of a question with one box, which stands below it."""
    return _MARK.sub("", html)


def marked_body(item: Item, asked: Sequence[Asked], boxes: Sequence[Box], mathematics: Mathematics) -> str:
    """The question with a mark in the place of each of these boxes; other answers are not asked."""
    marks = marks_of(boxes)
    places = {one.field.answer.name: elsewhere(one) for one in item.answers}
    places |= {one.field.answer.name: labelled(one, lambda box: marks.get(box.name, "")) for one in asked}
    return body_of(item, places, mathematics)
