"""Texts as HTML with MathML, in which nothing that a stranger wrote acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from html import escape

from quizgen.render.contents import Asked, Content, Layers, Pixels, Shapes
from quizgen.render.drawing import svg_of
from quizgen.render.filling import Filled
from quizgen.render.formulas import NotPlainError, formula_as_mathml
from quizgen.render.marks import clean, mark
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

_KEPT = 4_096  # formulas that are remembered
_SHORT = 32  # characters of one that is worth it
_DEEPER = 3  # a text's own headings stand below the page's h1 to h3


def html_of(text: str) -> str:
    """A Markdown text as HTML: tags in it are shown as text, no picture is fetched, `$TeX$` becomes MathML.

    >>> html_of("**So** $a < b$")
    '<p><strong>So</strong> <math><mi>a</mi><mo>&lt;</mo><mi>b</mi></math></p>\\n'
    """
    return html_filled(Filled(clean(text), ()), {})


def html_filled(
    variant: Filled,
    fields: Mapping[str, str],
    formula: Callable[[Formula], str] | None = None,
    picture: Callable[[Shapes | Pixels], str] | None = None,
) -> str:
    """A filled text as HTML; where an answer is asked, the HTML of `fields` stands.

    `formula`: how mathematics is written, if not as MathML; `picture`: what stands for a drawing or an image, if not
    an SVG and a table of grey cells.
    """
    put = partial(_put, fields, formula or _as_mathml, picture or html_picture)
    return rendered(variant.text, variant.contents, html_tree, put)


def _as_mathml(formula: Formula) -> str:
    return (_short if len(formula.tex) <= _SHORT else mathml)(formula.tex, display=formula.display)


@lru_cache(maxsize=_KEPT)  # variants share most of their short formulas
def _short(tex: str, *, display: bool) -> str:
    return mathml(tex, display=display)


def _put(
    fields: Mapping[str, str],
    formula: Callable[[Formula], str],
    picture: Callable[[Shapes | Pixels], str],
    content: Formula | Number | Content,
) -> str:
    match content:
        case Formula():
            return formula(content)
        case Number():
            return content.text
        case Asked(answer=answer):
            return fields[answer.name]
        case Layers():
            return html_layers(content)
        case Shapes() | Pixels():
            return picture(content)


def mathml(tex: str, *, display: bool = False) -> str:
    """A formula as MathML; what is no TeX that we know is shown as it was written.

    >>> mathml(r"\\nosuch{x}")
    '<code>\\\\nosuch{x}</code>'
    """
    try:
        formula = formula_as_mathml(tex, display=display)
    except NotPlainError:
        formula = f"<code>{escape(tex.strip())}</code>"
    return f'<div class="formula">{formula}</div>\n' if display else formula


def html_layers(layers: Layers) -> str:
    """A network as a table, one layer a row."""
    rows = "".join(
        f'<tr><th scope="row">{i}</th><td>{escape(text)}</td></tr>\n' for i, text in enumerate(layers.rows, start=1)
    )
    head = f'<thead>\n<tr><td></td><th scope="col">{escape(layers.heading)}</th></tr>\n</thead>'
    return f'<div class="wide"><table>\n{head}\n<tbody>\n{rows}</tbody>\n</table></div>\n'


def html_picture(picture: Shapes | Pixels) -> str:
    """A drawing as an SVG, an image as a table of grey cells."""
    if isinstance(picture, Pixels):
        return html_pixels(picture)
    return f'<div class="wide">{svg_of(picture)}</div>\n'


def html_bare(picture: Shapes | Pixels) -> str:
    """A drawing as a table of layers with their outputs, an image as one of plain numbers: no SVG, no style."""
    if isinstance(picture, Pixels):
        cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in picture.cells)
        rows = "".join(f"<tr>{row}</tr>\n" for row in cells)
        return f'<div class="wide"><table>\n<tbody>\n{rows}</tbody>\n</table></div>\n'
    return html_shapes(picture) if picture.has_sizes else html_layers(picture.table)


def html_shapes(shapes: Shapes) -> str:
    """A network's shapes as a table: each layer, the input first, with its output."""
    heads = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in shapes.headings)
    firsts = ["<td></td>", *(f'<th scope="row">{number}</th>' for number in range(1, len(shapes.rows)))]
    rows = "".join(
        f"<tr>{first}<td>{escape(row.label)}</td><td>{escape(row.size)}</td></tr>\n"
        for first, row in zip(firsts, shapes.rows, strict=True)
    )
    head = f"<thead>\n<tr><td></td>{heads}</tr>\n</thead>"
    return f'<div class="wide"><table>\n{head}\n<tbody>\n{rows}</tbody>\n</table></div>\n'


def html_pixels(pixels: Pixels) -> str:
    """An image as a table of grey cells with their numbers; these are black on light greys, in the dark, too."""
    rows = "".join(f"<tr>{''.join(_pixel(pixels, cell) for cell in row)}</tr>\n" for row in pixels.cells)
    told = escape(pixels.described)
    return f'<div class="wide"><table class="pixels" aria-label="{told}">\n<tbody>\n{rows}</tbody>\n</table></div>\n'


def _pixel(pixels: Pixels, cell: int) -> str:
    shade = f"{pixels.grey(cell):02x}" * 3
    return f'<td style="background:#{shade};color:#000">{cell}</td>'


def html_tree(tree: Tree) -> str:
    """A tree as HTML; its marks stay."""
    return "".join(map(_block, tree))


def _block(block: Block) -> str:
    match block:
        case Paragraph(of=words):
            return f"<p>{_words(words)}</p>\n"
        case Alone(number=number):
            return mark(number)
        case Heading(level=level, of=words):
            tag = f"h{min(6, level + _DEEPER)}"
            return f"<{tag}>{_words(words)}</{tag}>\n"
        case Items():
            return _items(block)
        case Table():
            return _table(block)
        case Quote(of=blocks):
            return f"<blockquote>\n{html_tree(blocks)}</blockquote>\n"
        case Listing(text=text):
            return f"<pre><code>{escape(text)}</code></pre>\n"
        case Rule():
            return "<hr />\n"


def _items(items: Items) -> str:
    """A list; the items of a tight one hold no paragraphs."""
    tag = "ul" if items.first is None else "ol"
    start = "" if items.first in (None, 1) else f' start="{items.first}"'
    parts = "".join(f"<li>{_item(item, items.tight)}</li>\n" for item in items.items)
    return f"<{tag}{start}>\n{parts}</{tag}>\n"


def _item(item: tuple[Block, ...], tight: bool) -> str:
    parts = [
        _words(block.of) + "\n" if tight and isinstance(block, Paragraph) else ("\n" if not i else "") + _block(block)
        for i, block in enumerate(item)
    ]
    text = "".join(parts)
    return text.rstrip("\n") if item and tight and isinstance(item[-1], Paragraph) else text


def _table(table: Table) -> str:
    head = "".join(_cell("th", words, align) for words, align in zip(table.head, table.aligns, strict=True))
    rows = "".join(
        f"<tr>\n{''.join(_cell('td', words, align) for words, align in zip(row, table.aligns, strict=True))}</tr>\n"
        for row in table.rows
    )
    body = f"<tbody>\n{rows}</tbody>\n" if rows else ""
    return f'<div class="wide"><table>\n<thead>\n<tr>\n{head}</tr>\n</thead>\n{body}</table></div>\n'


def _cell(tag: str, words: tuple[Inline, ...], align: str) -> str:
    style = f' style="text-align:{align}"' if align else ""
    return f"<{tag}{style}>{_words(words)}</{tag}>\n"


def _words(inlines: tuple[Inline, ...]) -> str:
    return "".join(map(_inline, inlines))


def _inline(inline: Inline) -> str:
    match inline:
        case Text(text=text):
            return _escaped(text)
        case Strong(of=words):
            return f"<strong>{_words(words)}</strong>"
        case Emphasis(of=words):
            return f"<em>{_words(words)}</em>"
        case Code(text=text):
            return f"<code>{_escaped(text)}</code>"
        case Link(to=to, of=words):
            return f'<a href="{escape(to)}">{_words(words)}</a>'
        case Break():
            return "<br />\n"


def _escaped(text: str) -> str:
    return escape(text, quote=False).replace('"', "&quot;")
