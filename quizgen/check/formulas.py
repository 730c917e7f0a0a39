"""Formulas that a page or a PDF cannot show are told before an exam is made, with file and line."""

from __future__ import annotations

import re

import numpy as np

from quizgen.errors import QuizgenError
from quizgen.language.template import Template, Words
from quizgen.problem.model import Problem
from quizgen.render.filling import filled
from quizgen.render.tree import Formula, apart
from quizgen.render.typst_math import typst_inline, typst_lines
from quizgen.world.worlds import World

VARIANTS = 20  # whose formulas are tried: those of the others differ in their numbers only
_WRITTEN = re.compile(r"[^-\d.\s]{2,}")


def formula_defects(template: Template, problem: Problem, truth: World) -> list[str]:
    """What cannot be shown of a text's formulas, once for each place in the text."""
    some = truth.take(np.arange(min(truth.n, VARIANTS)))
    taken = (part for text in filled(template, problem, some) for part in apart(text.text, text.contents)[1])
    formulas = dict.fromkeys(part for part in taken if isinstance(part, Formula))
    defects: dict[str, str] = {}
    for formula in formulas:
        try:
            typst_lines(formula.tex) if formula.display else typst_inline(formula.tex)
        except QuizgenError as error:
            where = f"{template.file}:{_line(formula.tex, template)}"
            defects.setdefault(where, str(error.at(where)))
    return list(defects.values())


def _line(tex: str, template: Template) -> int:
    """Where a formula stands: the line of the longest part of it that is in the text as it was written."""
    for part in sorted(_WRITTEN.findall(tex), key=len, reverse=True):
        line = template.line
        for piece in template.walk():
            if not isinstance(piece, Words):
                line = piece.line
                continue
            if part in piece.text:
                return line + piece.text[: piece.text.index(part)].count("\n")
            line += piece.text.count("\n")
    return template.line
