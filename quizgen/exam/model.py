"""An exam in memory: questions filled by problems, papers bound to students, and the columns of an answer sheet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Annotated

import numpy as np
from pydantic import Field

from quizgen.bank.blueprint import Pick
from quizgen.bank.cut import Cut
from quizgen.exam.corrections import Correction, Void
from quizgen.exam.tags import code_of
from quizgen.problem.grader import Grader
from quizgen.problem.model import Answer, Problem
from quizgen.problem.translation import ENGLISH
from quizgen.world.values import Value
from quizgen.world.worlds import Params

WHOLE = Cut()


@dataclass(frozen=True)
class Question:
    """A slot of an exam: its problem, the points of each answer, and n variants in columns."""

    name: str
    problem: Problem
    points: Mapping[str, Fraction]
    params: Params
    expected: Mapping[str, Value]
    waived: int = 0
    cut: Cut = WHOLE  # what the blueprint took of the problem; `problem` is what was left
    minutes: Fraction | None = None
    working: float = 0.0  # centimetres under each answer that asks for none of its own
    asked: np.ndarray | None = None  # mask of the variants that are asked; None: all
    before: int = 0  # variants that are not here: the first one here is that of the paper after so many

    @cached_property
    def total(self) -> Fraction:
        """The points of all its answers."""
        return sum(self.points.values(), Fraction(0))

    @property
    def n(self) -> int:
        """How many variants there are."""
        return next(iter(self.params.values())).n

    def asks(self, numbers: np.ndarray) -> np.ndarray:
        """Mask of the papers, by number from 1, in which it is asked."""
        return np.ones(len(numbers), dtype=bool) if self.asked is None else self.asked[self.columns(numbers)]

    def columns(self, numbers: np.ndarray) -> np.ndarray:
        """Where the variants of some papers, by number from 1, stand."""
        return numbers - 1 - self.before

    def right(self, answer: str, number: int) -> np.ndarray:
        """The right answer of a paper."""
        return self.expected[answer].column(number - 1 - self.before)

    def take(self, numbers: np.ndarray) -> Params:
        """The parameters of some variants, by number from 1."""
        columns = self.columns(numbers)
        return {name: value.take(columns) for name, value in self.params.items()}

    def some(self, first: int, last: int) -> Question:
        """The variants of the papers from one number to another, in arrays that are no larger than these need."""
        columns = np.arange(first - 1, last) - self.before
        return replace(
            self,
            params={name: value.take(columns).narrowed() for name, value in self.params.items()},
            expected={name: value.take(columns).narrowed() for name, value in self.expected.items()},
            asked=None if self.asked is None else self.asked[columns],
            before=first - 1,
        )

    def proofs(self, block: int) -> Iterator[bytes]:
        """Digests of everything that was drawn for it, of so many variants each."""
        for first in range(1, self.n + 1, block):
            yield self.some(first, min(self.n, first + block - 1)).proof

    @property
    def proof(self) -> bytes:
        """A digest of everything that was drawn for it."""
        return hashlib.blake2b(self.drawn, digest_size=16, person=b"quizgen block").digest()

    @property
    def drawn(self) -> bytes:
        """Everything that was drawn for it, as bytes."""
        asked = b"" if self.asked is None else self.asked.tobytes()
        draws = (name.encode() + plain_array(value.cells).tobytes() for name, value in sorted(self.params.items()))
        return asked + b"".join(draws)

    def copied(self, numbers: np.ndarray) -> Question:
        """The same question with copies of some of its variants, by number from 1, in place of its own."""
        columns = self.columns(numbers)
        expected = {name: value.take(columns) for name, value in self.expected.items()}
        asked = None if self.asked is None else self.asked[columns]
        return replace(self, params=self.take(numbers), expected=expected, asked=asked)

    def followed_by(self, more: Question) -> Question:
        """The same question with further variants after its own."""
        return replace(
            self,
            params={name: Value.joined([value, more.params[name]]) for name, value in self.params.items()},
            expected={name: Value.joined([value, more.expected[name]]) for name, value in self.expected.items()},
            waived=self.waived + more.waived,
            asked=None if self.asked is None or more.asked is None else np.concatenate([self.asked, more.asked]),
        )


@dataclass(frozen=True)
class Paper:
    """What a student holds: paper 17 is variant 17 of every question. `details` are the roster's other columns.

    In papers.json the number is called `paper`.
    """

    student: str
    number: Annotated[int, Field(validation_alias="paper")]
    details: Mapping[str, str] = field(default_factory=dict)


def stand_in(number: int) -> str:
    """Who holds a paper of an exam without a roster."""
    return f"student-{number:03d}"


@dataclass(frozen=True)
class Exam:
    """A whole exam; `seed` is the public text it was drawn from, or None if the draws are secret.

    `versions`: which version each paper is a copy of, from 1, where there are fewer versions than papers; else empty.
    `block`: how many variants were hashed together for the id of a large exam; 0 if all were hashed at once. Questions
    may hold the variants of some papers only; `size` then says how many papers there are.
    """

    title: str
    questions: tuple[Question, ...]
    grader: Grader
    papers: tuple[Paper, ...]
    seed: str | None
    has_roster: bool
    sources: Mapping[str, str]  # file in the exam folder -> text of the problem or grader it copies
    picks: tuple[Pick, ...] = ()
    minutes: Fraction | None = None
    date: str = ""  # as it stands on the cover
    aids: tuple[str, ...] = ()  # that are allowed
    language: str = ENGLISH  # of booklets, where nobody asks for another
    versions: tuple[int, ...] = ()
    not_in: tuple[str, ...] = ()  # ids of earlier exams with which it shares no parameters
    identity: str = ""  # its id, if papers were added since it was drawn
    former: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # student -> papers held before, oldest first
    revision: int = 0  # how often it was corrected since it was drawn
    voids: tuple[Void, ...] = ()  # oldest first
    corrections: tuple[Correction, ...] = ()
    block: int = 0
    size: int | None = None

    @property
    def n(self) -> int:
        """How many papers there are."""
        return self.questions[0].n if self.size is None else self.size

    @cached_property
    def id(self) -> str:
        """A hash of everything that was drawn and of the texts it was drawn from; a title may be mended.

        What is added later leaves it as it was: it is part of every tag.
        """
        if self.identity:
            return self.identity
        return self.identified(
            {question.name: question.proofs(self.block) for question in self.questions if self.block}
        )

    def identified(self, proofs: Mapping[str, Iterable[bytes]]) -> str:
        """Its id: from digests of blocks of its questions' variants, or from all variants where there are none."""
        state = hashlib.blake2b(digest_size=16, person=b"quizgen exam")
        state.update(json.dumps([self.n, self.seed, sorted(self.sources.items())]).encode())
        for question in self.questions:
            state.update(json.dumps([question.name, {k: str(v) for k, v in question.points.items()}]).encode())
            if not question.cut.is_whole:
                state.update(question.cut.model_dump_json().encode())
            for part in proofs.get(question.name, ()) if proofs else (question.drawn,):
                state.update(part)
        return state.hexdigest()

    @cached_property
    def code(self) -> str:
        """Four characters made from the id; part of every tag."""
        return code_of(bytes.fromhex(self.id))

    @cached_property
    def holders(self) -> Mapping[int, Paper]:
        """Who holds each paper, by its number; papers that nobody holds are not in it."""
        return {paper.number: paper for paper in self.papers}

    @cached_property
    def students(self) -> frozenset[str]:
        """Who holds a paper."""
        return frozenset(paper.student for paper in self.papers)

    @cached_property
    def named(self) -> Mapping[int, Paper]:
        """Who holds each paper, where that is known: not those that were made for stand-ins."""
        if self.has_roster:
            return self.holders
        return {number: paper for number, paper in self.holders.items() if paper.student != stand_in(number)}

    @cached_property
    def distinct(self) -> np.ndarray:
        """The numbers of papers that differ: all, or the first paper of each version."""
        if not self.versions:
            return np.arange(1, self.n + 1)
        return np.asarray(np.unique(self.versions, return_index=True)[1] + 1)

    @cached_property
    def version_of(self) -> np.ndarray:
        """By a paper's number less one: the place in `distinct`, from 1, of the paper that is the same, (n,)."""
        return np.unique(self.versions, return_inverse=True)[1] + 1 if self.versions else np.arange(1, self.n + 1)

    def copies_of(self, numbers: Sequence[int]) -> tuple[int, ...]:
        """The numbers of all papers that are the same as some: of an exam with versions, their copies, too."""
        if not self.versions:
            return tuple(numbers)
        wanted = {self.versions[number - 1] for number in numbers}
        return tuple(number for number, version in enumerate(self.versions, start=1) if version in wanted)

    @property
    def spares(self) -> list[int]:
        """The numbers of the papers that nobody holds."""
        return [number for number in range(1, self.n + 1) if number not in self.holders]

    @cached_property
    def released(self) -> frozenset[str]:
        """Those who held a paper and hold none now: they were entered by mistake, and nobody of that name sat it."""
        return frozenset(self.former) - self.students

    @property
    def unused(self) -> list[int]:
        """The spares that were not taken from a student in exchange for another paper: the ones to hand out."""
        withdrawn = {numbers[0] for student, numbers in self.former.items() if student not in self.released}
        return [number for number in self.spares if number not in withdrawn]

    @cached_property
    def total(self) -> Fraction:
        """The points of a whole paper; whatever it asks where there is a choice, they are the same."""
        first = np.array([self.questions[0].before + 1])
        return sum((question.total for question in self.questions if question.asks(first).all()), Fraction(0))

    def in_language(self, code: str) -> Exam:
        """The same exam with its problems in another language, where they have texts in it."""
        there = (replace(question, problem=question.problem.in_language(code)) for question in self.questions)
        return replace(self, questions=tuple(there), language=code)

    def fields(self) -> Iterator[tuple[Question, Answer]]:
        """Every answer of every question, in order."""
        for question in self.questions:
            for answer in question.problem.answers:
                yield question, answer


def columns_of(exam: Exam) -> list[tuple[Question, Answer, tuple[int, ...]]]:
    """The columns of an answer sheet: one for each cell of an answer that has cells, counted from 1."""
    columns: list[tuple[Question, Answer, tuple[int, ...]]] = []
    for question, answer in exam.fields():
        largest = question.expected[answer.name].largest if answer.cells else ()
        columns += [(question, answer, cell) for cell in product(*(range(1, size + 1) for size in largest))]
    return columns


def heading_of(question: str, answer: str, cell: tuple[int, ...] = ()) -> str:
    """The heading of a column: `Q3.conv[1,2]`."""
    return f"{question}.{answer}" + (f"[{','.join(map(str, cell))}]" if cell else "")


def plain_array(cells: np.ndarray) -> np.ndarray:
    """Numbers as doubles, texts as fixed-width texts; contiguous."""
    return np.ascontiguousarray(cells.astype(str) if cells.dtype.kind in "OU" else cells.astype(float))
