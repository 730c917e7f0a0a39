"""What a format cannot ask: refused aloud, or left out and listed where that is wanted."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from fractions import Fraction

from quizgen.exam.model import Exam
from quizgen.export.formats import refusal
from quizgen.export.items import Asked, Item
from quizgen.export.labels import listed
from quizgen.export.options import Options
from quizgen.render.words import number as written


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
    _points: dict[str, Fraction] = field(default_factory=dict)  # by the answer's name
    _found: dict[tuple[str, str], list[str]] = field(default_factory=dict)  # what of which question, and why -> names

    def asked(self, item: Item) -> list[Asked]:
        """The answers of an item that can be asked; raises CannotExport for others unless they may be left out."""
        return [asked for asked in item.answers if self.can(item, asked, self._kind(asked))]

    def can(self, item: Item, asked: Asked, why: str) -> bool:
        """Whether there is nothing against an answer; `why` says what there is, and is empty if there is nothing."""
        if not why:
            return True
        if not self.options.skip_unsupported:
            raise refusal(self.format, item, asked, why)
        name = asked.field.name
        if name not in self._points:
            self._points[name] = asked.field.points
            self._found.setdefault((item.problem, why), []).append(name)
        return False

    @property
    def lines(self) -> list[str]:
        """What was left out, a line for each problem and reason, and how many points that makes."""
        if not self._found:
            return []
        lines = [f"left out: {listed(names)} of '{problem}': {why}" for (problem, why), names in self._found.items()]
        total = sum(self._points.values(), Fraction(0))
        points = f"{written(total)} {'point is' if total == 1 else 'points are'} missing"
        return [*lines, f"{points} there, and quizgen will mark what was left out as blank"]

    def _kind(self, asked: Asked) -> str:
        kind = asked.field.answer.kind
        return "" if kind in self.kinds else f"the format has no questions of the kind '{kind}'"
