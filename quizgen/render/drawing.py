"""A network's shapes as an SVG: boxes from top to bottom, as high, deep and wide as their sides tell.

Its colour is that of the text around it, black where there is none; it stands alone as a file, too.
"""

from __future__ import annotations

import math
import re
from html import escape
from textwrap import wrap

from quizgen.render.contents import Shapes, Stage

_WIDTH = 320  # fits a phone
_MIDDLE = 70  # of the boxes
_TEXT = 142  # where the words begin
_LETTERS = 26  # of a line of words
_TOGETHER = re.compile(r" (?=\d)|(?<=×) ")  # spaces at which no line ends
_LINE = 15
_GAP = 16  # from box to box
_HIGHEST, _WIDEST = 38.0, 92.0  # of a box
_DEPTH = 0.35  # of a box, as a share of its height


def svg_of(shapes: Shapes, font: str = "system-ui, sans-serif") -> str:
    """A drawing of a network's shapes; `font`: the family of its words.

    >>> svg_of(Shapes((), (Stage(("dense",), 0, 0, 10, flat=True),), "", ""))[:60]
    '<svg xmlns="http://www.w3.org/2000/svg" class="drawing" role'
    """
    parts: list[str] = []
    top = 4.0
    for place, stage in enumerate(shapes.stages):
        box = _Box(stage, shapes)
        if place:
            parts.append(_arrow(top))
            top += _GAP
        parts.append(box.drawn(top))
        top += box.room
    height = math.ceil(top + 4)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="drawing" role="img" aria-label={_quoted(shapes.title)}'
        f' viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
        f' fill="currentColor" stroke="none" font-family={_quoted(font)}>'
        f"<title>{escape(shapes.title)}</title><desc>{escape(shapes.described)}</desc>{''.join(parts)}</svg>"
    )


def _quoted(text: str) -> str:
    """A text as the value of an attribute."""
    inside = escape(text, quote=False).replace('"', "&quot;")
    return f'"{inside}"'


class _Box:
    """One stage: a box, and words beside it."""

    def __init__(self, stage: Stage, shapes: Shapes) -> None:
        self.stage = stage
        most_high = max((max(s.height, s.width) for s in shapes.stages), default=1)
        most_wide = max((s.channels for s in shapes.stages), default=1)
        self.wide = _scaled(stage.channels, most_wide, 5.0, _WIDEST)
        self.high = 4.0 if stage.flat else _scaled(stage.height, most_high, 5.0, _HIGHEST) if stage.height else 18.0
        self.deep = 0.0 if stage.flat or not stage.height else _DEPTH * _scaled(stage.width, most_high, 5.0, _HIGHEST)
        self.lines = [
            line for part in stage.label.split("; ") for line in wrap(_TOGETHER.sub("\u00a0", part), _LETTERS)
        ]

    @property
    def room(self) -> float:
        """Its height, with that of its words."""
        return max(self.high + self.deep, _LINE * (len(self.lines) + bool(self.stage.size)) + 2.0)

    def drawn(self, top: float) -> str:
        middle = top + self.room / 2
        return (self._box(middle) if self.stage.channels else _dots(middle)) + self._words(middle)

    def _box(self, middle: float) -> str:
        """Front, top and side of a box."""
        left, upper = _MIDDLE - (self.wide + self.deep) / 2, middle - (self.high - self.deep) / 2
        right, lower, deep = left + self.wide, upper + self.high, self.deep
        front = [(left, upper), (right, upper), (right, lower), (left, lower)]
        faces = [_face(front, "0.12")]
        if deep:
            lid = [(left, upper), (left + deep, upper - deep), (right + deep, upper - deep), (right, upper)]
            side = [(right, upper), (right + deep, upper - deep), (right + deep, lower - deep), (right, lower)]
            faces += [_face(lid, "0.25"), _face(side, "0.4")]
        return "".join(faces)

    def _words(self, middle: float) -> str:
        texts = [(self.stage.size, 'font-size="14" font-weight="600"')] if self.stage.size else []
        texts += [(line, 'font-size="12"') for line in self.lines]
        first = middle - _LINE * (len(texts) - 1) / 2 + 4.5
        return "".join(
            f'<text x="{_TEXT}" y="{_short(first + _LINE * i)}" {style}>{escape(text)}</text>'
            for i, (text, style) in enumerate(texts)
        )


def _scaled(side: int, most: int, least: float, room: float) -> float:
    """A length for a side: even a thousand channels beside three must fit, so it grows with the logarithm."""
    return least + (room - least) * math.log(max(side, 1)) / math.log(max(most, 2))


def _face(corners: list[tuple[float, float]], opacity: str) -> str:
    points = " ".join(f"{_short(x)},{_short(y)}" for x, y in corners)
    return f'<polygon points="{points}" fill-opacity="{opacity}" stroke="currentColor" stroke-linejoin="round" />'


def _dots(middle: float) -> str:
    """What stands for stages that are not drawn."""
    return "".join(f'<circle cx="{_MIDDLE}" cy="{_short(middle + step)}" r="1.5" />' for step in (-6, 0, 6))


def _arrow(top: float) -> str:
    start, end = _short(top + 3), top + _GAP - 3
    head = f"{_MIDDLE - 3},{_short(end - 4)} {_MIDDLE},{_short(end)} {_MIDDLE + 3},{_short(end - 4)}"
    line = f"M{_MIDDLE} {start}V{_short(end - 3)}"
    return f'<path d="{line}" stroke="currentColor" stroke-opacity="0.6" /><polygon points="{head}" opacity="0.6" />'


def _short(number: float) -> str:
    """A coordinate in tenths.

    >>> _short(3.0), _short(2.25)
    ('3', '2.2')
    """
    return f"{number:.1f}".removesuffix(".0")
