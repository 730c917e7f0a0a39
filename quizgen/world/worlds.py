"""The heart: `world(problem, params, beliefs)` evaluates the graph with some steps replaced.

Truth has no beliefs. A student's own world replaces steps by what the student typed. A misconception replaces
steps by a wrong formula. All of it over columns, one per variant or student; columns whose shapes differ are
evaluated in blocks of their own, and nobody outside this room needs to know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from quizgen.language.expr import Expression, stands_for_all
from quizgen.language.tolerance import Tolerance
from quizgen.ops import ColumnError, Network
from quizgen.problem.graph import Edges
from quizgen.problem.model import Mistake, Problem
from quizgen.world.values import Value, crop, gather, some_columns

Params = Mapping[str, Value]


@dataclass(frozen=True)
class Belief:
    """A step replaced, for some columns, by a formula or by values; `rows` None means for all."""

    step: str
    by: Expression | Value
    rows: np.ndarray | None = None

    def take(self, rows: np.ndarray) -> Belief:
        """The belief of some columns only; held by all of them, its `rows` become None."""
        by = self.by.take(rows) if isinstance(self.by, Value) else self.by
        held = None if self.rows is None else self.rows[rows]
        return replace(self, by=by, rows=None if held is not None and held.all() else held)

    @property
    def is_held(self) -> bool:
        """Whether it is held in any column."""
        return self.rows is None or bool(self.rows.any())


@dataclass(frozen=True)
class Undefined:
    """The value of a step that cannot be computed, with the reason."""

    reason: str


def world(problem: Problem, params: Params, beliefs: Iterable[Belief] = ()) -> World:
    """The graph of a problem over n columns, evaluated when asked for.

    `params`: the draws, `(..., n)`. Later beliefs win over earlier ones. The truth is `world(problem, params)`.
    """
    truth = World(problem, _blocks(problem, params))
    for step in problem.given:  # now, so that no belief ever changes what is printed
        truth.reason(step)
    return truth.believing(*beliefs)


def mistaken(mistake: Mistake, rows: np.ndarray | None = None, steps: Iterable[str] | None = None) -> list[Belief]:
    """The beliefs of somebody who makes a mistake; `steps` narrows it to some of its formulas."""
    wanted = mistake.steps if steps is None else steps
    return [Belief(step, mistake.steps[step], rows) for step in wanted]


class World:
    """Values of all steps, computed once each, in blocks of columns that share their shapes."""

    def __init__(self, problem: Problem, blocks: list[Block]) -> None:
        self.problem = problem
        self.n = sum(block.n for block in blocks)
        self._blocks = blocks

    def value(self, step: str, axes: int) -> Value:
        """A step's value in all columns; undefined where it cannot be computed or has other axes than asked for."""
        found = self._done(lambda block: self._evaluate(block, step))
        parts = [(block, cells) for block, cells in found if isinstance(cells, np.ndarray)]
        if len(found) == len(parts) == 1 and parts[0][0].in_order and parts[0][1].ndim == axes + 1:
            return Value.dense(parts[0][1])  # as most are
        arrays = [(block.columns, cells) for block, cells in parts]
        return gather(arrays, axes, self.n) if arrays else Value.undefined(axes, self.n)

    def holds(self, condition: Expression) -> np.ndarray:
        """Mask of the columns in which a condition holds beyond rounding errors."""
        truth = np.zeros(self.n, dtype=bool)
        for block, found in self._held(condition):
            truth[block.columns] = False if isinstance(found, Undefined) else found
        return truth

    def why_undefined(self, condition: Expression) -> str:
        """Why a condition can be told in no column at all; empty if it can in some."""
        return _common_reason(value for _, value in self._held(condition))

    def _held(self, condition: Expression) -> list[tuple[Block, Any]]:
        return self._each(condition.names, lambda block, values: condition.holds(values, block.n))

    def measured(self, step: str, measure: Callable[[Expression, Mapping[str, Any], int], np.ndarray]) -> np.ndarray:
        """Something about a step's formula in every column, (n,); 0 where it cannot be computed."""
        formula = self.problem.steps[step]
        found = np.zeros(self.n)
        for block, value in self._each(formula.names, lambda block, values: measure(formula, values, block.n)):
            found[block.columns] = 0 if isinstance(value, Undefined) else value
        return found

    def show(self, formula: Expression) -> list[tuple[np.ndarray, Any]]:
        """A formula's value block by block: (column numbers, array or network or Undefined), for texts."""
        found = self._each(formula.names, lambda block, values: formula.evaluate(values, block.n))
        return [(block.columns, value) for block, value in found]

    def together(self, names: Iterable[str]) -> list[tuple[np.ndarray, dict[str, Any]]]:
        """Draws and steps of columns that share their shapes: (column numbers, values by name), for texts."""
        for name in names:
            self._each({name}, lambda _, found: found)  # which may split a block
        return [(block.columns, {name: self._evaluate(block, name) for name in names}) for block in self._blocks]

    def _each(self, names: Iterable[str], work: Callable[[Block, dict[str, Any]], Any]) -> list[tuple[Block, Any]]:
        """Work with some values in every block; Undefined where a value is, or where the work refuses."""
        return self._done(lambda block: self._worked(block, names, work))

    def _done(self, work: Callable[[Block], Any]) -> list[tuple[Block, Any]]:
        """Work in every block; a block whose columns turn out to differ is split."""
        done: list[tuple[Block, Any]] = []
        todo = list(self._blocks)
        while todo:
            block = todo.pop(0)
            try:
                done.append((block, work(block)))
            except _Split as split:
                todo[:0] = [block.take(places) for places in split.parts()]
        self._blocks = [block for block, _ in done]
        return done

    def reason(self, step: str) -> str:
        """Why a step can be computed in no column at all; empty if it can in some."""
        return _common_reason(value for _, value in self._each({step}, lambda _, found: found[step]))

    def believing(self, *beliefs: Belief) -> World:
        """The world of somebody with further beliefs; what they do not touch is not computed again."""
        if not beliefs:
            return self
        steps = frozenset(belief.step for belief in beliefs)
        more: Edges = frozenset((b.step, b.by.names) for b in beliefs if isinstance(b.by, Expression))
        for block in self._blocks:
            more |= block.edges
        stale = steps | self.problem.graph.below(steps, more)
        return World(self.problem, [block.believing(beliefs, stale) for block in self._blocks])

    def knowing(self, values: Mapping[str, np.ndarray]) -> World:
        """The world with values of some steps that were computed elsewhere for the very same columns."""
        (block,) = self._blocks
        return World(self.problem, [replace(block, memo={**block.memo, **values})])

    def rounded(self, tolerance: Tolerance, keep: frozenset[str]) -> World:
        """The world of somebody who rounds every step, except those in `keep`, to the figures asked."""
        stale = frozenset(self.problem.steps.keys() - self.problem.given.keys())
        blocks = [replace(block.believing((), stale), rounding=tolerance, keep=keep) for block in self._blocks]
        return World(self.problem, blocks)

    def take(self, rows: np.ndarray) -> World:
        """The world of some columns, given by a mask or by numbers."""
        place = np.full(self.n, -1)
        chosen = np.flatnonzero(rows) if rows.dtype == bool else rows
        place[chosen] = np.arange(len(chosen))
        blocks = []
        for block in self._blocks:
            inside = np.flatnonzero(place[block.columns] >= 0)
            if len(inside):
                blocks.append(block.take(inside, place[block.columns[inside]]))
        return World(self.problem, blocks)

    def _evaluate(self, block: Block, name: str) -> Any:
        """A draw's or step's value in a block, from memory if it was computed before."""
        if name not in block.memo and name not in block.kept and block.base is not None and name not in block.stale:
            block.memo[name] = self._evaluate(block.base, name)
        elif name in block.kept and name not in block.memo:
            value, inside = block.kept[name]
            block.memo[name] = _taken(value, inside)
        elif name not in block.memo:
            value = self._believed(block, name)
            if block.rounding and name not in block.keep and isinstance(value, np.ndarray) and value.dtype.kind == "f":
                value = block.rounding.rounded(value)
            block.memo[name] = self._printed(name, value)
        return block.memo[name]

    def _printed(self, step: str, value: Any) -> Any:
        """A given value as the question prints it."""
        exactly = self.problem.given.get(step)
        return exactly.rounded(value) if exactly and isinstance(value, np.ndarray) else value

    def _believed(self, block: Block, name: str) -> Any:
        """A step's formula, or what is believed in its place."""
        value: Any = None
        beliefs = [belief for belief in block.beliefs if belief.step == name]
        whole = next((i for i in reversed(range(len(beliefs))) if beliefs[i].rows is None), None)
        if whole is None:
            value = self._computed(block, self.problem.steps[name])
        for belief in beliefs[whole or 0 :]:
            if isinstance(belief.by, Value):
                value = _with_values(value, belief)
            else:
                value = _chosen(value, self._computed(block, belief.by), belief.rows)
        return value

    def _computed(self, block: Block, formula: Expression) -> Any:
        """A formula's value in a block; Undefined where an op refuses or an input is undefined."""
        value = self._worked(block, formula.names, lambda _, values: formula.evaluate(values, block.n))
        if not isinstance(value, np.ndarray) or stands_for_all(value):
            return value
        return np.ascontiguousarray(value)  # once, not by each of its users

    def _worked(self, block: Block, names: Iterable[str], work: Callable[[Block, dict[str, Any]], Any]) -> Any:
        """What some work makes of some values; Undefined where it cannot, split where it can in some columns only."""
        needed = {name: self._evaluate(block, name) for name in names}
        for value in needed.values():
            if isinstance(value, Undefined):
                return value
        try:
            return work(block, needed)
        except ColumnError as error:
            bad = np.broadcast_to(error.bad, block.n)
            if not bad.all():
                raise _Split(bad.astype(int)) from None
            return Undefined(str(error))
        except (ValueError, IndexError, TypeError, OverflowError, AttributeError) as error:
            return Undefined(str(error))


def _common_reason(values: Iterable[Any]) -> str:
    """The reason why nothing is defined; empty if something is."""
    reasons = [value.reason if isinstance(value, Undefined) else "" for value in values]
    return reasons[0] if all(reasons) else ""


@dataclass
class Block:
    """Columns that share all shapes: draws and steps as dense arrays, with the beliefs about them.

    Whatever is not `stale` is the same in `base`, a block of the same columns, and is computed there once for all
    the worlds that are built on it. What was computed for more columns is `kept` with the places of ours among them,
    and is taken when it is asked for: most of it never is. `in_order`: the columns are 0, 1, 2, ...
    """

    columns: np.ndarray
    memo: dict[str, Any]
    beliefs: tuple[Belief, ...] = ()
    base: Block | None = None
    stale: frozenset[str] = frozenset()
    rounding: Tolerance | None = None
    keep: frozenset[str] = field(default_factory=frozenset)
    kept: Mapping[str, tuple[Any, np.ndarray]] = field(default_factory=dict)
    in_order: bool = False

    @property
    def n(self) -> int:
        """How many columns there are."""
        return len(self.columns)

    @property
    def edges(self) -> Edges:
        """What the believed formulas read."""
        return frozenset((b.step, b.by.names) for b in self.beliefs if isinstance(b.by, Expression))

    def known(self) -> dict[str, tuple[Any, np.ndarray | None]]:
        """Everything computed so far: for these columns, or for more, of which some places are ours."""
        found: dict[str, tuple[Any, np.ndarray | None]] = {}
        if self.base:
            found |= {name: known for name, known in self.base.known().items() if name not in self.stale}
        return found | dict(self.kept) | {name: (value, None) for name, value in self.memo.items()}

    def believing(self, beliefs: Iterable[Belief], stale: frozenset[str]) -> Block:
        """The block with further beliefs (of all the world's columns), without what they make stale."""
        mine = [self._mine(belief) for belief in beliefs]
        held = tuple(belief for belief in mine if belief.is_held)
        return replace(self, memo={}, kept={}, beliefs=self.beliefs + held, base=self, stale=stale)

    def _mine(self, belief: Belief) -> Belief:
        """A belief of all the world's columns, cut to this block's; where these are all of them, there is no need."""
        values_fit = not isinstance(belief.by, Value) or belief.by.n == self.n
        all_of_them = self.in_order and belief.rows is None and values_fit
        return belief if all_of_them else belief.take(self.columns)

    def take(self, inside: np.ndarray, columns: np.ndarray | None = None) -> Block:
        """Some columns of the block, under their old numbers or new ones."""
        composed: dict[int, np.ndarray] = {}
        kept = {name: (value, _within(places, inside, composed)) for name, (value, places) in self.known().items()}
        mine = [belief.take(inside) for belief in self.beliefs]
        beliefs = tuple(belief for belief in mine if belief.is_held)
        numbers = self.columns[inside] if columns is None else columns
        in_order = np.array_equal(numbers, np.arange(len(numbers)))
        return Block(numbers, {}, beliefs, None, frozenset(), self.rounding, self.keep, kept, in_order)


class _Split(Exception):  # noqa: N818  (a signal between two functions, not an error)
    """A block whose columns turn out to have different shapes; `labels` tells them apart."""

    def __init__(self, labels: np.ndarray) -> None:
        self.labels = labels

    def parts(self) -> list[np.ndarray]:
        """The places of the columns of each label; there are two at least, or splitting would never end."""
        labels = np.unique(self.labels)
        assert len(labels) > 1
        return [np.flatnonzero(self.labels == label) for label in labels]


def _blocks(problem: Problem, params: Params) -> list[Block]:
    """Group the columns by their structural draws, and make every draw dense within its group."""
    n = next(iter(params.values())).n
    everything = np.arange(n)
    if not problem.structural:
        return [Block(everything, {name: value.cells for name, value in params.items()}, in_order=True)]
    if n and all((params[name].cells == params[name].cells[:1]).all() for name in problem.structural):
        return [Block(everything, _shared(problem, params), in_order=True)]
    keys = np.zeros(n, dtype=np.int64)
    for name in problem.structural:
        _, codes = np.unique(params[name].cells, return_inverse=True)
        keys = keys * (codes.max() + 1) + codes
    blocks = []
    for key in np.unique(keys):
        columns = np.flatnonzero(keys == key)
        memo = {name: value.take(columns) for name, value in params.items()}
        blocks.append(Block(columns, _shared(problem, memo)))
    return blocks


def _shared(problem: Problem, params: Params) -> dict[str, Any]:
    """The draws of columns of one structure as dense arrays; what decides it is one column that stands for all."""
    memo: dict[str, Any] = {name: _crop(value) for name, value in params.items()}
    for name in problem.structural:
        memo[name] = np.broadcast_to(memo[name][:1], memo[name].shape)
    return memo


def _within(places: np.ndarray | None, inside: np.ndarray, composed: dict[int, np.ndarray]) -> np.ndarray:
    """The places of some of the columns that stand at some places; made once for each of the latter."""
    if places is None:
        return inside
    if id(places) not in composed:
        composed[id(places)] = places[inside]
    return composed[id(places)]


def _taken(value: Any, inside: np.ndarray) -> Any:
    """Some columns of an array, of a network or of several values; of what cannot be computed, the reason."""
    if isinstance(value, np.ndarray):
        return some_columns(value, inside)
    if isinstance(value, tuple):
        return tuple(_taken(part, inside) for part in value)
    return value.take(inside) if isinstance(value, Network) else value


def _crop(value: Value) -> np.ndarray:
    """The cells of columns that all have the same shape, as a dense array."""
    return value.cells[crop(value.shape[:, 0])]


def _with_values(value: Any, belief: Belief) -> Any:
    """Put believed values over computed ones; splits the block where shapes differ."""
    given = belief.by
    assert isinstance(given, Value)
    rows = np.ones(given.n, dtype=bool) if belief.rows is None else belief.rows
    sizes = given.shape[:, rows]
    if sizes.size and (sizes != sizes[:, :1]).any():
        raise _Split(np.where(rows, 1 + np.unique(given.shape, axis=1, return_inverse=True)[1], 0))
    first = int(np.argmax(rows))
    dense = given.cells[crop(given.shape[:, first])]
    return _chosen(value, dense, belief.rows)


def _chosen(value: Any, other: Any, rows: np.ndarray | None) -> Any:
    """The other value in the rows, the first elsewhere; splits the block where they cannot share an array."""
    if rows is None or (isinstance(value, Undefined) and isinstance(other, Undefined)):
        return other
    if isinstance(value, np.ndarray) and isinstance(other, np.ndarray) and value.shape == other.shape:
        return np.where(rows, other, value)
    raise _Split(rows.astype(int))
