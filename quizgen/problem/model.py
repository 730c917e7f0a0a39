"""What an author writes, compiled and frozen: drawn numbers -> named steps -> asked answers, and the mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Annotated, Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from quizgen.errors import QuizgenError
from quizgen.language.expr import Expression, Ref
from quizgen.language.template import Hole, Template
from quizgen.language.tolerance import Tolerance, parse_tolerance
from quizgen.problem.drawers import Drawer
from quizgen.problem.graph import Edges, Graph
from quizgen.problem.kinds import BY_HAND, KINDS, TOLERANT, Asked
from quizgen.problem.rearrangements import SAID
from quizgen.problem.translation import Translation, nearest_language

MAX_GROUPS = 64  # different structures (shapes, networks) that one problem may draw


WHOLE = parse_tolerance("whole number")


class Frozen(BaseModel):
    """A value that never changes; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    def rebuilt(self, **changes: Any) -> Self:
        """The same with other fields; nothing that was computed from the old ones is kept."""
        return type(self)(**{name: getattr(self, name) for name in type(self).model_fields} | changes)


@dataclass(frozen=True)
class AskedFormula:
    """A formula that is asked for: what is right, in which symbols, and the numbers on which formulas are compared.

    `symbols`: name -> (*its shape, samples); `shape`: of the right formula's value.
    """

    source: str
    symbols: Mapping[str, np.ndarray]
    shape: tuple[int, ...]


class Answer(Frozen):
    """One thing that is asked: which step, for how many points, how exactly."""

    name: str
    of: str
    kind: str
    points: Fraction
    ask: Tolerance | None = None
    within: Tolerance | None = None
    between: tuple[float, float] | None = None
    carry: bool = True
    whole: bool = False
    percent: bool = False  # `5%` may stand for 0.05
    options: tuple[str, ...] = ()  # of a choice; its step counts them from 1
    first: int = 1  # of a location: the number of the first row and column
    formula: AskedFormula | None = None
    lines: int = 0  # to write on, of an answer that is marked by hand
    working: float = 0.0  # centimetres of empty space for it on paper

    @property
    def axes(self) -> int:
        """Of what is typed: 0 for a single number, 1 for a vector, 2 for a matrix."""
        return KINDS[self.kind].axes

    @property
    def by_hand(self) -> bool:
        """Whether a person marks it, and points are what is typed."""
        return self.kind == BY_HAND

    @property
    def step_axes(self) -> int:
        """Of the step that it is held against."""
        return KINDS[self.kind].step_axes

    @property
    def cells(self) -> bool:
        """Whether it is marked cell by cell."""
        return KINDS[self.kind].cells

    def tolerance(self, defaults: Mapping[str, Tolerance]) -> Tolerance:
        """What the author says, else exactly for whole numbers, else the grader's word on this kind."""
        return self.within or self.ask or (WHOLE if self.whole or self.by_hand else defaults[self.kind])

    def asked(self, defaults: Mapping[str, Tolerance]) -> Asked:
        """What the student is told to write, and how exactly."""
        return Asked(
            kind=self.kind,
            exactly=(self.ask or self.tolerance(defaults)) if self.kind in TOLERANT else None,
            whole=self.whole,
            options=self.options,
            first=self.first,
            symbols=tuple(self.formula.symbols) if self.formula else (),
        )


class Mistake(Frozen):
    """A wrong way that students really go: some steps replaced.

    `note` is what is charged and counted: the id itself, or the id of a mistake that no draw can tell it from.
    """

    id: str
    note: str
    title: str
    says: str
    steps: Mapping[str, Expression]
    credit: Fraction | None = None

    @cached_property
    def edges(self) -> Edges:
        """What its formulas read."""
        return frozenset((step, formula.names) for step, formula in self.steps.items())


REARRANGED = tuple(
    Mistake(id=note, note=note, title=title, says=says, steps={}) for note, (title, says) in SAID.items()
)


@dataclass(frozen=True)
class Printed:
    """Numbers as an author printed them: right to the digits written. `half` is half a unit of the last digit."""

    numbers: np.ndarray
    half: np.ndarray

    def agrees(self, value: np.ndarray) -> bool:
        """Whether a computed value has this shape and prints like this."""
        if value.shape != self.numbers.shape:
            return False
        room = self.half + 1e-9 * np.maximum(np.abs(self.numbers), 1e-6)
        return bool((np.abs(value - self.numbers) <= room).all())


class Example(Frozen):
    """A known instance: what is drawn, what comes out, and what a mistake makes of it."""

    source: str
    where: str
    draw: Mapping[str, Any]
    gives: Mapping[str, Printed]
    mistakes: Mapping[str, Mapping[str, Printed]] = {}


class Problem(Frozen):
    """A problem: a small graph with its texts. Everything quizgen does is this graph with some steps replaced."""

    name: str
    title: str
    file: str
    digest: str
    text: Annotated[str, Field(repr=False)]
    draws: Mapping[str, Expression]
    require: tuple[Expression, ...]
    steps: Mapping[str, Expression]
    answers: tuple[Answer, ...]  # in dependency order
    mistakes: tuple[Mistake, ...]
    examples: tuple[Example, ...]
    question: Template
    solution: Template
    whole: frozenset[str] = frozenset()  # steps that are whole numbers whatever is drawn
    cells: Mapping[str, int] = {}  # how many numbers each step of one variant holds
    left_out: tuple[Answer, ...] = ()  # answers that a blueprint does not ask
    given: Mapping[str, Tolerance] = {}  # steps printed in the question instead of asked, and how exactly
    wordings: Mapping[str, Translation] = {}  # its texts in other languages, by code
    language: str = ""  # of its texts, if they are not the original ones

    def in_language(self, code: str) -> Problem:
        """The same problem with the texts of another language where there are such; itself if there are none."""
        if not (chosen := nearest_language(code, self.wordings)):
            return self
        wording = self.wordings[chosen]
        mistakes = []
        for mistake in self.mistakes:
            title, says = wording.mistakes.get(mistake.id, ("", ""))
            mistakes.append(mistake.rebuilt(title=title or mistake.title, says=says or mistake.says))
        return self.rebuilt(
            title=wording.title,
            question=wording.question,
            solution=wording.solution,
            mistakes=tuple(mistakes),
            language=chosen,
        )

    @cached_property
    def graph(self) -> Graph:
        """Which step reads which; a given one is read off the paper."""
        return Graph({step: () if step in self.given else formula.names for step, formula in self.steps.items()})

    @cached_property
    def named(self) -> tuple[Mistake, ...]:
        """Every mistake that marking can name, by number: those declared, then those that any array invites."""
        return (*self.mistakes, *REARRANGED)

    @cached_property
    def structural(self) -> tuple[str, ...]:
        """The draws that decide a shape or a network: their values are equal within a group of variants."""
        formulas = [*self.draws.values(), *self.steps.values(), *self.require]
        formulas += [formula for mistake in self.mistakes for formula in mistake.steps.values()]
        needed = frozenset().union(*(formula.static_names for formula in formulas))
        return tuple(name for name in self.draws if name in needed)

    @cached_property
    def structures(self) -> tuple[Mapping[str, Any], ...]:
        """Every combination of structural values; raises QuizgenError if there are too many."""
        tables = [self.drawers({})[name] for name in self.structural]
        count = int(np.prod([len(table.values) for table in tables], dtype=float))
        if count > MAX_GROUPS:
            raise QuizgenError(
                f"{' x '.join(self.structural)} make {count} different structures; the limit is {MAX_GROUPS}",
                where=self.file,
                hint="Draw fewer values for what decides a shape.",
            )
        return tuple(dict(zip(self.structural, values, strict=True)) for values in product(*(t.values for t in tables)))

    def drawers(self, structure: Mapping[str, Any]) -> dict[str, Drawer]:
        """The drawer of each draw, for given values of the structural draws; those that need more are left out."""
        made = {}
        for name, formula in self.draws.items():
            if formula.names <= structure.keys():
                made[name] = formula.drawer(structure) if formula.names else self._same_everywhere[name]
        return made

    @cached_property
    def _same_everywhere(self) -> Mapping[str, Drawer]:
        """The drawers of the draws that depend on no other one."""
        return {name: formula.drawer({}) for name, formula in self.draws.items() if not formula.names}

    @cached_property
    def words(self) -> dict[str, tuple[int, int]]:
        """For each draw, where its random words start in a variant's page, and how many there are."""
        sizes = dict.fromkeys(self.draws, 0)
        for structure in self.structures:
            for name, drawer in self.drawers(structure).items():
                sizes[name] = max(sizes[name], len(drawer.choices))
        starts = np.cumsum([0, *sizes.values()])
        return {name: (int(start), sizes[name]) for name, start in zip(sizes, starts, strict=False)}

    @cached_property
    def asked(self) -> frozenset[str]:
        """The steps whose values are asked."""
        return frozenset(answer.of for answer in self.answers)

    @cached_property
    def printed(self) -> frozenset[str]:
        """The steps that are read off the paper: those given instead of asked, and those that the question shows."""
        holes = [piece for piece in self.question.walk() if isinstance(piece, Hole)]
        shown = {formula.tree.name for hole in holes for formula in hole.formulas if isinstance(formula.tree, Ref)}
        return (frozenset(shown) & self.steps.keys()) | self.given.keys()

    @cached_property
    def taken(self) -> frozenset[str]:
        """The steps that somebody takes on the way to the asked answers, these included."""
        reads = {step: () if step in self.printed else formula.names for step, formula in self.steps.items()}
        return (self.asked | Graph(reads).above(self.asked)) - self.printed

    @cached_property
    def earlier(self) -> Mapping[str, tuple[str, ...]]:
        """For each answer, the answers it is computed from."""
        above = {answer.name: self.graph.above([answer.of]) for answer in self.answers}
        return {name: tuple(other.name for other in self.answers if other.of in steps) for name, steps in above.items()}

    @cached_property
    def nearest(self) -> Mapping[str, tuple[str, ...]]:
        """For each answer, the answers it starts from: those it is computed from with no other asked one between."""
        found: dict[str, tuple[str, ...]] = {}
        for answer in self.answers:
            seen, todo = set[str](), set(self.graph.reads[answer.of])
            while todo:
                step = todo.pop()
                if step not in seen and step in self.steps:
                    seen.add(step)
                    todo |= set() if step in self.asked else self.graph.reads[step]
            found[answer.name] = tuple(other.name for other in self.answers if other.of in seen)
        return found

    @cached_property
    def touched(self) -> Mapping[str, frozenset[str]]:
        """For each mistake, the steps that it may change."""
        return {
            mistake.id: frozenset(mistake.steps) | self.graph.below(frozenset(mistake.steps), mistake.edges)
            for mistake in self.mistakes
        }
