"""TeX mathematics -> Typst mathematics, by a walk over the MathML that the pages show: one reading of TeX for both.

A formula in a sentence is one source. A formula that stands alone comes in pieces: the template puts as many of them
into a line as it has room for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from quizgen.render.formulas import formula_as_mathml, plain_formula
from quizgen.render.typst_elements import is_aligned, is_fenced, sequence, width

Segment = tuple[str, ...]  # a relation and what follows it; a long line may end before each piece

_KEPT = 4_096  # formulas that are remembered
_QUAD = 1.0  # em: so much space parts equations that stand in one line
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)\w+;")
_BARE = re.compile(r"(?<=>)[<&](?=</mi>)")  # a name of one sign, which is left as it is
_RELATIONS = frozenset("=≈≠<>≤≥≡∼≃≅≜≔←→↔⇐⇒⇔⟵⟶⟷⟸⟹⟺↦∈∉⊂⊆∝")
_SUMS = frozenset("+−±∓")
_PRODUCTS = frozenset("⋅×⊙⊗∘∗")


@dataclass(frozen=True)
class Side:
    """An equation, or one of several in a line: what stands left of its first relation, and the rest."""

    left: str
    right: tuple[Segment, ...]


Line = tuple[Side, ...]


@lru_cache(maxsize=_KEPT)
def typst_inline(tex: str) -> str:
    r"""A formula in a sentence; raises NotPlainError for one that cannot be shown.

    >>> typst_inline(r"\hat y_1 \le -\frac{a}{2}")
    'attach(hat(y),b: 1)≤−frac(a,2)'
    """
    return sequence(_mathml(tex, display=False))


@lru_cache(maxsize=_KEPT)
def typst_lines(tex: str) -> tuple[Line, ...]:
    r"""A formula that stands alone: its lines, in pieces; raises NotPlainError for one that cannot be shown.

    >>> typst_lines("y = 1 + x")
    ((Side(left='y', right=(('=1', '+x'),)),),)
    """
    children = list(_mathml(tex, display=True))
    while len(children) == 1 and children[0].tag == "mrow" and not is_fenced(children[0]):
        children = list(children[0])
    if len(children) == 1 and children[0].tag == "mtable" and is_aligned(children[0]):
        return tuple(_aligned_line(row) for row in children[0])
    return (tuple(_side(part) for part in _between_quads(children)),)


def _mathml(tex: str, *, display: bool) -> Element:
    """A plain formula as MathML."""
    plain_formula(tex)
    text = _ENTITY.sub(lambda entity: unescape(entity[0]), formula_as_mathml(tex, display=display))
    return ElementTree.fromstring(_BARE.sub(lambda sign: escape(sign[0]), text))


def _aligned_line(row: Element) -> Line:
    """A line of aligned equations: pairs of cells."""
    cells = [list(cell) for cell in row]
    cells += [[]] * (len(cells) % 2)
    pairs = zip(cells[::2], cells[1::2], strict=True)
    return tuple(Side(sequence(left), tuple(_segments(right))) for left, right in pairs)


def _between_quads(children: Sequence[Element]) -> Iterator[list[Element]]:
    """Equations that stand in one line, with a quad or more between them."""
    part: list[Element] = []
    for child in children:
        if child.tag == "mspace" and width(child) >= _QUAD:
            yield part
            part = []
        else:
            part.append(child)
    yield part


def _side(children: Sequence[Element]) -> Side:
    """An equation cut at its first relation."""
    first = next((i for i, child in enumerate(children) if i and _is(child, _RELATIONS)), len(children))
    return Side(sequence(children[:first]), tuple(_segments(children[first:])))


def _segments(children: Sequence[Element]) -> Iterator[Segment]:
    """A side of an equation, cut at its relations, and each part where a line may end."""
    pieces: list[list[Element]] = []
    for i, child in enumerate(children):
        relation = _is(child, _RELATIONS)
        if pieces and relation:
            yield tuple(map(sequence, pieces))
            pieces = []
        if not pieces or _may_break(children, i):
            pieces.append([])
        pieces[-1].append(child)
    if pieces:
        yield tuple(map(sequence, pieces))


def _may_break(children: Sequence[Element], i: int) -> bool:
    """Whether a line may end before a child: a term of a sum, the next of a list, a factor beside a matrix."""
    child, before = children[i], children[i - 1]
    if _is(child, _SUMS):
        return child.get("lspace") != "0"
    if _is(child, _PRODUCTS):
        return any(part.find(".//mtable") is not None for part in children[max(0, i - 1) : i + 2])
    return _is(before, frozenset(",")) or (before.tag == "mspace" and width(before) >= _QUAD)


def _is(node: Element, signs: frozenset[str]) -> bool:
    return node.tag == "mo" and node.text in signs
