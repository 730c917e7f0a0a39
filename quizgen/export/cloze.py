r"""The fields of Moodle's Cloze questions: `{3:NUMERICAL:=7:0.5~%0%12345678:0}`.

The importer finds fields by a pattern, undoes HTML's entities inside, and then `\}` and `\#`, and nothing else. So an
entity is broken by the escape, `&\#126;`: it is whole again only in what is stored, and shows the sign as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from html import unescape
from math import gcd, lcm

_FIELD = re.compile(r"\{(?=\s*(?:#|\d*\s*:))")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_SPECIAL = re.compile(r"[}#~]|\\(?=~|$)")
_LINES = re.compile(r"\s*[\r\n]\s*")
_DIGITS = "12345678912345"  # no zero, which would be lost at an end
_SMALL = "-0.000"  # before 14 digits this is as long as a number gets in Moodle
LONGEST = len(_SMALL) + len(_DIGITS)
_LEAST = 6  # characters of the narrowest box


@dataclass(frozen=True)
class Alternative:
    """An answer that a field knows: how many per cent of its points it earns, and what the student is told (HTML)."""

    answer: str
    percent: int
    feedback: str = ""


def field(weight: int, kind: str, alternatives: Iterable[Alternative]) -> str:
    r"""A field; answers are escaped already.

    >>> field(2, "NUMERICAL", [Alternative("7:0", 100), Alternative("14:0", 0, "Do not <b>double</b> it.")])
    '{2:NUMERICAL:=7:0~%0%14:0#Do not <b>double</b> it.}'
    """
    return f"{{{weight}:{kind}:{'~'.join(map(_written, alternatives))}}}"


def _written(alternative: Alternative) -> str:
    share = "=" if alternative.percent == 100 else f"%{alternative.percent}%"
    told = f"#{html_inside(alternative.feedback)}" if alternative.feedback else ""
    return f"{share}{alternative.answer}{told}"


def html_inside(html: str) -> str:
    r"""HTML as it stands inside a field.

    >>> print(html_inside(r"\(\frac{1}{2}\) &lt; 1~2 #3"))
    \(\frac{1\}{2\}\) &\#60; 1&\#126;2 \#3
    >>> print(html_inside("=1"), html_inside("%50%"), html_inside("a\\"))
    &\#61;1 &\#37;50% a&\#92;
    """
    if not html:
        return ""
    parts = _ENTITY.split(html)
    signs = ["".join(_sign(sign) for sign in unescape(entity)) for entity in _ENTITY.findall(html)]
    plain = [_plain(part) for part in parts]
    text = "".join(f"{part}{sign}" for part, sign in zip(plain, [*signs, ""], strict=True))
    text = _LINES.sub(" ", text).strip()
    return _sign(text[0]) + text[1:] if text[:1] in ("=", "%") else text


def _plain(text: str) -> str:
    """What stands between entities; a backslash that would shield what ends an answer becomes an entity."""
    return _SPECIAL.sub(lambda found: f"\\{found[0]}" if found[0] in "}#" else _sign(found[0]), text)


def _sign(sign: str) -> str:
    """A sign as an entity that is broken until it is stored."""
    return f"&\\#{ord(sign)};"


def html_outside(html: str) -> str:
    """HTML around fields: what only looks like a field, or like the place of one, is text.

    >>> html_outside("{#1} and {1:SA:=x} and {2}")
    '&#123;#1} and &#123;1:SA:=x} and {2}'
    """
    return _FIELD.sub("&#123;", html)


def weights(points: Iterable[Fraction]) -> list[int]:
    """Points as the smallest whole numbers in the same proportion: Cloze knows no others.

    >>> weights([Fraction(1, 4), Fraction(1, 4), Fraction(3, 2)])
    [1, 1, 6]
    """
    shares = list(points)
    scale = lcm(*(share.denominator for share in shares))
    whole = [int(share * scale) for share in shares]
    return [number // (gcd(*whole) or 1) for number in whole]


def stored(number: float) -> str:
    """A number as Moodle keeps it, by which it sizes the box.

    >>> stored(-0.25), stored(1e-5), stored(1e15)
    ('-0.25', '1.0E-5', '1.0E+15')
    """
    text = f"{number + 0.0:.14g}"
    if "e" not in text:
        return text
    digits, exponent = text.split("e")
    return f"{digits if '.' in digits else digits + '.0'}E{int(exponent):+d}"


def padding(longest: int) -> str:
    """A number that earns nothing and is as long as the longest answer of any variant: it makes all boxes as wide.

    >>> padding(3), padding(10), padding(17)
    ('123456', '1234567891', '-0.00012345678912')
    """
    size = min(max(longest, _LEAST), LONGEST)
    return _DIGITS[:size] if size <= len(_DIGITS) else _SMALL + _DIGITS[: size - len(_SMALL)]
