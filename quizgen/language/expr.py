"""The one expression language: draws, conditions, steps, mistakes, holes in a text.

Python's grammar, read with `ast`; an allow-list of node kinds; calls only to registered ops. A name directly
before `(` is an op, every other name is a draw or a step. Nothing from a file is ever run as Python.

>>> import numpy as np
>>> area = compile_expression("side ** 2 + 1")
>>> sorted(area.names), area.evaluate({"side": np.array([3, 4])}, 2)
(['side'], array([10, 17]))
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, reduce
from inspect import Signature, signature
from typing import Any

import numpy as np

from quizgen.errors import QuizgenError, did_you_mean
from quizgen.language.operators import BINARY, COMPARE, LOGIC, MAX_EXPONENT, UNARY
from quizgen.ops import LAYERS, OPS, Network, Op

MAX_SOURCE = 2_000  # characters
MAX_NODES = 400
MAX_DIGITS = 18
_KEPT = 4_096  # formulas that are remembered: translations show the same ones
RELATIVE_BORDER = 1e-9  # closer than this, a processor's last bit could decide a comparison


@dataclass
class Scope:
    """What an expression sees: values of names over n columns; `border` marks columns too close to call."""

    values: Mapping[str, Any]
    n: int
    border: np.ndarray | None = None


class Node:
    """A part of an expression; `parts` are the nodes below it."""

    parts: tuple[Node, ...]

    def value(self, scope: Scope) -> Any:
        """Evaluate over all columns of the scope."""
        raise NotImplementedError  # every kind of node below says how

    def walk(self) -> Iterator[Node]:
        """Visit this node and everything below it."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True, eq=False)
class Constant(Node):
    """A number or a text written in the expression, or numbers that were computed before."""

    content: int | float | str | bool | np.ndarray
    parts: tuple[Node, ...] = ()

    def value(self, scope: Scope) -> Any:  # noqa: ARG002  (a constant looks nothing up)
        """Give the constant itself, as a numpy scalar if it is a number."""
        return self._scalar

    @cached_property
    def _scalar(self) -> Any:
        if isinstance(self.content, str | np.ndarray):
            return self.content
        return np.int64(self.content) if isinstance(self.content, int) else np.float64(self.content)


@dataclass(frozen=True)
class Ref(Node):
    """A draw or a step, by name."""

    name: str
    parts: tuple[Node, ...] = ()

    def value(self, scope: Scope) -> Any:
        """Look the name up; a value that is the same in all columns is worked with as one column."""
        value = scope.values[self.name]
        return value[..., :1] if isinstance(value, np.ndarray) and stands_for_all(value) else value


@dataclass(frozen=True)
class Apply(Node):
    """An arithmetic or logical operator applied to its parts, left to right."""

    function: Callable[..., Any]
    parts: tuple[Node, ...]

    def value(self, scope: Scope) -> Any:
        """Evaluate the parts, then combine them."""
        return reduce(self.function, (part.value(scope) for part in self.parts))


@dataclass(frozen=True)
class Negate(Node):
    """A sign or a logical `not` before its part."""

    function: Callable[[Any], Any]
    parts: tuple[Node, ...]

    def value(self, scope: Scope) -> Any:
        """Evaluate the part, then turn it round."""
        return self.function(self.parts[0].value(scope))


@dataclass(frozen=True)
class Compare(Node):
    """A chain such as `0 < a <= b`; notes columns where a side is within rounding of the other."""

    operators: tuple[Callable[[Any, Any], Any], ...]
    parts: tuple[Node, ...]

    def value(self, scope: Scope) -> Any:
        """Compare neighbours and join the results with `and`."""
        sides = [part.value(scope) for part in self.parts]
        links = []
        for compare, left, right in zip(self.operators, sides, sides[1:], strict=False):
            links.append(compare(left, right))
            if scope.border is not None and np.asarray(left).dtype.kind not in "US":
                scope.border |= _too_close(left, right, scope.n)
        return reduce(np.logical_and, links)


@dataclass(frozen=True)
class Call(Node):
    """A call of an op; its static arguments become plain Python values."""

    op: Op
    args: tuple[Node, ...]
    keywords: tuple[tuple[str, Node], ...]
    parts: tuple[Node, ...]
    static: tuple[bool, ...]  # of each part

    def value(self, scope: Scope) -> Any:
        """Evaluate the arguments and call the op."""
        values = [self._argument(i, scope) for i in range(len(self.args))]
        return self.op.call(*values, **self.named(scope))

    def named(self, scope: Scope) -> dict[str, Any]:
        """The values of the arguments that are given by name."""
        first = len(self.args)
        return {name: self._argument(first + i, scope) for i, (name, _) in enumerate(self.keywords)}

    def _argument(self, i: int, scope: Scope) -> Any:
        part = self.parts[i]
        return _plain(part, scope, self.op.name in OPS) if self.static[i] else part.value(scope)


@dataclass(frozen=True)
class ListOf(Node):
    """A list of values: scalars make a vector, vectors a matrix."""

    parts: tuple[Node, ...]

    def value(self, scope: Scope) -> Any:
        """Stack the parts along a new first axis."""
        return OPS["stack"].call(*(part.value(scope) for part in self.parts))


@dataclass(frozen=True)
class Expression:
    """A compiled expression: its text, its tree, the names and ops it uses."""

    source: str
    tree: Node = field(repr=False, compare=False)
    names: frozenset[str] = field(repr=False, compare=False)

    def evaluate(self, values: Mapping[str, Any], n: int) -> Any:
        """Evaluate over n columns; numbers come back with the variant as last axis.

        Raises ValueError where an op refuses its arguments (a kernel larger than its image, for example).
        """
        with np.errstate(all="ignore"):
            return spread(self.tree.value(Scope(values, n)), n)

    def holds(self, values: Mapping[str, Any], n: int) -> np.ndarray:
        """Say for each column whether the condition holds, and not merely by a rounding error."""
        scope = Scope(values, n, border=np.zeros(n, dtype=bool))
        with np.errstate(all="ignore"):
            truth = np.asarray(spread(self.tree.value(scope), n), dtype=bool)
        if truth.ndim != 1:
            raise ValueError("a condition must give one truth value per variant: wrap it in all(...) or any(...)")
        assert scope.border is not None
        result: np.ndarray = truth & ~scope.border
        return result

    def drawer(self, structure: Mapping[str, Any]) -> Any:
        """What a draw's formula gives, for the values of the structural draws."""
        with np.errstate(all="ignore"):
            return self.tree.value(Scope({name: np.array([value]) for name, value in structure.items()}, 1))

    @property
    def static_names(self) -> frozenset[str]:
        """The names that static arguments depend on."""
        return frozenset(
            inner.name
            for node in self.tree.walk()
            if isinstance(node, Call)
            for part, static in zip(node.parts, node.static, strict=True)
            if static
            for inner in part.walk()
            if isinstance(inner, Ref)
        )

    @property
    def calls(self) -> frozenset[str]:
        """The names of the ops it calls."""
        return frozenset(node.op.name for node in self.tree.walk() if isinstance(node, Call))


def compile_expression(source: str, *, where: str = "", table: Mapping[str, Op] = OPS) -> Expression:
    """Compile a text; raises QuizgenError with the place and a remedy if it is not in the language.

    `table` holds the ops that the outermost call may name (draws have a table of their own).
    """
    try:
        return _of_ops(source) if table is OPS else _compiled(source, table)
    except QuizgenError as error:
        raise error.at(where) from None


def _compiled(source: str, table: Mapping[str, Op]) -> Expression:
    if len(source) > MAX_SOURCE:
        raise _refuse(f"the expression has {len(source):,} characters; the limit is {MAX_SOURCE:,}")
    tree = _parse(source)
    nodes = sum(1 for _ in ast.walk(tree))
    if nodes > MAX_NODES:
        raise _refuse(f"the expression has {nodes} parts; the limit is {MAX_NODES}", "Split it into steps.")
    node = _node(tree.body, table)
    names = frozenset(part.name for part in node.walk() if isinstance(part, Ref))
    return Expression(source.strip(), node, names)


@lru_cache(maxsize=_KEPT)
def _of_ops(source: str) -> Expression:
    """Compile a text in the table that nearly all are written in: a translation shows what the original does."""
    return _compiled(source, OPS)


def numbers_as_expression(source: str, numbers: np.ndarray) -> Expression:
    """Numbers that were computed from a text before, (..., 1), as an expression that uses no names."""
    return Expression(source, Constant(numbers), frozenset())


def spread(value: Any, n: int) -> Any:
    """Give a value its variant axis: a constant becomes n equal columns; texts and networks stay as they are."""
    if isinstance(value, Network | str):
        return value
    array = np.asarray(value)
    if array.ndim == 0:
        return np.broadcast_to(array, (n,))
    return array if array.shape[-1] == n else np.broadcast_to(array, (*array.shape[:-1], n))


def stands_for_all(array: np.ndarray) -> bool:
    """Whether an array holds one column only, which `spread` made the value of several."""
    return array.ndim > 0 and not array.strides[-1] and array.shape[-1] > 1


def _parse(source: str) -> ast.Expression:
    """Parse with Python's grammar, refusing politely what is not even an expression."""
    if not source.strip():
        raise _refuse("an expression is missing here")
    try:
        with warnings.catch_warnings():  # Python's own advice on odd literals is not for authors
            warnings.simplefilter("ignore")
            return ast.parse(source.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        column = f" near column {error.offset}" if isinstance(error, SyntaxError) and error.offset else ""
        hint = next((advice for sign, advice in _SLIPS.items() if sign in source), "")
        raise _refuse(f"'{_short(source)}' is not an expression{column}", hint) from None


_DRAWS: Mapping[str, str] = dict.fromkeys(
    ("integers", "decimals", "choice"), "It draws numbers and stands alone, under `draw`."
)
_SLIPS: Mapping[str, str] = {"=": "Equality is written ==.", "×": "Write * for ×.", "·": "Write * for ·."}
_FOREIGN: Mapping[type[ast.AST], str] = {  # common things of Python, with the way to say them here
    ast.Attribute: "attribute access (a dot after a name) is not part of the language",
    ast.Subscript: "square brackets after a name are not part of the language; use at(vector, position)",
    ast.Lambda: "lambda is not part of the language; add a step instead",
    ast.ListComp: "a comprehension is not part of the language; ops work on whole arrays",
    ast.GeneratorExp: "a comprehension is not part of the language; ops work on whole arrays",
    ast.IfExp: "'a if c else b' is not part of the language; use where(c, a, b)",
    ast.NamedExpr: "assignment is not part of the language; add a step instead",
    ast.JoinedStr: "f-strings are not part of the language",
    ast.BitXor: "'^' is not part of the language; powers are written **",
}


def _node(tree: ast.expr, table: Mapping[str, Op]) -> Node:
    """Turn an allowed piece of Python's syntax into ours; refuse everything else."""
    match tree:
        case ast.Constant(value=content):
            return _constant(content)
        case ast.Name(id=name):
            return Ref(name)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in BINARY:
            if isinstance(op, ast.Pow):
                _check_exponent(right)
            return Apply(BINARY[type(op)], (_node(left, OPS), _node(right, OPS)))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in UNARY:
            return Negate(UNARY[type(op)], (_node(operand, OPS),))
        case ast.BoolOp(op=op, values=values):
            return Apply(LOGIC[type(op)], tuple(_node(value, OPS) for value in values))
        case ast.Compare(left=left, ops=ops, comparators=rest) if all(type(op) in COMPARE for op in ops):
            sides = tuple(_node(side, OPS) for side in [left, *rest])
            return Compare(tuple(COMPARE[type(op)] for op in ops), sides)
        case ast.List(elts=items) | ast.Tuple(elts=items) if items:
            return ListOf(tuple(_node(item, OPS) for item in items))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            return _call(name, args, keywords, table)
    kind = type(tree.op) if isinstance(tree, ast.BinOp) else type(tree)
    what = _FOREIGN.get(kind, f"'{_short(ast.unparse(tree))}' is not part of the language")
    raise _refuse(what)


def _constant(content: object) -> Constant:
    """Accept numbers of sensible length and texts."""
    if isinstance(content, bool | str):
        return Constant(content)
    if (
        isinstance(content, int | float)
        and len(str(abs(int(content)) if abs(content) < 1e300 else "9" * 400)) <= MAX_DIGITS
    ):
        return Constant(content)
    raise _refuse(f"'{_short(str(content))}' is not a number this language knows")


def _check_exponent(tree: ast.expr) -> None:
    """Refuse a power in an exponent and a huge literal one before anything is computed."""
    if any(isinstance(part, ast.Pow) for part in ast.walk(tree)):
        raise _refuse(
            f"the exponent '{_short(ast.unparse(tree))}' holds another power", "Name the inner one in a step."
        )
    for part in ast.walk(tree):
        if isinstance(part, ast.Constant) and isinstance(part.value, int | float) and abs(part.value) > MAX_EXPONENT:
            raise _refuse(f"the exponent {_short(str(part.value))} is larger than {MAX_EXPONENT}")


def _call(name: str, args: list[ast.expr], keywords: list[ast.keyword], table: Mapping[str, Op]) -> Call:
    """Bind a call to an op of the table and mark its static arguments."""
    op = table.get(name)
    if op is None:
        raise _refuse(f"there is no op '{name}'", _DRAWS.get(name) or did_you_mean(name, table))
    if len({word.arg for word in keywords}) < len(keywords):
        raise _refuse(f"{name}(...) is given the same argument twice")
    inner = LAYERS if name == "net" else OPS
    if any(isinstance(arg, ast.Starred) for arg in args) or any(word.arg is None for word in keywords):
        raise _refuse("'*' and '**' arguments are not part of the language")
    positional = tuple(_node(arg, inner) for arg in args)
    named = tuple((str(word.arg), _node(word.value, inner)) for word in keywords)
    try:
        bound = _signature(op.call).bind(*positional, **dict(named))
    except TypeError as error:
        raise _refuse(f"{name}(...): {error}", f"It is written {name}{_written(op)}.") from None
    static_ids = {id(node) for key in op.static for node in _each(bound.arguments.get(key))}
    parts = (*positional, *(node for _, node in named))
    return Call(op, positional, named, parts, tuple(id(part) in static_ids for part in parts))


@lru_cache(maxsize=_KEPT)
def _signature(call: Callable[..., Any]) -> Signature:
    """What an op takes."""
    return signature(call)


def _written(op: Op) -> str:
    """Show an op's arguments as an author writes them, without types."""
    return "(" + ", ".join(str(p.replace(annotation=p.empty)) for p in signature(op.call).parameters.values()) + ")"


def _each(argument: Any) -> tuple[Any, ...]:
    """The nodes bound to one parameter: none, one, or those of a `*rest`."""
    if argument is None:
        return ()
    return argument if isinstance(argument, tuple) else (argument,)


def _plain(node: Node, scope: Scope, whole: bool) -> Any:
    """Evaluate a static argument to a plain number, text or tuple; its draws are equal in all columns."""
    if isinstance(node, ListOf):
        return tuple(_plain(part, scope, whole) for part in node.parts)
    value = np.asarray(node.value(scope)).ravel()[0]
    if isinstance(value, np.str_ | str):
        return str(value)
    if not np.isfinite(value):
        raise ValueError(f"a number is needed where {value} stands")
    if float(value) == int(value):
        return int(value)
    if whole:
        raise ValueError(f"a whole number is needed where {value:g} stands")
    return float(value)


def _too_close(left: Any, right: Any, n: int) -> np.ndarray:
    """Mark the columns in which two different numbers differ by less than rounding errors may."""
    difference = np.abs(np.subtract(left, right, dtype=float))
    scale = np.maximum(1.0, np.maximum(np.abs(left), np.abs(right)))
    close = (difference > 0) & (difference <= RELATIVE_BORDER * scale)
    rows = np.broadcast_to(close, (*close.shape[:-1], n))
    return np.asarray(rows.reshape(-1, n).any(axis=0))


def _refuse(what: str, hint: str = "") -> QuizgenError:
    return QuizgenError(what, hint=hint)


def _short(text: str, width: int = 60) -> str:
    """Cut a text for a message."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"
