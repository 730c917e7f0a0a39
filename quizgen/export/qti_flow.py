"""Our HTML as the bodies of QTI allow it: blocks outside, tables with bodies, no styles, no block in a paragraph."""

from __future__ import annotations

from lxml import etree

from quizgen.export.packages import xml_text
from quizgen.export.qti_names import Version, spelled_tag

_BLOCKS = ("choiceInteraction", "extendedTextInteraction")
_MATHML = "{http://www.w3.org/1998/Math/MathML}"


def flow(html: str, version: Version) -> str:
    """HTML that is well-formed XML, interactions among it, as content of an item's body or of a feedback."""
    body = etree.fromstring(f'<div xmlns="{version.namespace}">{xml_text(html)}</div>', _PARSER)
    space = f"{{{version.namespace}}}"
    _plain(body, version, space)
    for table in body.iter(f"{space}table"):
        if table.find(f"{space}tbody") is None:  # a heading without rows
            table[0].tag = f"{space}tbody"
    blocks = [tag for name in _BLOCKS if (tag := spelled_tag(name, version.dashed)) in html]
    for block in list(body.iter(*(space + tag for tag in blocks))) if blocks else ():
        _freed(block, f"{space}p")
    text: str = etree.tostring(body, encoding="unicode")
    return text[text.index(">") + 1 : text.rindex("<")]


def _plain(body: etree._Element, version: Version, space: str) -> None:
    """Take away what bodies do not know; 3.0 has words for how columns are aligned."""
    for element in body.iter(f"{space}td", f"{space}th", f"{space}div"):
        style, _, align = str(element.attrib.pop("style", "")).partition(":")
        if style == "text-align" and version.dashed:
            element.set("class", f"qti-align-{align}")
    for items in body.iter(f"{space}ol"):
        if "start" in items.attrib:
            items.attrib.pop("start")
    if not version.dashed:
        for matrix in body.iter(f"{_MATHML}mtable"):
            if "scriptlevel" in matrix.attrib:  # MathML 2 does not know it
                matrix.attrib.pop("scriptlevel")


def _freed(block: etree._Element, paragraph: str) -> None:
    """Take a block out of the paragraph around it: it ends before, and another begins behind."""
    around = next(block.iterancestors(paragraph), None)
    if around is None:
        return
    top = block
    while (above := top.getparent()) is not around:  # out of what stands out, too
        assert above is not None
        top = above
    behind = etree.Element(paragraph)
    behind.text, block.tail = _and(top.tail, "" if top is block else block.tail), None
    for follower in list(top.itersiblings()):
        behind.append(follower)
    top.tail = None
    block_parent = block.getparent()
    assert block_parent is not None
    block_parent.remove(block)
    around.addnext(block)
    if _holds(behind):
        block.addnext(behind)
    outer = around.getparent()
    assert outer is not None
    if not _holds(around):
        outer.remove(around)


def _and(one: str | None, other: str | None) -> str:
    return (other or "") + (one or "")


def _holds(paragraph: etree._Element) -> bool:
    """Whether anything stands in it."""
    return len(paragraph) > 0 or bool((paragraph.text or "").strip())


_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, collect_ids=False)
