"""Markdown with mathematics -> a neutral tree, parsed once for many variants; every target walks it.

The variants of a question differ only in their numbers, mostly inside mathematics. So formulas, the numbers in
sentences, and whatever is no text at all (the place of an answer, a network) are taken out first; what is left, the
same for many variants, is parsed once, with a mark where each of them stood; a target writes the tree once, too, and
puts in again, in its own way, what was taken out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TypeVar

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from quizgen.render.marks import mark, marks_apart

_Content = TypeVar("_Content")

_KEPT = 4_096  # texts without their numbers that are remembered
_MARKS = re.compile("[\ue000\ue002]\\d+\ue001")
_MARKED = re.compile(f"({_MARKS.pattern})")
_ALONE = re.compile("\ue002(\\d+)\ue001")
_MARKS_IN_LINKS = re.compile(r"%EE%80%8[02]\d+%EE%80%81")
_ENTITIES = re.compile(r"&#(?:x0*e00[0-2]|0*5734[4-6]);", re.IGNORECASE)  # would become signs that marks are made of
_APART = re.compile(
    r"\$\$(?P<display>.+?)\$\$|(?<!\\)\$(?P<inline>.+?)(?<!\\)\$"
    "|(?P<mark>[\ue000\ue002])(?P<content>\\d+)\ue001"
    r"|(?:(?<=[\w,;:$] )|(?<=\| )(?=[-\d.]+ \|))"  # behind a word, or a cell of a table: it cannot number a list
    r"(?P<number>-?\d(?:[\d.]*\d)?)(?![\w\\])",
    re.DOTALL,
)
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")  # a page asks for no file


@dataclass(frozen=True)
class Text:
    """Words as they stand, with marks among them."""

    text: str


@dataclass(frozen=True)
class Strong:
    """Words that stand out."""

    of: tuple[Inline, ...]


@dataclass(frozen=True)
class Emphasis:
    """Words in italics."""

    of: tuple[Inline, ...]


@dataclass(frozen=True)
class Code:
    """Something to be read letter by letter."""

    text: str


@dataclass(frozen=True)
class Link:
    """Words that lead somewhere."""

    to: str
    of: tuple[Inline, ...]


@dataclass(frozen=True)
class Break:
    """The end of a line, as an author wants it."""


Inline = Text | Strong | Emphasis | Code | Link | Break


@dataclass(frozen=True)
class Paragraph:
    """Sentences."""

    of: tuple[Inline, ...]


@dataclass(frozen=True)
class Alone:
    """A mark that stands between paragraphs: mathematics in a line of its own, a network, a matrix to fill in."""

    number: int


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the highest of the text."""

    level: int
    of: tuple[Inline, ...]


@dataclass(frozen=True)
class Items:
    """A list, numbered from `first` on if that is a number; `tight`: without space between its items."""

    first: int | None
    tight: bool
    items: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True)
class Table:
    """A table; `aligns`: left, right, center or nothing for each column."""

    aligns: tuple[str, ...]
    head: tuple[tuple[Inline, ...], ...]
    rows: tuple[tuple[tuple[Inline, ...], ...], ...]


@dataclass(frozen=True)
class Quote:
    """Somebody else's words."""

    of: tuple[Block, ...]


@dataclass(frozen=True)
class Listing:
    """Lines to be read letter by letter."""

    text: str


@dataclass(frozen=True)
class Rule:
    """A line across."""


Block = Paragraph | Alone | Heading | Items | Table | Quote | Listing | Rule
Tree = tuple[Block, ...]


@dataclass(frozen=True)
class Formula:
    """Mathematics as TeX; `display`: in a line of its own."""

    tex: str
    display: bool


@dataclass(frozen=True)
class Number:
    """A number in a sentence."""

    text: str


def rendered(
    text: str,
    contents: Sequence[_Content],
    tree: Callable[[Tree], str],
    put: Callable[[Formula | Number | _Content], str],
) -> str:
    """A text in some target: `tree` writes its tree with the marks left in, `put` what was taken out.

    `contents`: what the marks of the text stand for. `tree` is called once for texts that differ only in these.
    """
    skeleton, taken = apart(text, contents)
    parts = list(_written(skeleton, tree))
    parts[1::2] = [put(taken[int(number)]) for number in parts[1::2]]
    return "".join(parts)


def apart(text: str, contents: Sequence[_Content]) -> tuple[str, list[Formula | Number | _Content]]:
    """A text with marks in the place of formulas, numbers and contents, and what they stand for."""
    taken: list[Formula | Number | _Content] = []

    def aside(match: re.Match[str]) -> str:
        kind, said = match.lastgroup, match[match.lastindex or 0]
        if kind == "content":
            taken.append(contents[int(said)])
            return mark(len(taken) - 1, alone=match["mark"] == "\ue002")
        if kind == "number":
            taken.append(Number(said))
            return mark(len(taken) - 1)
        display, tex = kind == "display", said
        if "\ue001" not in tex:
            taken.append(Formula(tex, display))
            return mark(len(taken) - 1, alone=display)
        taken.append(Formula(_MARKS.sub("", tex), display))
        inside = "".join(_APART.sub(aside, found) for found in _MARKS.findall(tex))
        return mark(len(taken) - (1 + inside.count("\ue001")), alone=display) + inside

    return _APART.sub(aside, text), taken


@lru_cache(maxsize=_KEPT)
def parsed(skeleton: str) -> Tree:
    """The tree of a text with marks.

    >>> parsed("Two *words*")
    (Paragraph(of=(Text(text='Two '), Emphasis(of=(Text(text='words'),)))),)
    """
    return _blocks(SyntaxTreeNode(_MARKDOWN.parse(_ENTITIES.sub("\ufffd", skeleton))).children)


def between_marks(text: str, write: Callable[[str], str]) -> str:
    """A text with its words written in some way, and its marks left as they are."""
    parts = _MARKED.split(text)
    parts[::2] = map(write, parts[::2])
    return "".join(parts)


@lru_cache(maxsize=_KEPT)
def _written(skeleton: str, tree: Callable[[Tree], str]) -> tuple[str, ...]:
    """A text in a target, cut where something goes in."""
    return tuple(marks_apart(tree(parsed(skeleton))))


def _blocks(nodes: Sequence[SyntaxTreeNode]) -> Tree:
    return tuple(block for node in nodes for block in _block(node))


def _block(node: SyntaxTreeNode) -> Iterator[Block]:
    """A block of the library's tree as ours."""
    match node.type:
        case "paragraph":
            yield from _paragraph(_inlines(node.children[0].children))
        case "heading":
            yield Heading(int(node.tag[1:]), _inlines(node.children[0].children))
        case "bullet_list" | "ordered_list":
            first = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
            tight = all(part.hidden for item in node.children for part in item.children if part.type == "paragraph")
            yield Items(first, tight, tuple(_blocks(item.children) for item in node.children))
        case "table":
            yield _table(node)
        case "blockquote":
            yield Quote(_blocks(node.children))
        case "code_block" | "fence":
            yield Listing(node.content)
        case "hr":
            yield Rule()


def _paragraph(inlines: tuple[Inline, ...]) -> Iterator[Block]:
    """A paragraph, cut where something stands alone."""
    pieces: list[Inline | Alone] = []
    for inline in inlines:
        if not isinstance(inline, Text):
            pieces.append(inline)
            continue
        for i, part in enumerate(_ALONE.split(inline.text)):
            pieces += [Alone(int(part))] if i % 2 else [Text(part)] if part else []
    for stands, group in groupby(pieces, lambda piece: isinstance(piece, Alone)):
        parts = tuple(group)
        if stands:
            yield from (piece for piece in parts if isinstance(piece, Alone))
        elif words := _trimmed(tuple(piece for piece in parts if not isinstance(piece, Alone))):
            yield Paragraph(words)


def _trimmed(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Words without the space before the first and after the last of them; nothing if that is all there is."""
    found = list(inlines)
    for place, strip in ((0, str.lstrip), (-1, str.rstrip)):
        while found and isinstance(edge := found[place], Text | Break):
            if isinstance(edge, Text) and (text := strip(edge.text)):
                found[place] = Text(text)
                break
            del found[place]
    return tuple(found)


def _table(node: SyntaxTreeNode) -> Table:
    rows = [
        (tuple(_inlines(cell.children[0].children) for cell in row.children), row.children)
        for part in node.children
        for row in part.children
    ]
    aligns = tuple(str(cell.attrs.get("style", "")).removeprefix("text-align:") for cell in rows[0][1])
    return Table(aligns, rows[0][0], tuple(cells for cells, _ in rows[1:]))


def _inlines(nodes: Sequence[SyntaxTreeNode]) -> tuple[Inline, ...]:
    """Inlines of the library's tree as ours; texts that follow each other are one."""
    found: list[Inline] = []
    for inline in (_inline(node) for node in nodes):
        last = found[-1] if found else None
        if isinstance(inline, Text) and isinstance(last, Text):
            found[-1] = Text(last.text + inline.text)
        else:
            found.append(inline)
    return tuple(found)


def _inline(node: SyntaxTreeNode) -> Inline:
    match node.type:
        case "strong":
            return Strong(_inlines(node.children))
        case "em":
            return Emphasis(_inlines(node.children))
        case "code_inline":
            return Code(node.content)
        case "link":
            return Link(_MARKS_IN_LINKS.sub("", str(node.attrs.get("href", ""))), _inlines(node.children))
        case "hardbreak":
            return Break()
        case "softbreak":
            return Text("\n")
    return Text(node.content)
