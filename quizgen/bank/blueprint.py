"""A blueprint: the plan of an exam. Which problems, cut how, for how many points and minutes; and who marks them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator, PrivateAttr, model_validator

from quizgen.bank.cut import Cut, cut_problem
from quizgen.bank.written import Centimetres, validated
from quizgen.errors import QuizgenError
from quizgen.language.tolerance import Tolerance
from quizgen.language.yamltext import Document
from quizgen.problem.grader import Points, parse_fraction
from quizgen.problem.model import Frozen, Problem

MAX_QUESTIONS = 99

_PICKED = re.compile(r"(\d{1,2})\s+of\s+\[(.*)\]", re.DOTALL)
_FOR_EACH = ("points", "minutes", "working")  # what an entry says for every problem in it

Minutes = Annotated[Fraction, PlainValidator(parse_fraction), Field(gt=0, le=10_000)]
Line = Annotated[str, Field(max_length=200)]
Whole = Annotated[int, BeforeValidator(lambda text: int(text) if re.fullmatch(r"[0-9]{1,9}", str(text)) else text)]


class Slot(Cut):
    """One problem of a blueprint: what of it is asked, and for how many points if not its own."""

    problem: str
    points: Points | None = None
    minutes: Minutes | None = None
    working: Centimetres = 0.0  # space under each answer that asks for none of its own
    _where: str = PrivateAttr("")

    def at(self, where: str) -> Slot:
        """The same with the place that errors name."""
        placed = self.model_copy()
        placed._where = where
        return placed

    @property
    def alone(self) -> Cut:
        """What is cut, without points and place."""
        return Cut(answers=self.answers, draw=self.draw)

    @property
    def where(self) -> str:
        """`file:line`; empty if no file said it."""
        return self._where

    def cut(self, problem: Problem, tolerances: Mapping[str, Tolerance]) -> Problem:
        """What is left of the problem; errors name the blueprint's line."""
        try:
            return cut_problem(problem, self, tolerances)
        except QuizgenError as error:
            raise error.at(self._where) from None


class Entry(Frozen):
    """One entry of a blueprint: a problem, or several of which each paper asks so many."""

    of: Annotated[tuple[Slot, ...], Field(min_length=1)]
    pick: Whole | None = None

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, data: Any) -> Any:
        """Bring the ways of writing an entry into one: a problem, `pick: 2 of [a, b, c]`, `pick: 2` with `of: ...`."""
        if isinstance(data, str):
            return {"of": [{"problem": data}]}
        if not isinstance(data, dict):
            raise ValueError("a problem is needed here, as in `problem: conv-forward`")
        if "pick" not in data and "of" in data:
            raise ValueError("`of` needs `pick`: how many of them does each paper ask?")
        if data.get("answers") in ("", []):
            raise ValueError("name the answers to ask, or leave `answers` away to ask all")
        if "pick" not in data:
            return {"of": [data]}
        entry = {key: value for key, value in data.items() if key not in _FOR_EACH}
        if match := _PICKED.fullmatch(str(entry["pick"]).strip()):
            if "of" in entry:
                raise ValueError("the problems to pick from stand here twice")
            entry |= {"pick": match[1], "of": [name.strip() for name in match[2].split(",")]}
        if not isinstance(entry.get("of"), list):
            raise ValueError("write pick: 2 of [one, another, a third], or a list under `of`")
        shared = {key: data[key] for key in _FOR_EACH if key in data}
        slots = [{"problem": slot} if isinstance(slot, str) else slot for slot in entry["of"]]
        return entry | {"of": [shared | slot if isinstance(slot, dict) else slot for slot in slots]}

    @model_validator(mode="after")
    def _enough(self) -> Entry:
        """A choice needs more problems than are picked."""
        if self.pick is not None and not 0 < self.pick < len(self.of):
            raise ValueError(f"{self.pick} of {len(self.of)} cannot be picked; there must be more to pick from")
        return self


class Blueprint(Frozen):
    """The plan of an exam: its questions in order, and who marks it."""

    name: str
    title: str
    grader: str = "standard"
    minutes: Minutes | None = None
    date: Line = ""  # as it stands on the cover
    aids: Annotated[tuple[Line, ...], BeforeValidator(lambda aids: [aids] if isinstance(aids, str) else aids)] = ()
    questions: Annotated[tuple[Entry, ...], Field(min_length=1, max_length=MAX_QUESTIONS)]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """What fills Q1, Q2, ...; of a choice, every problem in it."""
        return tuple(slot for entry in self.questions for slot in entry.of)

    def slot(self, question: str) -> Slot:
        """What fills a question, `Q3`."""
        names = [f"Q{number}" for number in range(1, len(self.slots) + 1)]
        if question.upper() not in names:
            what = f"'{question}' is no question of the blueprint '{self.name}'"
            raise QuizgenError(what, hint=f"It has {names[0]} to {names[-1]}.")
        return self.slots[names.index(question.upper())]

    @property
    def problems(self) -> tuple[str, ...]:
        """The problems it names."""
        return tuple(dict.fromkeys(slot.problem for slot in self.slots))

    @property
    def picks(self) -> tuple[Pick, ...]:
        """Its choices."""
        found, first = [], 1
        for entry in self.questions:
            if entry.pick is not None:
                found.append(Pick(count=entry.pick, questions=tuple(f"Q{first + i}" for i in range(len(entry.of)))))
            first += len(entry.of)
        return tuple(found)


class Pick(Frozen):
    """A choice: of these questions each paper asks so many."""

    count: int
    questions: tuple[str, ...]


def read_blueprint(name: str, document: Document) -> Blueprint:
    """Compile a blueprint; raises QuizgenError with file, line and remedy."""
    blueprint = validated(Blueprint, document.data, document, name=name)
    entries = [
        entry.model_copy(update={"of": tuple(_placed(slot, i, j, document) for j, slot in enumerate(entry.of))})
        for i, entry in enumerate(blueprint.questions)
    ]
    blueprint = blueprint.model_copy(update={"questions": tuple(entries)})
    if len(blueprint.slots) > MAX_QUESTIONS:
        raise QuizgenError(f"{len(blueprint.slots)} questions; the limit is {MAX_QUESTIONS}", where=document.where())
    stated = [sum(sorted((slot.minutes or 0 for slot in entry.of), reverse=True)[: entry.pick]) for entry in entries]
    if blueprint.minutes is not None and sum(stated) > blueprint.minutes:
        raise QuizgenError(
            f"the questions take {sum(stated)} minutes, the exam has {blueprint.minutes}",
            where=document.where(("minutes",)),
        )
    return blueprint


def _placed(slot: Slot, i: int, j: int, document: Document) -> Slot:
    """The slot with the line it stands in."""
    places = (("questions", i, "of", j), ("questions", i))
    path = next(path for path in places if path in document.lines)
    return slot.at(document.where(path))


def question_points(problem: Problem, slot: Slot) -> Mapping[str, Fraction]:
    """The points of each answer; a blueprint's points rescale them in proportion."""
    own = sum((answer.points for answer in problem.answers), Fraction(0))
    if slot.points and not own:
        raise QuizgenError(f"'{problem.name}' has no points to rescale", where=slot.where, hint="Leave `points` away.")
    factor = slot.points / own if slot.points is not None and own else Fraction(1)
    return {answer.name: answer.points * factor for answer in problem.answers}
