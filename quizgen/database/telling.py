"""The figures of an exam, and a student's marks, as short tables for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from quizgen.database.figures import Figures, ItemFigures, Sat, StudentMarks
from quizgen.errors import printable

_NOTES = 3  # of a question that are named
_SHOWN = 40  # characters of what a student typed


def figures_lines(figures: Figures) -> list[str]:
    """Everybody together: scores, a line for each question, the mistakes in each answer."""
    scores, sat = figures.scores, figures.sat
    marked = figures.statuses["marked"] + figures.statuses["empty"]
    away = figures.statuses["absent"] + figures.statuses["excused"]
    lines = [_heading(sat), f"students  {marked:,} marked, {away:,} absent or excused"]
    if scores.n:
        low, middle, high = scores.quartiles
        lines.append(
            f"scores    mean {scores.mean:.2f} of {figures.max:g} points, SD {_shown(scores.sd)}, "
            f"quartiles {low:g}, {middle:g}, {high:g}, alpha {_shown(figures.alpha)}"
        )
    lines += ["", *_items("question", figures.questions)]
    lines += ["", *_items("answer", figures.answers)]
    if figures.waiting:
        verb = "1 answer waits" if figures.waiting == 1 else f"{figures.waiting:,} answers wait"
        lines += ["", f"{verb} for a person"]
    return lines


def student_lines(paper: StudentMarks) -> list[str]:
    """One student: a line for each answer."""
    reached = "" if paper.points is None else f", {paper.points:g} of {paper.max:g} points"
    grade = f", grade {paper.grade}" if paper.grade else ""
    lines = [_heading(paper.sat), printable(f"{paper.student}: {paper.status}{reached}{grade}"), ""]
    rows = [("answer", "points", "outcome", "note", "given")]
    for question, answer, points, most, outcome, note, given, review in paper.marks:
        told = f"{outcome}, to be looked at" if review else outcome
        typed = " ".join(given.split())
        typed = typed if len(typed) <= _SHOWN else f"{typed[: _SHOWN - 1]}…"
        rows.append((f"{question}.{answer}", f"{float(points):g} of {float(most):g}", told, note or "", typed))
    return [*lines, *_aligned(rows)] if paper.marks else lines[:-1]


def _heading(sat: Sat) -> str:
    return printable(f"{sat.title} ({sat.code})") + (", a rehearsal with invented students" if sat.rehearsal else "")


def _items(what: str, items: Sequence[ItemFigures]) -> Iterable[str]:
    """A table of questions or answers; only questions are told apart from the rest of the paper."""
    apart = any(not math.isnan(item.discrimination) for item in items)
    headings = (what, "n", "mean", "of", "facility", *(["discrimination"] if apart else []), "commonest mistakes")
    rows = [headings]
    for item in items:
        figures = [f"{item.n:,}", _shown(item.mean), f"{item.max:g}", _shown(item.facility)]
        figures += [_shown(item.discrimination)] if apart else []
        rows.append((item.name, *figures, ", ".join(f"{count:,} x {note}" for note, count in item.notes[:_NOTES])))
    return _aligned(rows, right=range(1, len(headings) - 1))


def _aligned(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> list[str]:
    """Rows as lines, their columns below one another."""
    safe = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*safe, strict=True)]
    numbers = set(right)
    return [
        "  ".join(
            cell.rjust(width) if i in numbers else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in safe
    ]


def _shown(number: float) -> str:
    return "·" if math.isnan(number) else f"{number:.2f}"
