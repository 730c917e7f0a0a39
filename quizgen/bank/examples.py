"""Known instances in a problem file: their numbers, as printed, and whether they are complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

from quizgen.bank.written import ExampleText
from quizgen.errors import QuizgenError, did_you_mean
from quizgen.language.yamltext import Document, Path
from quizgen.problem.drawers import Drawer
from quizgen.problem.model import Example, Printed, Problem


def read_example(number: int, written: ExampleText, document: Document) -> Example:
    """Turn the texts of an example into numbers; raises QuizgenError if they are none."""
    path: Path = ("examples", number)
    try:
        return Example(
            source=written.source,
            where=document.where(path),
            draw={name: _nested(value) for name, value in written.draw.items()},
            gives={name: _printed(value) for name, value in written.gives.items()},
            mistakes={m: {s: _printed(v) for s, v in steps.items()} for m, steps in written.mistakes.items()},
        )
    except (ValueError, InvalidOperation):
        raise QuizgenError("an example holds numbers, and lists of equal length", where=document.where(path)) from None


def check_examples(problem: Problem, document: Document) -> None:
    """Examples must give every draw in a shape that can be drawn, and name steps and mistakes that exist."""
    mistakes = {mistake.id for mistake in problem.mistakes}
    drawable = [problem.drawers(structure) for structure in problem.structures] if problem.examples else []
    for i, example in enumerate(problem.examples):
        path: Path = ("examples", i)
        _known(example.draw, problem.draws, "draw", (*path, "draw"), document)
        _known(example.gives, problem.steps, "step", (*path, "gives"), document)
        _known(example.mistakes, mistakes, "mistake", (*path, "mistakes"), document)
        for mistake, steps in example.mistakes.items():
            _known(steps, problem.steps, "step", (*path, "mistakes", mistake), document)
        for name in problem.draws:
            where = document.where((*path, "draw", name))
            if name not in example.draw:
                raise QuizgenError(f"the example gives no '{name}'", where=where)
            _check_draw([drawers[name] for drawers in drawable if name in drawers], name, example.draw[name], where)


def _check_draw(drawers: Sequence[Drawer], name: str, value: Any, where: str) -> None:
    """What an example draws must have the type and one of the shapes that the problem draws."""
    array = np.array(value)
    texts = drawers[0].values.dtype.kind == "U"
    if (array.dtype.kind == "U") != texts:
        raise QuizgenError(f"the example's '{name}' must be {'a text' if texts else 'made of numbers'}", where=where)
    if array.shape not in {drawer.shape for drawer in drawers}:
        sizes = " or ".join(sorted({"x".join(map(str, drawer.shape)) or "a single number" for drawer in drawers}))
        raise QuizgenError(f"the example's '{name}' has another shape than what is drawn ({sizes})", where=where)


def _known(names: Iterable[str], known: Iterable[str], what: str, path: Path, document: Document) -> None:
    for name in names:
        if name not in known:
            where = document.where((*path, name))
            raise QuizgenError(
                f"the example names '{name}', which is no {what} here", where=where, hint=did_you_mean(name, known)
            )


def _nested(value: Any) -> Any:
    """Numbers of an example's draw; a text that is no number stays a text."""
    if isinstance(value, list):
        parts = [_nested(part) for part in value]
        _ = np.array(parts, dtype=float)  # refuses texts and ragged lists
        return parts
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    if not np.isfinite(number):
        raise ValueError("not finite")
    return number


def _printed(value: Any) -> Printed:
    """Numbers as printed, with half a unit of the last digit written; whole numbers are exact."""
    return Printed(np.array(_mapped(value, Decimal), dtype=float), np.array(_mapped(value, _half), dtype=float))


def _mapped(value: Any, function: Callable[[str], Any]) -> Any:
    return [_mapped(part, function) for part in value] if isinstance(value, list) else float(function(str(value)))


def _half(text: str) -> float:
    exponent = Decimal(text).as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError("not finite")
    return 0.5 * 10.0**exponent if exponent < 0 else 0.0
