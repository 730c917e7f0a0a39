"""A dossier before it is written in any form: words in the student's language, values as grids of numbers."""

from __future__ import annotations

from dataclasses import dataclass

from quizgen.booklets.model import Section


@dataclass(frozen=True)
class Verbatim:
    """A text as somebody typed it, or a name: shown letter by letter."""

    text: str


@dataclass(frozen=True)
class Numbers:
    """A value in rows of cells, each with its text and whether it is marked as differing."""

    rows: tuple[tuple[tuple[str, bool], ...], ...]


Shown = str | Verbatim | Numbers
Row = tuple[Shown, ...]


@dataclass(frozen=True)
class Listing:
    """A table with its headings; `empty` is said where it has no rows."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    empty: str = ""
    note: str = ""


@dataclass(frozen=True)
class Tried:
    """One thing that an answer was held against: which rule, what it gives, what came of it; `spoke` if it decided."""

    what: str
    value: Shown
    verdict: str
    spoke: bool


@dataclass(frozen=True)
class AnswerShown:
    """One answer: facts (what was asked, typed, read, right), what was tried in order, and what came of it.

    `kind` is the outcome's name in marks.csv; `points` says what was reached, `reckoned` how.
    """

    name: str
    kind: str
    outcome: str
    points: str
    facts: tuple[tuple[str, tuple[Shown, ...]], ...]
    tried: tuple[Tried, ...]
    concluded: tuple[str, ...]
    reckoned: str


@dataclass(frozen=True)
class QuestionShown:
    """One question as the student saw it, and its answers; `order` says, once, how the rules follow each other."""

    name: str
    title: str
    points: str
    section: Section
    answers: tuple[AnswerShown, ...]
    order: str = ""


@dataclass(frozen=True)
class Rules:
    """The rules as they were published: headings with their sentences."""

    title: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]
    note: str


@dataclass(frozen=True)
class Dossier:
    """Everything that can be said of one student's paper."""

    language: str
    title: str
    exam: str
    student: str
    name: str
    tag: str
    intro: str
    total: str
    reckoned: str
    facts: tuple[tuple[str, Shown], ...]
    points: Listing
    handed_in: Listing
    refused: Listing
    tried_columns: tuple[str, str, str]
    questions: tuple[QuestionShown, ...]
    decisions: Listing
    corrections: Listing
    log: Listing
    rules: Rules
    words: dict[str, str]
