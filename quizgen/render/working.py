"""`<<step: working>>`: how a step is computed, with the numbers of a variant put in, as Markdown.

Told inside out: what an op is given is shown before the op, each in a paragraph. Nothing is computed here but by the
ops themselves, on a column of one, which gives the same bits as the column of many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from inspect import Parameter, signature
from typing import Any

import numpy as np

from quizgen.language.expr import (
    Apply,
    Call,
    Compare,
    Constant,
    Expression,
    ListOf,
    Negate,
    Node,
    Ref,
    Scope,
    spread,
)
from quizgen.language.template import Hole
from quizgen.ops import OPS, Network
from quizgen.problem.model import Problem
from quizgen.render.explained import EXPLAINED
from quizgen.render.numbers import SHORT_DECIMALS
from quizgen.render.shown import Shown, Work, Writer, cell_lines, display, line, named, words
from quizgen.render.symbols import arithmetic, reads_whole, symbolic
from quizgen.world.worlds import World

_OPERATORS = (Apply, Negate, Compare)
_MOVES = frozenset(
    {"transpose", "flatten", "reshape", "flip", "pad", "stack", "join", "at", "relu", "abs", "max_pool", "max", "min"}
)  # ops whose cells are those they were given, or 0, or their opposites


def workings(hole: Hole, problem: Problem, truth: World) -> list[str]:
    """How the value of a hole is computed, for every variant; it can be computed in all of them."""
    tree, left = _subject(hole.value, problem)
    columns = {node.name: _columns(truth, node) for node in tree.walk() if isinstance(node, Ref)}
    exact, decimals = _exact_names(problem), _decimals(hole.value.source, problem)
    return [
        Telling({name: values[i] for name, values in columns.items()}, exact, decimals).of(tree, left)
        for i in range(truth.n)
    ]


def _subject(formula: Expression, problem: Problem) -> tuple[Node, str]:
    """What is to be explained: a step's formula, under the step's name; or what stands in the hole."""
    tree = formula.tree
    if isinstance(tree, Ref):
        step = problem.steps.get(tree.name)
        return step.tree if step else tree, named(tree.name)
    return tree, symbolic(tree)


def _columns(truth: World, ref: Ref) -> list[Any]:
    """A draw's or step's value in each variant, as a column of one."""
    values: list[Any] = [None] * truth.n
    for columns, value in truth.show(Expression(ref.name, ref, frozenset({ref.name}))):
        for place, column in enumerate(columns.tolist()):
            one = slice(place, place + 1)
            values[column] = value.take(np.array([place])) if isinstance(value, Network) else _cut(value, one)
    return values


def _cut(value: Any, one: slice) -> Any:
    return value[..., one] if isinstance(value, np.ndarray) else value


def _exact_names(problem: Problem) -> frozenset[str]:
    """The names whose numbers are printed exactly: draws, and steps that only move the cells of draws."""
    exact = set(problem.draws)
    for step in problem.graph.order:
        if _is_exact(problem.steps[step].tree, exact):
            exact.add(step)
    return frozenset(exact)


def _is_exact(node: Node, names: set[str] | frozenset[str]) -> bool:
    """Whether a value consists of drawn and written numbers."""
    match node:
        case Ref(name=name):
            return name in names
        case Call(op=op):
            return op.name in _MOVES and all(_is_exact(part, names) for part in node.parts)
        case Constant() | ListOf() | Negate():
            return all(_is_exact(part, names) for part in node.parts)
    return False


def _decimals(name: str, problem: Problem) -> int:
    """How many decimals computed numbers have: as many as usual, or as an answer is asked with."""
    answers = [answer for answer in (*problem.answers, *problem.left_out) if answer.of == name]
    told = [tolerance for answer in answers for tolerance in (answer.ask, answer.within)]
    rules = [rule for tolerance in told if tolerance for rule in tolerance.rules]
    asked = [int(rule.amount) for rule in rules if rule.unit in ("decimals", "figures")]
    return max([SHORT_DECIMALS, *asked])


class Telling:
    """One variant's working: what was told so far, and the values of everything below.

    `values`: draws and steps as columns of one; `exact`: those among them that are printed exactly.
    """

    def __init__(self, values: Mapping[str, Any], exact: frozenset[str] = frozenset(), decimals: int = 4) -> None:
        self.scope = Scope(values, 1)
        self.exact = exact
        self.writer = Writer(decimals)
        self.blocks: list[str] = []
        self.told: set[Node] = set()
        self.known: dict[int, Any] = {}

    def of(self, node: Node, left: str) -> str:
        """The working of an expression under a name, as Markdown paragraphs."""
        with np.errstate(all="ignore"):
            self._tell(node, left)
        return "\n\n".join(self.blocks)

    def _tell(self, node: Node, left: str) -> None:
        """Explain a node, what is below it first."""
        chosen = _chosen(node, self.scope)
        if chosen is not node:
            self._tell(chosen, left)
            return
        if isinstance(self._value(node), Network):
            self.blocks.append(display(f"{left} = {symbolic(node)}"))
            return
        for part in _inputs(node):
            self._tell_input(part)
        if isinstance(node, Call):
            self.blocks += self._call(node, left)
        elif isinstance(node, _OPERATORS):
            self.blocks += self._arithmetic(node, left)
        else:
            again = [symbolic(node)] if isinstance(node, Ref) and symbolic(node) != left else []
            self.blocks.append(line(left, *again, result=self._value(node)))

    def _tell_input(self, node: Node) -> None:
        """Explain what an op is given, unless it needs no explanation or had it before."""
        if node in self.told or self._is_plain(node):
            return
        self.told.add(node)
        self._tell(node, symbolic(node))

    def _is_plain(self, node: Node) -> bool:
        """Whether a node is read off as it stands."""
        node = _chosen(node, self.scope)
        if isinstance(node, Ref | Constant) or isinstance(self._value(node), Network):
            return True
        return isinstance(node, ListOf | Negate) and all(
            self._is_plain(part) and not (isinstance(node, Negate) and isinstance(part, Ref)) for part in node.parts
        )

    def _value(self, node: Node) -> Any:
        """A node's value: `Shown`, or a network."""
        if id(node) not in self.known:
            value = spread(node.value(self.scope), 1)
            if not isinstance(value, Network):
                cells = np.asarray(value)
                exact = _is_exact(_chosen(node, self.scope), self.exact)
                value = Shown(cells[..., 0] if cells.ndim else cells, Writer(None) if exact else self.writer)
            self.known[id(node)] = value
        return self.known[id(node)]

    def _call(self, node: Call, left: str) -> list[str]:
        """An op in its own words, or as its name, its values and its result."""
        result = self._value(node)
        if node.op.name in EXPLAINED:
            return EXPLAINED[node.op.name](Work(left, self._given(node), result))
        return [line(left, self._put_in(node), result=result)]

    def _given(self, node: Call) -> dict[str, Any]:
        """What an op is given, by parameter, and its defaults."""
        values = [
            _static(part, self.scope) if static else self._value(part)
            for part, static in zip(node.parts, node.static, strict=True)
        ]
        positional, keywords = values[: len(node.args)], [key for key, _ in node.keywords]
        form = signature(node.op.call)
        bound = form.bind(*positional, **dict(zip(keywords, values[len(node.args) :], strict=True)))
        bound.apply_defaults()
        return {
            name: _as_shown(value) if name not in node.op.static and form.parameters[name].kind in _SINGLE else value
            for name, value in bound.arguments.items()
        }

    def _put_in(self, node: Call) -> str:
        """A call with its values put in."""
        texts = [self._term(part) for part in node.parts]
        names = [""] * len(node.args) + [f"{named(key)} = " for key, _ in node.keywords]
        inside = ", ".join(name + text for name, text in zip(names, texts, strict=True))
        return rf"{named(node.op.name)}\left( {inside} \right)"

    def _term(self, node: Node) -> str:
        """A value in the place of what it is computed from; a network by its name."""
        value = self._value(node)
        if isinstance(value, Shown):
            return value.tex
        return symbolic(node) if isinstance(node, Ref) else words("network")

    def _arithmetic(self, node: Node, left: str) -> list[str]:
        """Numbers put into a formula; a longer one on arrays is written out cell by cell."""
        result: Shown = self._value(node)
        shape = result.cells.shape
        if not shape or reads_whole(node, lambda part: self._value(part).cells.ndim):
            return [line(left, arithmetic(node, self._term), result=result)]
        work = Work(left, {}, result)
        return cell_lines(work, lambda place: [arithmetic(node, lambda leaf: self._value(leaf).spread(shape)[place])])


_SINGLE = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def _as_shown(value: Any) -> Any:
    """A default, as what an author gives."""
    return Shown(np.asarray(value), Writer(None)) if isinstance(value, int | float) else value


def _static(node: Node, scope: Scope) -> Any:
    """The plain value of a static argument."""
    if isinstance(node, ListOf):
        return tuple(_static(part, scope) for part in node.parts)
    value = np.asarray(node.value(scope)).ravel()[0]
    return str(value) if isinstance(value, str) else int(value)


def _chosen(node: Node, scope: Scope) -> Node:
    """What `case` chooses, in its place; any other node itself."""
    while isinstance(node, Call) and node.op is OPS["case"]:
        parts = {"key": node.args[0]} if node.args else {}
        parts |= dict(node.keywords)
        node = parts[str(_static(parts["key"], scope))]
    return node


def _inputs(node: Node) -> Iterator[Node]:
    """The nodes whose values a node puts in: those of a call or a list, what stands between operators."""
    for i, part in enumerate(node.parts):
        if isinstance(node, Call) and node.static[i]:
            continue
        if isinstance(node, _OPERATORS) and isinstance(part, _OPERATORS):
            yield from _inputs(part)
        else:
            yield part
