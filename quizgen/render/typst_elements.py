"""Elements of MathML -> source of Typst mathematics, for `eval(text, mode: "math", scope: ...)` in `booklet.typ`.

Safe by construction: a letter or a sign is written as itself or behind a backslash, every word stands in quotes, and
the functions called are those named here. A `#`, which would start code, occurs in quotes or behind a backslash only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from xml.etree.ElementTree import Element

from quizgen.render.formulas import NotPlainError

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_EM = re.compile(r"(-?[0-9.]+)em")
_UNSEEN = frozenset("\u2061\u2062\u2063\u2064")  # a function applied, things multiplied, no fence
_FENCES = frozenset("()[]{}|‖∣∥⌊⌋⌈⌉⟨⟩⟦⟧⟮⟯/\\↑↓↕⇑⇓⇕\u2063")
_PRIMES = MappingProxyType({"′": 1, "″": 2, "‴": 3, "⁗": 4})
_ABOVE = MappingProxyType(
    {
        "ˆ": "hat",
        "\u0302": "hat",
        "¯": "macron",
        "\u0332": "overline",
        "˜": "tilde",
        "⃗": "arrow",
        "→": "arrow",
        "˙": "dot",
        "¨": "dot.double",
        "ˇ": "caron",
        "˘": "breve",
        "´": "acute",
        "`": "grave",
        "˚": "circle",
        "⏞": "overbrace",
        "⎴": "overbracket",
        "⏜": "overparen",
    }
)
_BELOW = MappingProxyType({"\u0332": "underline", "⏟": "underbrace", "⎵": "underbracket", "⏝": "underparen"})
_ARROWS = frozenset("→←")  # as long as what stands above them
_ENCLOSED = MappingProxyType({"box": "boxed"})
_FACES = MappingProxyType({"code": "mono", "b": "bold", "i": "slanted", "span": "upright"})
_SIDES = MappingProxyType({"left": "&{}", "right": "{}&"})  # in a column with two sides, the other one is empty
_EMPTY = '""'


def inexpressible(what: str) -> NotPlainError:
    """The error for mathematics that a PDF cannot show."""
    return NotPlainError(f"mathematics in a PDF cannot show {what}")


def sequence(nodes: Iterable[Element]) -> str:
    """Neighbours, one after the other; letters that would make a name are kept apart."""
    return _joined(map(_source, nodes))


def is_fenced(row: Element) -> bool:
    """Whether a row stands between fences that grow with it."""
    return len(row) > 1 and _is_fence(row[0]) and _is_fence(row[-1])


def width(space: Element) -> float:
    """The width of a space in em."""
    return _ems(space.get("width") or space.get("style"))


def quoted(text: str) -> str:
    r"""A text between quotation marks, in which nothing ends it or acts.

    >>> quoted('a"b\\c')
    '"a\\"b\\\\c"'
    """
    seen = "".join(sign if sign.isprintable() or unicodedata.category(sign) == "Zs" else "\ufffd" for sign in text)
    return '"' + seen.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _joined(parts: Iterable[str]) -> str:
    """Sources, one after the other, with a space only where two would be read as one name."""
    whole = ""
    for part in parts:
        name_goes_on = whole[-1:].isalpha() and part[:1].isalnum()
        whole += f" {part}" if name_goes_on else part
    return whole


def _source(node: Element) -> str:
    """An element as source; raises NotPlainError for one that is not in the table."""
    if write := _ELEMENTS.get(node.tag):
        return write(node)
    raise inexpressible(f"<{node.tag}>")


def _argument(node: Element) -> str:
    """An element as an argument of a function, which must not be empty."""
    return _source(node) or _EMPTY


def _sign(sign: str) -> str:
    """A single sign: of ASCII behind a backslash, any other letter or symbol as itself."""
    if sign in _UNSEEN:
        return ""
    if sign.isascii() and sign.isprintable():
        return sign if sign.isalnum() or sign in "+=" else f"\\{sign}"
    category = unicodedata.category(sign)[0]
    if category in "LPS":
        return f"\\{sign}" if category == "P" else sign  # a bracket alone would wait for its fellow
    raise inexpressible(f"the sign U+{ord(sign):04X}")


def _identifier(node: Element) -> str:
    """A letter, in italics; a word, or a letter that is not to be slanted, upright."""
    name = node.text or ""
    if len(name) == 1 and node.get("mathvariant") is None:
        return r'class("normal",\:)' if name == ":" else _sign(name)
    return quoted(name)


def _number(node: Element) -> str:
    text = node.text or ""
    return text if _NUMBER.fullmatch(text) else quoted(text)


def _operator(node: Element) -> str:
    """An operator, a relation, a fence, a comma."""
    text = node.text or ""
    if len(text) != 1:
        return quoted(text) if text else ""
    if text == "\u2061":  # between a function's name and what it is applied to
        return _gap(_ems(node.get("lspace")))
    sign = _sign(text)
    if height := node.get("minsize"):
        return f'sized("{_ems(height):.4g}",{sign})'
    if form := {"prefix": "opening", "postfix": "closing"}.get(node.get("form", "")):
        return f'class("{form}",{sign})'
    if text == "," and node.get("rspace") == "0":
        return r'class("normal",\,)'
    return sign


def _text(node: Element) -> str:
    """Words in a formula, plain or in another face."""
    parts = [quoted(node.text)] if node.text else []
    for child in node:
        face = _FACES.get(child.tag)
        if face is None or len(child):
            raise inexpressible(f"<{child.tag}> in a text")
        parts.append(f"{face}({quoted(child.text or '')})")
        parts += [quoted(child.tail)] if child.tail else []
    return "".join(parts)


def _ems(text: str | None) -> float:
    """A length in em; nothing is 0."""
    found = _EM.search(text or "")
    return float(found[1]) if found else 0.0


def _gap(ems: float) -> str:
    return f'gap("{ems:.4g}")' if ems else ""


def _is_fence(node: Element) -> bool:
    grows = node.get("stretchy") != "false" and not node.get("minsize")
    return node.tag == "mo" and node.text in _FENCES and grows


def _row(node: Element) -> str:
    """A group: between growing fences, in another size, or as it is."""
    if is_fenced(node):
        middle = (f"mid({_source(part)})" if _is_fence(part) else _source(part) for part in node[1:-1])
        return f"lr({_joined([_source(node[0]), *middle, _source(node[-1])])})"
    inside = sequence(node)
    if inside and (style := node.get("displaystyle")):
        inside = f"{'display' if style == 'true' else 'inline'}({inside})"
    return inside


def _fraction(node: Element) -> str:
    parts = ",".join(map(_argument, node))
    if node.get("linethickness") == "0":
        return f"stacked({parts})"
    style = {"true": "display", "false": "inline"}.get(node.get("displaystyle", ""))
    return f"{style}(frac({parts}))" if style else f"frac({parts})"


def _scripts(node: Element) -> str:
    """Something with an index, an exponent, or both beside it."""
    base = _argument(node[0])
    base = f"scripts({base})" if node[0].tag == "mo" else base
    return _attached(base, node)


def _limits(node: Element) -> str:
    """Something with an accent, a brace or limits above or below it."""
    base, mark = node[0], node[1]
    for attribute, names in (("accent", _ABOVE), ("accentunder", _BELOW)):
        if node.get(attribute) == "true":
            if (name := names.get(mark.text or "")) is None:
                raise inexpressible(f"the accent {mark.text}")
            return f"{name}({_argument(base)})"
    if base.tag == "mo" and base.text in _ARROWS:
        return _attached(f"limits(stretch({base.text}))", node)
    moves = base.tag == "mo" and base.get("movablelimits") != "false"
    return _attached(_argument(base) if moves else f"limits({_argument(base)})", node)


def _attached(base: str, node: Element) -> str:
    """A base with what stands below and above."""
    places = {"msub": "b", "munder": "b", "msup": "t", "mover": "t"}.get(node.tag, "bt")
    marks = "".join(f",{place}: {_script(mark)}" for place, mark in zip(places, node[1:], strict=True))
    return f"attach({base}{marks})"


def _script(node: Element) -> str:
    """What stands raised or lowered; primes are raised by themselves."""
    parts = [part for part in (node if node.tag == "mrow" else [node]) if part.tag != "mspace"]
    if parts and all(part.tag == "mo" and part.text in _PRIMES for part in parts):
        return f'dashes("{sum(_PRIMES[part.text or ""] for part in parts)}")'
    return _argument(node)


def is_aligned(table: Element) -> bool:
    """Whether the columns of a table are the two sides of equations."""
    first = next(table.iter("mtd"), None)
    return first is not None and table.get("displaystyle") == "true" and "right" in first.get("style", "")


def _table(node: Element) -> str:
    """Rows of cells, each row ended by a semicolon."""
    write = _displayed if node.get("displaystyle") == "true" else _argument_of
    if is_aligned(node):
        rows = [_equations([write(cell) for cell in row]) for row in node]
    else:
        rows = [",".join(_cell(cell, write) for cell in row) for row in node]
    if rows and not "".join(sequence(cell) for cell in node[-1]):
        rows.pop()  # it is there for the line above it only
    return f"grid({_rules(node)}{''.join(f'{row};' for row in rows)})"


def _rules(table: Element) -> str:
    """The lines of an array, by the number of columns or rows before them."""
    outer = table.get("style", "")
    across = {i for i, row in enumerate(table) if any("border-top" in cell.get("style", "") for cell in row)}
    down = {i for row in table for i, cell in enumerate(row, 1) if "border-right" in cell.get("style", "")}
    across |= {0} if "border-top" in outer else set()
    down |= {0} if "border-left" in outer else set()
    told = (("across", across), ("down", down))
    return "".join(f'{name}: "{" ".join(map(str, sorted(places)))}",' for name, places in told if places)


def _equations(sides: list[str]) -> str:
    """The sides of equations in one cell, alternately at the right and the left of what they are aligned at."""
    return "&".join(f"{_gap(1)}{side}" if i and not i % 2 else side for i, side in enumerate(sides))


def _cell(cell: Element, write: Callable[[Element], str]) -> str:
    """A cell of a table, at one side of its column unless it is centred."""
    style = cell.get("style", "")
    side = re.search("text-align: (left|right)", style)
    return _SIDES[side[1]].format(write(cell)) if side else write(cell)


def _argument_of(cell: Element) -> str:
    return sequence(cell) or _EMPTY


def _displayed(cell: Element) -> str:
    return f"display({_argument_of(cell)})"


def _padded(node: Element) -> str:
    """Something with space on its sides."""
    sides = re.findall(r"padding-(?:left|right):\s*([^;]+)", node.get("style", ""))
    gaps = [_gap(_ems(side)) for side in sides] if len(sides) == 2 else ["", ""]
    return f"{gaps[0]}{sequence(node)}{gaps[1]}"


def _enclosed(node: Element) -> str:
    name = _ENCLOSED.get(node.get("notation", ""))
    if name is None:
        raise inexpressible(f"something enclosed by '{node.get('notation')}'")
    return f"{name}({sequence(node) or _EMPTY})"


def _called(name: str) -> Callable[[Element], str]:
    """A function applied to everything inside."""
    return lambda node: f"{name}({sequence(node) or _EMPTY})"


_ELEMENTS: Mapping[str, Callable[[Element], str]] = MappingProxyType(
    {
        "mi": _identifier,
        "mn": _number,
        "mo": _operator,
        "mtext": _text,
        "mspace": lambda node: _gap(width(node)),
        "mrow": _row,
        "mpadded": _padded,
        "mfrac": _fraction,
        "msqrt": _called("sqrt"),
        "mroot": lambda node: f"root({_argument(node[1])},{_argument(node[0])})",
        "msub": _scripts,
        "msup": _scripts,
        "msubsup": _scripts,
        "munder": _limits,
        "mover": _limits,
        "munderover": _limits,
        "mtable": _table,
        "mphantom": _called("hidden"),
        "menclose": _enclosed,
    }
)
