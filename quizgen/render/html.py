"""Markdown with mathematics -> HTML with MathML, in which nothing that a stranger wrote acts.

The variants of a question differ only in their numbers, mostly inside mathematics. So the formulas, and the numbers in
sentences, are taken out first; what is left, the same for many variants, is parsed once; then they are put in again,
the formulas as MathML.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from math_core import LatexError, LatexToMathML

_KEPT = 4_096  # texts without their numbers that are remembered
_DEEPER = 3  # a text's own headings stand below the page's h1 to h3
_APART = re.compile(
    r"\$\$(?P<display>.+?)\$\$|(?<!\\)\$(?P<inline>.+?)(?<!\\)\$"
    r"|(?:(?<=[\w,;:$] )|(?<=\| )(?=[-\d.]+ \|))"  # behind a word, or a cell of a table: it cannot number a list
    r"(?P<number>-?\d(?:[\d.]*\d)?)(?![\w\\])",
    re.DOTALL,
)
_PLACE = re.compile("\ue000(\\d+)\ue001")  # where something was taken out; these signs have no meaning of their own
_NO_PLACES = str.maketrans({"\ue000": "\ufffd", "\ue001": "\ufffd"})
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")  # a page asks for no file
_TEX = LatexToMathML(fancy_error=False)


def html_of(text: str) -> str:
    """A Markdown text as HTML: tags in it are shown as text, no picture is fetched, `$TeX$` becomes MathML.

    >>> html_of("**So** $a < b$")
    '<p><strong>So</strong> <math><mi>a</mi><mo>&lt;</mo><mi>b</mi></math></p>\\n'
    """
    taken: list[str] = []

    def aside(match: re.Match[str]) -> str:
        tex = match["inline"] or match["display"]
        taken.append(mathml(tex, display=match["display"] is not None) if tex else match["number"])
        return f"\ue000{len(taken) - 1}\ue001"

    parts = list(_parsed(_APART.sub(aside, text.translate(_NO_PLACES))))
    parts[1::2] = [taken[int(number)] for number in parts[1::2]]
    return "".join(parts)


def mathml(tex: str, *, display: bool = False) -> str:
    """A formula as MathML; what is no TeX that we know is shown as it was written.

    >>> mathml(r"\\nosuch{x}")
    '<code>\\\\nosuch{x}</code>'
    """
    try:
        formula = _TEX.convert_with_local_state(tex, displaystyle=display)
    except LatexError:
        formula = f"<code>{escape(tex.strip())}</code>"
    return f'<span class="formula">{formula}</span>' if display else formula


@lru_cache(maxsize=_KEPT)
def _parsed(text: str) -> tuple[str, ...]:
    """A text as HTML, cut where something goes in: every second part is the number of what was taken out."""
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1:]) + _DEEPER)}"
    html = str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))
    wide = html.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")
    return tuple(_PLACE.split(wide))
