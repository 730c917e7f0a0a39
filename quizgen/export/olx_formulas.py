"""Formulas as edX writes them, where it knows all that is in them: it computes with single numbers."""

from __future__ import annotations

import ast

_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "^",
}
_FUNCTIONS = ("abs", "exp", "ln", "log2", "log10", "sqrt")  # the same in both


def edx_formula(source: str) -> str:
    """A formula in the language of problems as edX reads it; empty where it means more than single numbers.

    What is computed cell by cell is the same for single numbers, so it may be asked as such.

    >>> edx_formula("2 * (o - y) * o ** 2 * exp(-z)")
    '(((2)*((o)-(y)))*((o)^(2)))*(exp(-(z)))'
    >>> edx_formula("outer(d, x)")
    ''
    """
    try:
        return _written(ast.parse(source, mode="eval").body)
    except ValueError:
        return ""


def _written(node: ast.expr) -> str:
    """A part of a formula; raises ValueError for what edX does not know."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return repr(number)
        case ast.Name(id=name) if name.isascii():
            return name
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"-({_written(operand)})"
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            return f"({_written(left)}){_OPERATORS[type(operator)]}({_written(right)})"
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _FUNCTIONS:
            return f"{name}({_written(argument)})"
    raise ValueError
