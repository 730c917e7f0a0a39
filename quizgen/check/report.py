"""What checking found in one problem, as a line of a table and as data."""

from __future__ import annotations

from dataclasses import dataclass, field

from quizgen.draw.evenness import EVEN

Span = tuple[int, int]  # the least and the most of all draws

_COLUMNS = (
    ("answers", 9),
    ("mistakes", 10),
    ("examples", 10),
    ("told apart", 12),
    ("work", 10),
    ("digits", 8),
    ("negative", 10),
    ("zero", 8),
    ("dead", 8),
    ("variants", 14),
    ("answer sets", 14),
)
_NAME = 34
SEED = "quizgen check"  # the public text that checks draw from


@dataclass
class Report:
    """What checking found in one problem; `defects` must be mended.

    `acceptance`: the share of candidates that can be a variant; `told_apart`: of those that satisfy `require`.
    `variants`, `answer_sets`: how many different ones there are, counted or estimated. `twins`: mistakes that share a
    note, because no draw tells them apart.

    Of a variant: `work`, operations that the asked answers take by hand; `digits` of its largest number, drawn or
    asked, before the point; `negative` and `zero` cells among these numbers; `dead`, cells that a ReLU makes 0.
    `spread`: the largest ratio of the work of two variants of one structure.
    """

    problem: str
    answers: int = 0
    mistakes: int = 0
    examples: int = 0
    draws: int = 0
    acceptance: float = 0.0
    told_apart: float = 0.0
    variants: str = ""
    answer_sets: str = ""
    work: Span = (0, 0)
    digits: Span = (0, 0)
    negative: Span = (0, 0)
    zero: Span = (0, 0)
    dead: Span = (0, 0)
    spread: float = 1.0
    twins: list[str] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)

    def line(self) -> str:
        """The problem's line in the table."""
        spans = (_span(span) for span in (self.work, self.digits, self.negative, self.zero, self.dead))
        cells = (self.answers, self.mistakes, self.examples, f"{self.told_apart:.1%}", *spans)
        return _line(self.problem, *cells, self.variants, self.answer_sets)

    def remarks(self, draws: int = 0) -> list[str]:
        """What is no defect and worth knowing; `draws`: how many were wanted."""
        few = f"only {self.draws} draws were tried, for there are no more variants"
        told = [few] if 0 < self.draws < draws else []
        told += [f"not told apart, so they share a note: {', '.join(self.twins)}"] if self.twins else []
        least, most = self.work
        if most > EVEN * max(1, least):
            told.append(
                f"uneven: {least} to {most} operations by hand, because its structures differ; "
                "a blueprint can fix one by `draw`"
            )
        return told


def _span(span: Span) -> str:
    least, most = span
    return f"{least}" if least == most else f"{least}-{most}"


def _line(name: str, *cells: object) -> str:
    """One line of the table."""
    return f"{name:<{_NAME}}" + "".join(f"{cell:>{width}}" for cell, (_, width) in zip(cells, _COLUMNS, strict=True))


HEADING = _line("problem", *(word for word, _ in _COLUMNS))
