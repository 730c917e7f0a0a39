"""Where the boxes of a question stand in its text, for platforms that know them by names: `[b1]`, `[b2]`.

They are numbered as they stand there, which is not always the order of the answers: files of responses are read by
the names in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count

from quizgen.export.body import Mathematics, body_of
from quizgen.export.items import Asked, Box, Item
from quizgen.export.labels import elsewhere, labelled
from quizgen.export.options import Options

_MARK = re.compile(r"<!--(\d+)-->")  # a comment, which no text can hold, for in texts no HTML is HTML
_LINES = re.compile(r"[\r\n]")
_LISTING = re.compile(r"<pre>.*?</pre>", re.DOTALL)


@dataclass(frozen=True)
class Marked:
    """The HTML of a question with a numbered mark in the place of each box, and the boxes with their answers."""

    html: str
    boxes: tuple[tuple[Asked, Box], ...]

    @property
    def bare(self) -> str:
        """Without marks: the text of a question with one box, which stands below it."""
        return _MARK.sub("", self.html)

    @property
    def numbered(self) -> str:
        """With numbers in parentheses, for a platform that has one field for all boxes."""
        return _MARK.sub(r"(\1)", self.html)

    def start(self, start: str = "b") -> str:
        """What the names of boxes can begin with: nothing that stands in brackets in the text itself."""
        while f"[{start}" in self.html:
            start += start[-1]
        return start

    def named(self, start: str) -> str:
        """With names in brackets."""
        return _MARK.sub(rf"[{start}\1]", self.html)

    def escaped(self) -> Marked:
        """With the brackets of the text as entities, for a platform that takes any for a box."""
        return Marked(self.html.replace("[", "&#91;").replace("]", "&#93;"), self.boxes)


def marked(item: Item, asked: Sequence[Asked], mathematics: Mathematics) -> Marked:
    """The question with the boxes of some of its answers; the others are not asked."""
    boxes = boxes_of(asked)
    marks = {box.name: f"<!--{i}-->" for i, (_, box) in enumerate(boxes)}
    places = {one.field.answer.name: elsewhere(one) for one in item.answers}
    places |= {one.field.answer.name: labelled(one, lambda box: marks[box.name]) for one in asked}
    html = body_of(item, places, mathematics)
    order = [int(number) for number in _MARK.findall(html)]
    numbers = count(1)
    return Marked(_MARK.sub(lambda _: f"<!--{next(numbers)}-->", html), tuple(boxes[i] for i in order))


def boxes_of(asked: Sequence[Asked]) -> list[tuple[Asked, Box]]:
    """The boxes that a variant has, each with its answer."""
    return [(one, box) for one in asked for box in one.boxes if box.inside]


def typed_together(item: Item, options: Options) -> bool:
    """Whether numbers are typed, where only one that is asked alone can be chosen."""
    return not options.choices or len(boxes_of(item.answers)) > 1


def worth(asked: Sequence[Asked]) -> Fraction:
    """The points of some answers."""
    return sum((one.field.points for one in asked), Fraction(0))


def in_a_line(html: str) -> str:
    r"""HTML without line breaks and tabs, for files in which a line is a question; listings look as they did.

    >>> in_a_line("<p>a\n b</p>\n<pre>c\n\td</pre>")
    '<p>a b</p> <pre>c&#10;&#9;d</pre>'
    """
    kept = _LISTING.sub(lambda found: found[0].replace("\n", "&#10;").replace("\t", "&#9;"), html)
    line = " ".join(words for part in _LINES.split(kept) if (words := part.strip()))
    return " ".join(line.replace("\t", " ").splitlines()).strip()
