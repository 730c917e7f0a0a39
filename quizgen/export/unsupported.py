"""What a format cannot ask: refused aloud, or left out and listed where that is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from quizgen.exam.model import Exam
from quizgen.export.formats import refusal
from quizgen.export.items import Asked, Item
from quizgen.export.labels import listed
from quizgen.export.options import Options

T = TypeVar("T")

ESSAY_ALONE = "an essay is a question of its own, and a pool would part it from the rest of its variant"


def unless_empty(asked: Iterator[T]) -> Iterator[T] | None:
    """What is asked of a question; None where nothing is left, for then its pool or category is not written.

    >>> list(unless_empty(iter([1, 2]))), unless_empty(iter([]))
    ([1, 2], None)
    """
    first = next(asked, None)
    return None if first is None else chain([first], asked)


def choices_lost(exam: Exam, platform: str) -> list[str]:
    """A line for each choice among questions, for a platform that cannot draw questions."""
    return [
        f"all of {listed(pick.questions)} are asked: {platform} gives no choice of {pick.count} of them"
        for pick in exam.picks
    ]


@dataclass(frozen=True)
class LeftOut:
    """The answers that a format, which knows some `kinds`, leaves out of a file."""

    format: str
    kinds: Set[str]
    options: Options
    _found: dict[str, str] = field(default_factory=dict)

    def asked(self, item: Item) -> list[Asked]:
        """The answers of an item that can be asked; raises CannotExport for others unless they may be left out."""
        return [asked for asked in item.answers if self.can(item, asked, self._kind(asked))]

    def can(self, item: Item, asked: Asked, why: str) -> bool:
        """Whether there is nothing against an answer; `why` says what there is, and is empty if there is nothing."""
        if not why:
            return True
        refused = refusal(self.format, item, asked, why)
        if not self.options.skip_unsupported:
            raise refused
        self._found.setdefault(asked.field.name, refused.what)
        return False

    @property
    def lines(self) -> list[str]:
        """What was left out, a line for each answer."""
        return [f"left out: {what}" for what in self._found.values()]

    def _kind(self, asked: Asked) -> str:
        kind = asked.field.answer.kind
        return "" if kind in self.kinds else f"the format has no questions of the kind '{kind}'"
