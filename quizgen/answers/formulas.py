"""Formulas that students write: a text in the language of problems, computed on numbers that are the same for all."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from quizgen.csvtext import restored
from quizgen.errors import QuizgenError, did_you_mean
from quizgen.language.expr import compile_expression

_MOST_AXES = 4
_SIGNS = str.maketrans({"−": "-", "–": "-", "·": "*", "×": "*", "⊙": "*", "∘": "*", "÷": "/"})


def formula_values(text: str, symbols: Mapping[str, np.ndarray]) -> np.ndarray | str:
    """What a formula gives for some sets of numbers, (*its shape, samples); or why it cannot be computed."""
    try:
        formula = compile_expression(restored(text).translate(_SIGNS).replace("^", "**"))
    except QuizgenError as error:
        return str(error)
    for name in sorted(formula.names - symbols.keys()):
        return f"'{name}' is no symbol here. {did_you_mean(name, symbols)}".strip()
    try:
        value = formula.evaluate(symbols, next(iter(symbols.values())).shape[-1])
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError) as error:
        return str(error)
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "ifb":
        return "its value is no number"
    if value.ndim - 1 > _MOST_AXES:
        return "it has too many axes"
    return value.astype(float) if np.isfinite(value).all() else "it has no finite value for some numbers"


def fingerprint(values: np.ndarray) -> np.ndarray:
    """A formula's values in one vector, behind the sizes of its shape, so that a transpose is another answer."""
    shape = values.shape[:-1]
    return np.concatenate([[len(shape)], shape, np.zeros(_MOST_AXES - len(shape)), values.ravel()])
