r"""Expressions as TeX: with names as an author wrote them, or with values in the place of names.

>>> from quizgen.language.expr import compile_expression
>>> symbolic(compile_expression("2 * (side - 1) ** 2").tree)
'2 \\cdot \\left( \\mathrm{side} - 1 \\right)^{2}'
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from quizgen.language.expr import Apply, Call, Compare, Constant, ListOf, Negate, Node, Ref
from quizgen.language.operators import BINARY, COMPARE, LOGIC, UNARY, Binary
from quizgen.render.numbers import exact
from quizgen.render.shown import named, words

Leaf = Callable[[Node], str]

_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(9)
_JOINED: Mapping[Any, tuple[str, int]] = {  # operator -> sign, how strongly it binds
    BINARY[ast.Add]: ("+", _SUM),
    BINARY[ast.Sub]: ("-", _SUM),
    BINARY[ast.Mult]: (r"\cdot", _PRODUCT),
    BINARY[ast.Mod]: (r"\bmod", _PRODUCT),
    LOGIC[ast.And]: (r"\text{ and }", _AND),
    LOGIC[ast.Or]: (r"\text{ or }", _OR),
}
_BEFORE: Mapping[Any, tuple[str, int]] = {
    UNARY[ast.USub]: ("-", _SIGN),
    UNARY[ast.UAdd]: ("", _SIGN),
    UNARY[ast.Not]: (r"\text{not } ", _NOT),
}
_COMPARED: Mapping[Any, str] = {
    COMPARE[ast.Lt]: "<",
    COMPARE[ast.LtE]: r"\le",
    COMPARE[ast.Gt]: ">",
    COMPARE[ast.GtE]: r"\ge",
    COMPARE[ast.Eq]: "=",
    COMPARE[ast.NotEq]: r"\ne",
}


def symbolic(node: Node) -> str:
    """An expression with its names; a condition stands in parentheses."""
    return arithmetic(node, _name)


def arithmetic(node: Node, leaf: Leaf) -> str:
    """The operators of an expression, with a text for everything between them; a condition stands in parentheses."""
    return _guarded(node, leaf, _SUM, first=True)


def _name(node: Node) -> str:
    """Names, constants, lists and calls as an author wrote them."""
    match node:
        case Ref(name=name):
            return named(name)
        case Constant(content=str(content)):
            return words(content)
        case Constant(content=content):
            return exact(float(content))
        case ListOf(parts=parts):
            return rf"\left( {', '.join(map(symbolic, parts))} \right)"
        case Call(op=op, args=args, keywords=keywords):
            inside = [*map(symbolic, args), *(f"{named(key)} = {symbolic(part)}" for key, part in keywords)]
            return rf"{named(op.name)}\left( {', '.join(inside)} \right)"
    raise AssertionError(node)


def _written(node: Node, leaf: Leaf) -> tuple[str, int]:
    """A node as TeX, and how strongly it holds together."""
    match node:
        case Apply(function=function, parts=parts):
            return _applied(function, parts, leaf)
        case Negate(function=function, parts=(part,)):
            sign, binds = _BEFORE[function]
            return sign + _guarded(part, leaf, binds), binds
        case Compare(operators=operators, parts=parts):
            text = _guarded(parts[0], leaf, _SUM, first=True)
            for operator, part in zip(operators, parts[1:], strict=True):
                text += f" {_COMPARED[operator]} {_guarded(part, leaf, _SUM, first=True)}"
            return text, _COMPARE
    text = leaf(node)
    if text.startswith("-"):
        return text, _SIGN
    return text, _PRODUCT if r"\cdot 10^" in text[:20] else _ATOM


def _applied(function: Binary, parts: tuple[Node, ...], leaf: Leaf) -> tuple[str, int]:
    """An operator between its parts; a negative number is not added, but taken off."""
    if function is BINARY[ast.Pow]:
        return f"{_guarded(parts[0], leaf, _ATOM)}^{{{arithmetic(parts[1], leaf)}}}", _POWER
    if function in (BINARY[ast.Div], BINARY[ast.FloorDiv]):
        fraction = rf"\frac{{{arithmetic(parts[0], leaf)}}}{{{arithmetic(parts[1], leaf)}}}"
        whole = function is BINARY[ast.FloorDiv]
        return rf"\left\lfloor {fraction} \right\rfloor" if whole else fraction, _SIGN
    sign, binds = _JOINED[function]
    text = _guarded(parts[0], leaf, binds, first=binds != _PRODUCT)
    for part in parts[1:]:
        term = _guarded(part, leaf, binds + 1, first=sign == "+")
        text += f" - {term[1:]}" if term.startswith("-") else f" {sign} {term}"
    return text, binds


def _guarded(node: Node, leaf: Leaf, least: int, first: bool = False) -> str:
    """A node in parentheses if it holds together too weakly, or begins with a minus sign and does not stand first."""
    text, binds = _written(node, leaf)
    if text.startswith("-") and binds == _SIGN and not first:
        return f"({text})"
    return rf"\left( {text} \right)" if binds < least else text


def reads_whole(node: Node, axes: Callable[[Node], int]) -> bool:
    """Whether a node reads well with whole arrays: a single sum, a multiple, a comparison."""
    if any(isinstance(part, Apply | Negate | Compare) for part in node.parts):
        return False
    if not isinstance(node, Apply):
        return True
    counts = [axes(part) for part in node.parts]
    if node.function in (BINARY[ast.Add], BINARY[ast.Sub]):
        return len(set(counts)) == 1
    return node.function is BINARY[ast.Mult] and 0 in counts
