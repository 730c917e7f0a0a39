"""What one student holds, before it is written in any form: a cover, and questions with the fields to answer in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from quizgen.exam.wishes import NO_WISHES, Wishes
from quizgen.problem.model import Answer
from quizgen.render.filling import Filled
from quizgen.render.words import words_of

Progress = Callable[[str, int, int], None]  # what is being done, how far, of how many


@dataclass(frozen=True, eq=False)  # of an exam there is one for all papers
class Field:
    """An answer to be written.

    `name`: the column's, `Q3.conv`; `asks`: what is to be written, and how exactly. `shape`: the cells of the largest
    right answer in the whole exam, so that a field betrays nothing of its own: `()`, `(length,)`, `(rows, columns)`.
    `working`: space for it in centimetres.
    """

    name: str
    answer: Answer
    points: Fraction
    asks: str
    shape: tuple[int, ...]
    working: float = 0.0

    @property
    def cells(self) -> list[str]:
        """The column of each cell, row by row; of an answer without cells its only one."""
        if not self.shape:
            return [self.name]
        sizes = self.shape if len(self.shape) == 2 else (1, *self.shape)
        places = [(row, column) for row in range(1, sizes[0] + 1) for column in range(1, sizes[1] + 1)]
        inside = [f"{row},{column}" if len(self.shape) == 2 else f"{column}" for row, column in places]
        return [f"{self.name}[{place}]" for place in inside]


@dataclass(frozen=True)
class Right:
    """A right answer in the key: as a student would type it, and as TeX where it is numbers."""

    name: str
    text: str
    tex: str


@dataclass(frozen=True)
class Section:
    """A question: its text with the places of its fields, and for the key its right answers and worked solution."""

    name: str
    title: str
    points: Fraction
    minutes: Fraction | None
    tag: str
    language: str
    text: Filled
    fields: tuple[Field, ...]
    right: tuple[Right, ...] = ()
    solution: Filled | None = None

    def field(self, answer: str) -> Field:
        """The field of an answer."""
        return next(field for field in self.fields if field.answer.name == answer)


@dataclass(frozen=True)
class Cover:
    """The first things a student reads.

    `minutes`: with the extra ones that this student has. `chosen`: which questions of a choice this paper asks;
    `rules`: how it is marked, in a few sentences.
    """

    title: str
    date: str
    points: Fraction
    minutes: Fraction | None
    aids: tuple[str, ...]
    chosen: tuple[str, ...]
    rules: tuple[str, ...]
    student: str  # empty where nobody is known
    name: str
    practice: bool  # drawn from a public seed


@dataclass(frozen=True)
class Booklet:
    """A paper as one student holds it; `exam` is the exam's id, `tag` the paper's.

    `language`: of all its words. `wishes`: what the roster asks for it.
    """

    exam: str
    number: int
    tag: str
    language: str
    cover: Cover
    sections: tuple[Section, ...]
    wishes: Wishes = NO_WISHES
    revision: int = 0  # of the exam, when this was printed

    @property
    def marked(self) -> str:
        """The revision, in words; nothing where there is none."""
        return words_of(self.language).say("revision", n=self.revision) if self.revision else ""

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields in order."""
        return tuple(field for section in self.sections for field in section.fields)
