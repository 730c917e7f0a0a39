"""A question's text without the parts that a blueprint does not ask."""

from __future__ import annotations

import re
from collections.abc import Set

_ITEM = re.compile(r"\s*(?:\d+[.)]|[-*]) ")
_PLACE = re.compile(r"\[\[(\w+)\]\]")
_CHOICE = re.compile(r"<<(if|end)\b")


def without_parts(text: str, unasked: Set[str]) -> str:
    """The text without list items that ask only unasked answers, and without whatever leads to such items alone.

    Numbers of items stay, for the solution goes by them. What would tear a `<<if>>` from its `<<end>>` stays, too.

    >>> without_parts("Intro.\\n\\n1. One. [[a]]\\n\\n2. Two. [[b]]\\n\\nThen:\\n\\n3. Three. [[c]]\\n", {"b", "c"})
    'Intro.\\n\\n1. One. [[a]]\\n'
    >>> without_parts("1. One. [[a]]\\n\\n2. Both:\\n   - b [[b]]\\n   - c [[c]]\\n\\n3. Last: [[d]]\\n", {"b", "c"})
    '1. One. [[a]]\\n\\n3. Last: [[d]]\\n'
    """
    blocks = _blocks(text)
    dropped = [_asks_nothing(block, unasked) for block in blocks]
    for i, block in enumerate(blocks):
        if not _PLACE.search(block) and _leads_to_nothing(i, blocks, dropped):
            dropped[i] = True
    kept = "".join(block for block, gone in zip(blocks, dropped, strict=True) if not gone)
    return kept.rstrip() + "\n"


def _blocks(text: str) -> list[str]:
    """List items, and paragraphs between them, each with the blank lines after it."""
    blocks: list[str] = []
    for line in text.splitlines(keepends=True):
        ended = not blocks or blocks[-1].endswith("\n\n") or not blocks[-1].strip()
        starts = _ITEM.match(line) or (ended and line.strip() and not line[0].isspace())
        if starts or not blocks:
            blocks.append(line)
        else:
            blocks[-1] += line
    return blocks


def _asks_nothing(block: str, unasked: Set[str]) -> bool:
    """Whether an item asks something, and nothing that is asked."""
    places = set(_PLACE.findall(block))
    return bool(_ITEM.match(block) and places and places <= unasked and _is_whole(block))


def _leads_to_nothing(i: int, blocks: list[str], dropped: list[bool]) -> bool:
    """Whether a paragraph, or an item, that shows no value stands before dropped items of its own alone."""
    depth = _depth(blocks[i]) if _ITEM.match(blocks[i]) else -1
    items = []
    for block, gone in zip(blocks[i + 1 :], dropped[i + 1 :], strict=True):
        if not _ITEM.match(block) or _depth(block) <= depth:
            break
        items.append(gone)
    return bool(items) and all(items) and "<<" not in blocks[i]


def _depth(item: str) -> int:
    """How far an item stands to the right."""
    return len(item) - len(item.lstrip())


def _is_whole(block: str) -> bool:
    """Whether every `<<if>>` in a block ends there."""
    words = _CHOICE.findall(block)
    return words.count("if") == words.count("end")
