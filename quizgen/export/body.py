"""An item's text as HTML that is well-formed XML, too, with the boxes of a platform in the places of the answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from html.entities import html5
from typing import Literal

from quizgen.export.items import Item
from quizgen.render.filling import Filled
from quizgen.render.html import html_bare, html_filled
from quizgen.render.tree import Formula

Mathematics = Literal["mathml", "tex"]
_ENTITY = re.compile("&([A-Za-z][A-Za-z0-9]{0,40});")
_OF_XML = frozenset({"amp", "apos", "gt", "lt", "quot"})
_MATH = re.compile(r"<math(?=[ >])")
_SPACE = '<math xmlns="http://www.w3.org/1998/Math/MathML"'


def body_of(item: Item, places: Mapping[str, str], mathematics: Mathematics = "mathml") -> str:
    """The question with its tag above; `places`: answer -> what stands in its place, as HTML."""
    return f"<p><code>{escape(item.section.tag)}</code></p>\n{html_body(item.section.text, places, mathematics)}"


def html_body(text: Filled, places: Mapping[str, str], mathematics: Mathematics = "mathml") -> str:
    r"""A filled text; mathematics as MathML in its namespace, or as TeX between `\(` and `\)`.

    Platforms take away inline SVG and styles, or refuse them: drawings and images are plain tables.
    """
    if mathematics == "tex":
        return html_filled(text, places, _tex, html_bare)
    return _ENTITY.sub(_character, _MATH.sub(_SPACE, html_filled(text, places, picture=html_bare)))


def _character(entity: re.Match[str]) -> str:
    """The character that HTML has a name for and XML has none."""
    name = entity[1]
    return entity[0] if name in _OF_XML else html5.get(f"{name};", entity[0])


def _tex(formula: Formula) -> str:
    """TeX as the filters of platforms find it."""
    tex = escape(formula.tex.strip(), quote=False)
    return f"<p>\\[{tex}\\]</p>\n" if formula.display else f"\\({tex}\\)"
