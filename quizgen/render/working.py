"""`<<step: working>>`: how a step is computed, with the numbers of a variant put in, as Markdown.

Told inside out: what an op is given is shown before the op, each in a paragraph. Variants whose values share their
shapes are told together: what is said, and in which order, is found out once, and only numbers are put in variant by
variant. Nothing is computed here but by the ops themselves, on the columns of all these variants.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from inspect import Parameter, signature
from typing import Any

import numpy as np

from quizgen.language.expr import Apply, Call, Constant, Expression, ListOf, Negate, Node, Ref, Scope, spread
from quizgen.language.template import Hole
from quizgen.ops import OPS, Network, Op
from quizgen.problem.model import Problem
from quizgen.problem.translation import ENGLISH
from quizgen.render.explained import EXPLAINED
from quizgen.render.lines import Saying, display, line
from quizgen.render.sayings import Sayings, sayings_in
from quizgen.render.shown import EXACT, Place, Shown, Work, Writer, named
from quizgen.render.substitution import OPERATORS, Substitution, adds_up
from quizgen.render.symbols import symbolic
from quizgen.render.writers import Writers, step_writers
from quizgen.world.worlds import World

_BY_CELL = frozenset(
    {"affine", "affine_input_gradient", "matmul", "outer", "conv2d", "conv2d_filter_gradient", "conv2d_input_gradient"}
    | {"max_pool", "mean_pool"}
)  # ops told by a line for each cell and nothing else: these lines can name the cells of another shape


def workings(hole: Hole, problem: Problem, truth: World, said: Sequence[set[str]]) -> list[str]:
    """How the value of a hole is computed, for every variant; it can be computed in all of them.

    `said`: the explanations that the text of each variant holds already; further ones are added.
    """
    tree, left = _subject(hole.value, problem)
    writers, sayings = step_writers(problem), sayings_in(problem.language)
    writer = writers.named.get(hole.value.source)
    names = {node.name for node in tree.walk() if isinstance(node, Ref)}
    texts = [""] * truth.n
    for columns, values in truth.together(names):
        telling = Telling(values, len(columns), writers)
        for column, blocks in zip(columns.tolist(), telling.of(tree, left, writer), strict=True):
            texts[column] = paragraphs(blocks, said[column], sayings)
    return texts


def _subject(formula: Expression, problem: Problem) -> tuple[Node, str]:
    """What is to be explained: a step's formula, under the step's name; or what stands in the hole, under no name."""
    tree = formula.tree
    if isinstance(tree, Ref):
        step = problem.steps.get(tree.name)
        return step.tree if step else tree, named(tree.name)
    return tree, ""


class Telling:
    """The working of some variants that share their shapes: what was told so far, and the values of everything below.

    `values`: draws and steps, in a column for each variant. A node's value is a network, or one `Shown` per variant.
    """

    def __init__(self, values: Mapping[str, Any], variants: int, writers: Writers) -> None:
        self.scope = Scope(values, variants)
        self.writers = writers
        self.blocks: list[list[str]] = [[] for _ in range(variants)]
        self.told: set[Node] = set()
        self.known: dict[int, Network | list[Shown]] = {}

    def of(self, node: Node, left: str = "", writer: Writer | None = None) -> list[list[str]]:
        """The working of an expression under a name, in blocks, for each variant; unnamed, it stands for itself."""
        self.root = node = _chosen(node, self.scope)
        self.is_named = bool(left)
        with np.errstate(all="ignore"):
            if writer and not isinstance(self._value(node), Network):
                self._rewrite(node, write=writer)
            self._tell(node, left)
        return self.blocks

    def _tell(self, node: Node, left: str = "") -> None:
        """Explain a node, what is below it first."""
        chosen = _chosen(node, self.scope)
        if chosen is not node:
            self._tell(chosen, left or symbolic(node))
            return
        if isinstance(self._value(node), Network):
            text = display(f"{left or symbolic(node)} = {symbolic(node)}")
            self._say([text] for _ in self.blocks)
            return
        shape = None
        if inner := self._laid_out(node):
            left, shape = left or symbolic(node), self._one(node).cells.shape
            self._rewrite(inner, write=self._one(node).write)
            node = inner
        for part in self._inputs(node, in_number=not self._one(node).cells.ndim):
            self._tell_input(part)
        if isinstance(node, OPERATORS) or adds_up(node):
            name = left or symbolic(node)
            self._say(numbers.computed(node, name, shape) for numbers in self._substitutions())
        elif isinstance(node, Call):
            self._say(self._call(node, left, shape))
        else:
            name = left or symbolic(node)
            again = [symbolic(node)] if left and symbolic(node) != left else []
            self._say([line(name, *again, result=value)] for value in self._shown(node))

    def _say(self, each: Iterable[list[str]]) -> None:
        """Add what is said of each variant."""
        for blocks, more in zip(self.blocks, each, strict=True):
            blocks += more

    def _tell_input(self, node: Node) -> None:
        """Explain what an op is given, unless it needs no explanation or had it before."""
        if self._is_plain(node):
            return
        if isinstance(node, Call | Apply):
            self._rewrite(node, name=symbolic(node))
        if node not in self.told:
            self.told.add(node)
            self._tell(node)

    def _is_plain(self, node: Node) -> bool:
        """Whether a node is read off as it stands; a matrix is read row by row without being told."""
        node = _chosen(node, self.scope)
        if isinstance(node, Ref | Constant) or isinstance(self._value(node), Network):
            return True
        if isinstance(node, Call):
            return self._is_read(node, "flatten") and self._is_plain(node.args[0])
        return isinstance(node, ListOf | Negate) and all(
            self._is_plain(part) and not (isinstance(node, Negate) and isinstance(part, Ref)) for part in node.parts
        )

    def _is_read(self, node: Node, *names: str) -> bool:
        """Whether a call of one of these ops takes the cells of its first argument row by row."""
        if not isinstance(node, Call) or node.op.name not in names or not node.args:
            return False
        return node.op.name != "flatten" or len(node.parts) == 1 or self._given(node)[0]["order"] == "rows"

    def _laid_out(self, node: Node) -> Node | None:
        """What is told cell by cell and then only laid out in another shape, row by row."""
        if not self._is_read(node, "flatten", "reshape"):
            return None
        assert isinstance(node, Call)
        inner = _chosen(node.args[0], self.scope)
        by_cell = isinstance(inner, Apply) or (isinstance(inner, Call) and inner.op.name in _BY_CELL)
        return inner if by_cell and self._one(inner).cells.ndim else None

    def _inputs(self, node: Node, in_number: bool) -> Iterator[Node]:
        """The nodes whose values a node puts in: those of a call or a list, what stands between operators."""
        if adds_up(node):
            yield from self._inputs(node.parts[0], in_number=False)
            return
        for i, part in enumerate(node.parts):
            if isinstance(node, Call) and node.static[i]:
                continue
            opened = isinstance(part, OPERATORS) or (in_number and Substitution(self._one).is_put_in(part))
            if isinstance(node, OPERATORS) and opened:
                yield from self._inputs(part, in_number)
            else:
                yield part

    def _value(self, node: Node) -> Network | list[Shown]:
        """A node's value in all variants."""
        if id(node) not in self.known:
            value = spread(node.value(self.scope), self.scope.n)
            if not isinstance(value, Network):
                cells, write = np.asarray(value), self.writers.of(_chosen(node, self.scope))
                value = [Shown(cells[..., i] if cells.ndim else cells, write) for i in range(self.scope.n)]
            self.known[id(node)] = value
        return self.known[id(node)]

    def _shown(self, node: Node) -> list[Shown]:
        """The value of a node that is no network, in each variant."""
        value = self._value(node)
        assert not isinstance(value, Network)
        return value

    def _one(self, node: Node) -> Shown:
        """The value in the first variant, for what all have in common: shape, type and the way numbers are written."""
        return self._shown(node)[0]

    def _rewrite(self, node: Node, write: Writer | None = None, name: str = "") -> None:
        """Write the numbers of a node in another way than usual, or by a name where its value was told before."""
        write, name = write or self._one(node).write, name or self._one(node).name
        self.known[id(node)] = [Shown(value.cells, write, name) for value in self._shown(node)]

    def _substitutions(self) -> Iterator[Substitution]:
        """The numbers of each variant."""
        for i in range(self.scope.n):
            yield Substitution(partial(self._in_variant, i))

    def _in_variant(self, i: int, node: Node) -> Shown | Network:
        """A node's value in one variant; a network is that of all."""
        value = self._value(node)
        return value if isinstance(value, Network) else value[i]

    def _call(self, node: Call, left: str, shape: Place | None) -> Iterable[list[str]]:
        """An op in its own words, or as its name, its values and its result."""
        name, explain = left or symbolic(node), EXPLAINED.get(node.op.name)
        if explain is None:
            return (numbers.called(node, name) for numbers in self._substitutions())
        stem, usual = left or self._stem(node), self.writers.usual
        each = zip(self._given(node), self._shown(node), strict=True)
        return explain([Work(name, given, result, stem, shape, usual) for given, result in each])

    def _stem(self, node: Call) -> str:
        """What the cells of a call without a name are called: the op's name, if no other call could be meant."""
        return named(node.op.name) if self._unnamed[node.op.name] == 1 else symbolic(node)

    @cached_property
    def _unnamed(self) -> Counter[str]:
        """How many different calls of each op have no name."""
        calls = {part for part in self.root.walk() if isinstance(part, Call)}
        return Counter(call.op.name for call in calls if not self.is_named or call is not self.root)

    def _given(self, node: Call) -> list[dict[str, Any]]:
        """What an op is given in each variant, by parameter, and its defaults."""
        parts = zip(node.parts, node.static, strict=True)
        columns = [self._same(_static(part, self.scope)) if static else self._input(part) for part, static in parts]
        bound = _bound(node.op, len(node.args), tuple(key for key, _ in node.keywords))
        everywhere = zip(*columns, strict=True) if columns else self._same(())
        return [{name: source.of(values) for name, source in bound.items()} for values in everywhere]

    def _same(self, value: Any) -> list[Any]:
        """What is equal in all variants, for each of them."""
        return [value] * self.scope.n

    def _input(self, node: Node) -> list[Any]:
        """What an op is given in each variant; the network of all of them."""
        value = self._value(node)
        return self._same(value) if isinstance(value, Network) else list(value)


_SINGLE = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def _static(node: Node, scope: Scope) -> Any:
    """The plain value of a static argument, equal in all variants that share their shapes."""
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


@dataclass(frozen=True)
class _Source:
    """Where a parameter's value comes from: an argument by number, several, or the parameter's default."""

    places: int | tuple[int, ...] | None
    default: Any = None

    def of(self, values: Sequence[Any]) -> Any:
        """The parameter's value, given those of all arguments."""
        if self.places is None:
            return self.default
        return values[self.places] if isinstance(self.places, int) else tuple(values[place] for place in self.places)


@cache
def _bound(op: Op, positional: int, keywords: tuple[str, ...]) -> Mapping[str, _Source]:
    """For each parameter of a call where its value comes from; a number that is a default is shown like any other."""
    form = signature(op.call)
    numbers = range(positional, positional + len(keywords))
    bound = form.bind(*range(positional), **dict(zip(keywords, numbers, strict=True)))
    written = set(bound.arguments)
    bound.apply_defaults()
    sources = {}
    for name, value in bound.arguments.items():
        if name in written:
            sources[name] = _Source(value)
            continue
        shows = name not in op.static and form.parameters[name].kind in _SINGLE and isinstance(value, int | float)
        sources[name] = _Source(None, Shown(np.asarray(value), EXACT) if shows else value)
    return sources


def paragraphs(blocks: Iterable[str], said: set[str], sayings: Sayings | None = None) -> str:
    """Blocks as paragraphs in a language, without explanations given before; those that follow each other are one."""
    sayings = sayings or sayings_in(ENGLISH)
    told: list[str] = []
    for block in blocks:
        if isinstance(block, Saying):
            if block in said:
                continue
            said.add(block)
            if told and isinstance(told[-1], Saying):
                told[-1] = Saying(f"{told[-1]} {sayings.paragraph(block)}")
                continue
        told.append(type(block)(sayings.paragraph(block)))
    return "\n\n".join(told)
