"""What is asked and is no step of its own: places, formulas, answers in words. They become steps here.

After this, a problem is a graph again: a place is the step of the cells where a condition holds, a formula the step
of its values on fixed numbers, and a mistake replaces either like any other step. What is marked by hand depends on
nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from quizgen.answers.formulas import fingerprint, formula_values
from quizgen.bank.written import AnswerText, MistakeText, ProblemText
from quizgen.errors import QuizgenError
from quizgen.language.expr import Expression, numbers_as_expression
from quizgen.language.yamltext import Document, Path
from quizgen.problem.kinds import BY_HAND
from quizgen.problem.model import AskedFormula

SAMPLES = 3  # sets of numbers on which formulas are compared
_BELONGS = {"choice": ("options",), "location": ("where",), "formula": ("is", "symbols")}


def with_asked_steps(written: ProblemText, document: Document) -> tuple[ProblemText, dict[str, AskedFormula]]:
    """The problem with a step for each place and formula that is asked, and the formulas by answer."""
    steps: dict[str, Expression] = dict(written.steps)
    mistakes: dict[str, MistakeText] = dict(written.mistakes)
    formulas: dict[str, AskedFormula] = {}
    for name, answer in written.answers.items():
        path: Path = ("answers", name)
        _check_keys(name, answer, document, path)
        if answer.where is None and answer.is_ is None and answer.kind != BY_HAND:
            continue
        if name in steps or answer.of:
            raise QuizgenError(f"answer '{name}' has a step already", where=document.where(path), hint="Rename it.")
        if answer.kind == BY_HAND:
            steps[name] = numbers_as_expression("0", np.zeros(1))
            continue
        if answer.where is not None:
            steps[name] = answer.where
            continue
        symbols = _symbols(answer)
        value = _computed(answer.is_ or "", symbols, document, (*path, "is"))
        formulas[name] = AskedFormula(answer.is_ or "", symbols, value.shape[:-1])
        steps[name] = numbers_as_expression(answer.is_ or "", fingerprint(value)[:, None])
        for note, mistake in mistakes.items():
            if name in mistake.steps:
                source = mistake.steps[name].source
                value = _computed(source, symbols, document, ("mistakes", note, name))
                own = numbers_as_expression(source, fingerprint(value)[:, None])
                mistakes[note] = mistake.model_copy(update={"steps": {**mistake.steps, name: own}})
    return written.model_copy(update={"steps": steps, "mistakes": mistakes}), formulas


def _check_keys(name: str, answer: AnswerText, document: Document, path: Path) -> None:
    """The keys that only some kinds have."""
    given: dict[str, Any] = {
        "options": answer.options,
        "where": answer.where,
        "is": answer.is_,
        "symbols": answer.symbols,
    }
    for kind, keys in _BELONGS.items():
        for key in keys:
            if given[key] and answer.kind != kind:
                hint = f"Write kind: {kind}."
                raise QuizgenError(
                    f"'{key}' goes with the kind '{kind}'", where=document.where((*path, key)), hint=hint
                )
            if answer.kind == kind and not given[key]:
                raise QuizgenError(f"answer '{name}' is a {kind} and needs '{key}'", where=document.where(path))


def _symbols(answer: AnswerText) -> dict[str, np.ndarray]:
    """Numbers for the symbols of a formula: no 0 and no 1, of both signs, so that different formulas differ."""
    random = np.random.default_rng(len(answer.symbols))
    symbols = {}
    for symbol, shape in answer.symbols.items():
        sizes = (*shape, SAMPLES)
        symbols[symbol] = random.uniform(0.15, 0.85, sizes) * random.choice([-1.0, 1.0], sizes)
    return symbols


def _computed(source: str, symbols: dict[str, np.ndarray], document: Document, path: Path) -> np.ndarray:
    """A formula's values; raises QuizgenError if there are none."""
    value = formula_values(source, symbols)
    if isinstance(value, str):
        raise QuizgenError(f"formula '{source}': {value}", where=document.where(path))
    return value
