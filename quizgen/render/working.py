"""`<<step: working>>`: how a step is computed, with the numbers of a variant put in, as Markdown.

Told inside out: what an op is given is shown before the op, each in a paragraph. Nothing is computed here but by the
ops themselves, for all variants at once, or on a column of one, which gives the same bits as the column of many.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
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
from quizgen.language.operators import BINARY
from quizgen.language.template import Hole
from quizgen.ops import OPS, Network, Op
from quizgen.problem.model import Problem
from quizgen.problem.translation import ENGLISH
from quizgen.render.explained import EXPLAINED
from quizgen.render.lines import FULL_CELLS, LONG_SUM, MAX_TERMS, Saying, cell_lines, display, line, terms_left
from quizgen.render.numbers import SHORT_DECIMALS
from quizgen.render.sayings import Sayings, sayings_in
from quizgen.render.shown import EXACT, SHORT, Place, Shown, Work, Writer, named, words
from quizgen.render.symbols import arithmetic, reads_whole, symbolic
from quizgen.world.worlds import Undefined, World

_OPERATORS = (Apply, Negate, Compare)
_MOVES = frozenset(
    {"transpose", "flatten", "reshape", "flip", "pad", "stack", "join", "at", "relu", "abs", "max_pool", "max", "min"}
)  # ops whose cells are those they were given, or 0, or their opposites
_BY_CELL = frozenset(
    {"affine", "affine_input_gradient", "matmul", "outer", "conv2d", "conv2d_filter_gradient", "conv2d_input_gradient"}
    | {"max_pool", "mean_pool"}
)  # ops told by a line for each cell and nothing else: these lines can name the cells of another shape
_ARITHMETIC = frozenset(BINARY[kind] for kind in (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow))


def workings(hole: Hole, problem: Problem, truth: World, said: Sequence[set[str]]) -> list[str]:
    """How the value of a hole is computed, for every variant; it can be computed in all of them.

    `said`: the explanations that the text of each variant holds already; further ones are added.
    """
    tree, left = _subject(hole.value, problem)
    known, writers = _Known(truth, tree), step_writers(problem)
    writer, sayings = writers.named.get(hole.value.source), sayings_in(problem.language)
    return [
        Telling(known.scope(i), writers, said[i], sayings, partial(known.value, i)).of(tree, left, writer)
        for i in range(truth.n)
    ]


def _subject(formula: Expression, problem: Problem) -> tuple[Node, str]:
    """What is to be explained: a step's formula, under the step's name; or what stands in the hole, under no name."""
    tree = formula.tree
    if isinstance(tree, Ref):
        step = problem.steps.get(tree.name)
        return step.tree if step else tree, named(tree.name)
    return tree, ""


class _Known:
    """The values of the nodes of a tree, each computed once for all variants, when the first of them asks."""

    def __init__(self, truth: World, tree: Node) -> None:
        self._truth = truth
        self._nodes = {id(node): node for node in tree.walk()}
        self._found: dict[int, list[tuple[Any, int]]] = {}
        self._refs = {node.name: node for node in self._nodes.values() if isinstance(node, Ref)}

    def scope(self, variant: int) -> dict[str, Any]:
        """The draws and steps of one variant, as columns of one."""
        return {name: self._at(ref, variant) for name, ref in self._refs.items()}

    def value(self, variant: int, node: Node) -> Any:
        """A node's value in one variant, as a column of one; None if it is not known for all."""
        if id(node) not in self._nodes:
            return None
        value = self._at(node, variant)
        return None if isinstance(value, Undefined) else value

    def _at(self, node: Node, variant: int) -> Any:
        if id(node) not in self._found:
            self._found[id(node)] = self._everywhere(node)
        value, place = self._found[id(node)][variant]
        if isinstance(value, Network):
            return value.take(np.array([place]))
        return value[..., place : place + 1] if isinstance(value, np.ndarray) else value

    def _everywhere(self, node: Node) -> list[tuple[Any, int]]:
        """For each variant a block's value, and the variant's place in it."""
        found: list[tuple[Any, int]] = [(None, 0)] * self._truth.n
        names = frozenset(part.name for part in node.walk() if isinstance(part, Ref))
        for columns, value in self._truth.show(Expression("", node, names)):
            for place, column in enumerate(columns.tolist()):
                found[column] = value, place
        return found


@dataclass(frozen=True)
class Writers:
    """How numbers are written: those of some draws and steps, by name, and all others."""

    named: Mapping[str, Writer]
    usual: Writer = SHORT

    def of(self, node: Node) -> Writer:
        """How a value is written: what only moves the cells of something, like that thing."""
        match node:
            case Ref(name=name):
                return self.named.get(name, self.usual)
            case Call(op=op) if op.name not in _MOVES:
                return self.usual
            case Constant() | ListOf() | Negate() | Call():
                found = {self.of(part) for part in node.parts} - {EXACT}
                return found.pop() if len(found) == 1 else self.usual if found else EXACT
        return self.usual


def step_writers(problem: Problem) -> Writers:
    """Draws, and what only moves their cells, exactly; an asked step as it is asked; everything else short."""
    asked = _asked_decimals(problem)
    names = dict.fromkeys(problem.draws, EXACT)
    writers = Writers(names, Writer(max([SHORT_DECIMALS, *asked.values()])))
    for step in problem.graph.order:
        writer = writers.of(problem.steps[step].tree)
        names[step] = Writer(asked[step], asked=True) if step in asked and writer != EXACT else writer
    return writers


def _asked_decimals(problem: Problem) -> dict[str, int]:
    """The decimals with which answers are asked, by step."""
    asked: dict[str, int] = {}
    for answer in (*problem.answers, *problem.left_out):
        told = answer.ask or answer.within
        decimals = [int(rule.amount) for rule in told.rules if rule.unit == "decimals"] if told else []
        if decimals:
            asked[answer.of] = max([asked.get(answer.of, 0), *decimals])
    return asked


@dataclass(frozen=True, eq=False)
class Cell(Node):
    """One cell of a value, written already, in a formula that is written out."""

    text: str
    parts: tuple[Node, ...] = ()


class Telling:
    """One variant's working: what was told so far, and the values of everything below.

    `values`: draws and steps as columns of one; `said`: explanations that need no repetition; `sayings`: the
    language that all is told in; `computed`: the value of a node where it is known already, else None.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        writers: Writers,
        said: set[str] | None = None,
        sayings: Sayings | None = None,
        computed: Callable[[Node], Any] = lambda _node: None,
    ) -> None:
        self.scope = Scope(values, 1)
        self.computed = computed
        self.writers = writers
        self.sayings = sayings or sayings_in(ENGLISH)
        self.said = set() if said is None else said
        self.blocks: list[str] = []
        self.told: set[Node] = set()
        self.known: dict[int, Any] = {}

    def of(self, node: Node, left: str = "", writer: Writer | None = None) -> str:
        """The working of an expression under a name, as Markdown paragraphs; without a name it stands there itself."""
        self.root = node = _chosen(node, self.scope)
        self.is_named = bool(left)
        with np.errstate(all="ignore"):
            if writer and isinstance(value := self._value(node), Shown):
                self.known[id(node)] = replace(value, write=writer)
            self._tell(node, left)
        return "\n\n".join(_paragraphs(self.blocks, self.said, self.sayings))

    def _tell(self, node: Node, left: str = "") -> None:
        """Explain a node, what is below it first."""
        chosen = _chosen(node, self.scope)
        if chosen is not node:
            self._tell(chosen, left or symbolic(node))
            return
        if isinstance(self._value(node), Network):
            self.blocks.append(display(f"{left or symbolic(node)} = {symbolic(node)}"))
            return
        shape = None
        if inner := self._laid_out(node):
            left, shape = left or symbolic(node), self._value(node).cells.shape
            self.known[id(inner)] = replace(self._value(inner), write=self._value(node).write)
            node = inner
        for part in self._inputs(node, in_number=not self._value(node).cells.ndim):
            self._tell_input(part)
        if isinstance(node, _OPERATORS) or _adds_up(node):
            self.blocks += self._arithmetic(node, left or symbolic(node), shape)
        elif isinstance(node, Call):
            self.blocks += self._call(node, left, shape)
        else:
            again = [symbolic(node)] if left and symbolic(node) != left else []
            self.blocks.append(line(left or symbolic(node), *again, result=self._value(node)))

    def _tell_input(self, node: Node) -> None:
        """Explain what an op is given, unless it needs no explanation or had it before."""
        if self._is_plain(node) or node in self.told:
            return
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
        return node.op.name != "flatten" or len(node.parts) == 1 or self._given(node)["order"] == "rows"

    def _laid_out(self, node: Node) -> Node | None:
        """What is told cell by cell and then only laid out in another shape, row by row."""
        if not self._is_read(node, "flatten", "reshape"):
            return None
        assert isinstance(node, Call)
        inner = _chosen(node.args[0], self.scope)
        by_cell = isinstance(inner, Apply) or (isinstance(inner, Call) and inner.op.name in _BY_CELL)
        return inner if by_cell and self._value(inner).cells.ndim else None

    def _inputs(self, node: Node, in_number: bool) -> Iterator[Node]:
        """The nodes whose values a node puts in: those of a call or a list, what stands between operators."""
        if _adds_up(node):
            yield from self._inputs(node.parts[0], in_number=False)
            return
        for i, part in enumerate(node.parts):
            if isinstance(node, Call) and node.static[i]:
                continue
            opened = isinstance(part, _OPERATORS) or (in_number and self._is_put_in(part))
            if isinstance(node, _OPERATORS) and opened:
                yield from self._inputs(part, in_number)
            else:
                yield part

    def _is_put_in(self, node: Node) -> bool:
        """Whether a sum is so short that it is written out inside a formula for a number."""
        return _adds_up(node) and bool(self._value(node.parts[0]).cells.size <= FULL_CELLS)

    def _value(self, node: Node) -> Any:
        """A node's value: `Shown`, or a network."""
        if id(node) not in self.known:
            value = self.computed(node)
            value = spread(node.value(self.scope), 1) if value is None else value
            if not isinstance(value, Network):
                cells = np.asarray(value)
                write = self.writers.of(_chosen(node, self.scope))
                value = Shown(cells[..., 0] if cells.ndim else cells, write)
            self.known[id(node)] = value
        return self.known[id(node)]

    def _call(self, node: Call, left: str, shape: Place | None) -> list[str]:
        """An op in its own words, or as its name, its values and its result."""
        result = self._value(node)
        if node.op.name in EXPLAINED:
            stem = left or self._stem(node)
            work = Work(left or symbolic(node), self._given(node), result, stem, shape, self.writers.usual)
            return EXPLAINED[node.op.name](work)
        return [line(left or symbolic(node), self._put_in(node), result=result)]

    def _stem(self, node: Call) -> str:
        """What the cells of a call without a name are called: the op's name, if no other call could be meant."""
        return named(node.op.name) if self._unnamed[node.op.name] == 1 else symbolic(node)

    @cached_property
    def _unnamed(self) -> Counter[str]:
        """How many different calls of each op have no name."""
        calls = {part for part in self.root.walk() if isinstance(part, Call)}
        return Counter(call.op.name for call in calls if not self.is_named or call is not self.root)

    def _given(self, node: Call) -> dict[str, Any]:
        """What an op is given, by parameter, and its defaults."""
        values = [
            _static(part, self.scope) if static else self._input(part)
            for part, static in zip(node.parts, node.static, strict=True)
        ]
        given = {}
        for name, (source, shows) in _bound(node.op, len(node.args), tuple(key for key, _ in node.keywords)).items():
            value = source.of(values)
            given[name] = _as_shown(value) if shows else value
        return given

    def _input(self, node: Node) -> Any:
        """What an op is given, with its name if it was told before."""
        value = self._value(node)
        told = isinstance(node, Call | Apply) and isinstance(value, Shown) and not self._is_plain(node)
        return replace(value, name=symbolic(node)) if told else value

    def _put_in(self, node: Call) -> str:
        """A call with its values put in."""
        texts = [self._term(part) for part in node.parts]
        names = [""] * len(node.args) + [f"{named(key)} = " for key, _ in node.keywords]
        inside = ", ".join(name + text for name, text in zip(names, texts, strict=True))
        return rf"{named(node.op.name)}\left( {inside} \right)"

    def _term(self, node: Node) -> str:
        """A value in the place of what it is computed from; a network by its name."""
        if isinstance(node, Cell):
            return node.text
        value = self._value(node)
        if isinstance(value, Shown):
            return value.tex
        return symbolic(node) if isinstance(node, Ref) else words("network")

    def _arithmetic(self, node: Node, left: str, shape: Place | None = None) -> list[str]:
        """Numbers put into a formula; a longer one on arrays is written out cell by cell."""
        result: Shown = self._value(node)
        if not result.cells.ndim:
            says: list[str] = []
            formula = self._sum_of_cells(node, says) if _adds_up(node) else self._written_out(node, says)
            return [*says, line(left, arithmetic(formula, self._term), result=result)]
        if shape is None and self._is_large_product(node):
            text = r" \odot ".join(map(self._term, node.parts))
            return [Saying(r"Cell by cell ($\odot$):"), line(left, text, result=result)]
        if shape is None and reads_whole(node, lambda part: self._value(part).cells.ndim):
            return [line(left, arithmetic(node, self._term), result=result)]
        work = Work(left, {}, result, shape=shape)
        return cell_lines(work, lambda place: [arithmetic(self._at(node, place, result.cells.shape), self._term)])

    def _is_large_product(self, node: Node) -> bool:
        """Whether a node is a product cell by cell of two arrays, with many cells or with many zeros."""
        if not isinstance(node, Apply) or node.function is not BINARY[ast.Mult]:
            return False
        cells = self._value(node).cells
        if any(isinstance(part, _OPERATORS) or self._value(part).cells.shape != cells.shape for part in node.parts):
            return False
        return bool(cells.size > LONG_SUM or 2 * np.count_nonzero(cells) < cells.size)

    def _written_out(self, node: Node, says: list[str]) -> Node:
        """A formula for a number with its short sums written out; what has to be said of them is collected."""
        if not isinstance(node, _OPERATORS):
            return self._sum_of_cells(node, says) if self._is_put_in(node) else node
        return replace(node, parts=tuple(self._written_out(part, says) for part in node.parts))

    def _sum_of_cells(self, node: Node, says: list[str]) -> Node:
        """A sum with a term for each cell of what is added up."""
        inside = node.parts[0]
        cells = self._value(inside)
        shape = cells.cells.shape
        kept, left_out = terms_left(cells.each())
        places = [place for place in np.ndindex(shape) if not left_out or cells[place] != "0"]
        terms = [self._at(inside, place, shape) for place in places[:MAX_TERMS]]
        terms += [Cell(r"\dots")] if len(kept) > MAX_TERMS else []
        says += left_out
        return Apply(BINARY[ast.Add], tuple(terms)) if len(terms) > 1 else terms[0] if terms else Cell("0")

    def _at(self, node: Node, place: Place, shape: Place) -> Node:
        """A formula for one cell."""
        if isinstance(node, _OPERATORS):
            return replace(node, parts=tuple(self._at(part, place, shape) for part in node.parts))
        return Cell(self._value(node).spread(shape)[place])


_SINGLE = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def _as_shown(value: Any) -> Any:
    """A default, as what an author gives."""
    return Shown(np.asarray(value), EXACT) if isinstance(value, int | float) else value


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


def _adds_up(node: Node) -> bool:
    """Whether a node is the sum of something computed cell by cell, such as a product of two vectors."""
    return (
        isinstance(node, Call)
        and node.op is OPS["sum"]
        and isinstance(node.parts[0], Apply)
        and all(_is_arithmetic(part) for part in node.parts[0].walk() if isinstance(part, _OPERATORS))
    )


def _is_arithmetic(node: Node) -> bool:
    """Whether a node adds, takes off, multiplies, divides, raises to a power or turns the sign."""
    return isinstance(node, Negate) or (isinstance(node, Apply) and node.function in _ARITHMETIC)


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
def _bound(op: Op, positional: int, keywords: tuple[str, ...]) -> Mapping[str, tuple[_Source, bool]]:
    """For each parameter of a call where its value comes from, and whether it is one value that is shown."""
    form = signature(op.call)
    numbers = range(positional, positional + len(keywords))
    bound = form.bind(*range(positional), **dict(zip(keywords, numbers, strict=True)))
    written = set(bound.arguments)
    bound.apply_defaults()
    return {
        name: (
            _Source(value) if name in written else _Source(None, value),
            name not in op.static and form.parameters[name].kind in _SINGLE,
        )
        for name, value in bound.arguments.items()
    }


def _paragraphs(blocks: Iterable[str], said: set[str], sayings: Sayings) -> list[str]:
    """Blocks in a language, without explanations given before; those that follow each other make one paragraph."""
    paragraphs: list[str] = []
    for block in blocks:
        if isinstance(block, Saying):
            if block in said:
                continue
            said.add(block)
            if paragraphs and isinstance(paragraphs[-1], Saying):
                paragraphs[-1] = Saying(f"{paragraphs[-1]} {sayings.paragraph(block)}")
                continue
        paragraphs.append(type(block)(sayings.paragraph(block)))
    return paragraphs
