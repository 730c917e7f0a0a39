"""Filled texts as data for `booklet.typ`: a tree as JSON, in which only mathematics is source.

Blocks: `["p", inlines]`, `["h", level, inlines]`, `["l", first, tight, items]`, `["t", aligns, head, rows]`,
`["q", blocks]`, `["c", texts]`, `["r"]`. Inlines: a text, `["b", inlines]`, `["i", inlines]`, `["c", texts]`,
`["a", to, inlines]`, `["br"]`. Contents, which may be either: `["d", lines, TeX]` a formula that stands alone,
`["m", source, TeX]` one in a sentence, `["f", answer]` a field, `["n", heading, rows]` a network,
`["g", SVG, in words]` its drawing, `["x", in words, rows of [number, shade]]` an image.
"""

from __future__ import annotations

import json
from typing import Any

from quizgen.render.contents import Asked, Content, Layers, Pixels, Shapes
from quizgen.render.drawing import svg_of
from quizgen.render.filling import Filled
from quizgen.render.formulas import NotPlainError
from quizgen.render.marks import mark, marks_apart
from quizgen.render.tree import (
    Alone,
    Block,
    Break,
    Code,
    Emphasis,
    Formula,
    Heading,
    Inline,
    Items,
    Link,
    Listing,
    Number,
    Paragraph,
    Quote,
    Rule,
    Strong,
    Table,
    Text,
    Tree,
    rendered,
)
from quizgen.render.typst_math import typst_inline, typst_lines

FONT = "Libertinus Serif"  # it comes with the library


def typst_filled(variant: Filled) -> str:
    """A filled text as JSON."""
    return rendered(variant.text, variant.contents, typst_tree, _put)


def as_json(value: Any) -> str:
    """Data as JSON, short, in characters as they are.

    >>> as_json(["é", None])
    '["é",null]'
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _put(content: Formula | Number | Content) -> str:
    match content:
        case Formula():
            return as_json(_formula(content))
        case Number(text=text):
            return as_json(text)
        case Asked(answer=answer):
            return as_json(["f", answer.name])
        case Layers(rows=rows, heading=heading):
            return as_json(["n", heading, rows])
        case Shapes(described=described):
            return as_json(["g", svg_of(content, FONT), described])
        case Pixels(described=described, cells=cells):
            return as_json(["x", described, [[[str(cell), content.grey(cell)] for cell in row] for row in cells]])


def _formula(formula: Formula) -> list[Any]:
    """A formula as source; what is no plain one is shown as it was written."""
    tex = formula.tex.strip()
    try:
        if not formula.display:
            return ["m", typst_inline(formula.tex), tex]
        return ["d", [[[side.left, *side.right] for side in line] for line in typst_lines(formula.tex)], tex]
    except NotPlainError:
        return ["c", [tex]]


def typst_tree(tree: Tree) -> str:
    """A tree as JSON; its marks stay, each in the place of a value."""
    return _array(map(_block, tree))


def _array(values: Any) -> str:
    return f"[{','.join(values)}]"


def _block(block: Block) -> str:
    match block:
        case Paragraph(of=words):
            return f'["p",{_inlines(words)}]'
        case Alone(number=number):
            return mark(number)
        case Heading(level=level, of=words):
            return f'["h",{level},{_inlines(words)}]'
        case Items(first=first, tight=tight, items=items):
            return f'["l",{as_json(first)},{as_json(tight)},{_array(map(typst_tree, items))}]'
        case Table(aligns=aligns, head=head, rows=rows):
            cells = _array(_array(map(_inlines, row)) for row in rows)
            return f'["t",{as_json(aligns)},{_array(map(_inlines, head))},{cells}]'
        case Quote(of=blocks):
            return f'["q",{typst_tree(blocks)}]'
        case Listing(text=text):
            return f'["c",{_array(_texts(text.removesuffix(chr(10))))}]'
        case Rule():
            return '["r"]'


def _inlines(inlines: tuple[Inline, ...]) -> str:
    return _array(part for inline in inlines for part in _inline(inline))


def _inline(inline: Inline) -> list[str]:
    """An inline as values; a text is cut at its marks."""
    match inline:
        case Text(text=text):
            return _texts(text.replace("\n", " "))
        case Strong(of=words):
            return [f'["b",{_inlines(words)}]']
        case Emphasis(of=words):
            return [f'["i",{_inlines(words)}]']
        case Code(text=text):
            return [f'["c",{_array(_texts(text))}]']
        case Link(to=to, of=words):
            return [f'["a",{as_json(to)},{_inlines(words)}]']
        case Break():
            return ['["br"]']


def _texts(text: str) -> list[str]:
    """A text as values, with marks between them."""
    parts = marks_apart(text)
    return [mark(int(part)) if i % 2 else as_json(part) for i, part in enumerate(parts) if part]
