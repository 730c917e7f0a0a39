"""Parameters of earlier exams that an exam shares none of: whoever sat one of them learns nothing for this one.

What is kept of them, in `staff/not-in.npz`, are sixteen bytes for each variant, so that papers added later keep apart
from the same exams, wherever their folders are by then.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from quizgen.draw.search import digests
from quizgen.errors import QuizgenError
from quizgen.exam.model import Exam
from quizgen.exam.private import write_private
from quizgen.problem.model import Problem

FILE = "staff/not-in.npz"


def used_in(exams: Sequence[Exam], problems: Mapping[str, Problem]) -> dict[str, list[bytes]]:
    """The parameters of earlier exams' variants, by problem.

    A problem is the same if it has the same name and draws the same names: one that draws something else now cannot
    make the same variants.
    """
    found: dict[str, set[bytes]] = {}
    for question in (question for exam in exams for question in exam.questions):
        name = question.problem.name
        if name in problems and problems[name].draws.keys() == question.params.keys():
            found.setdefault(name, set()).update(digests(question.params))
    return {name: sorted(used) for name, used in sorted(found.items())}


def write_elsewhere(folder: Path, used: Mapping[str, Sequence[bytes]]) -> None:
    """Keep them in an exam folder, for its owner only."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **{name: np.array(held, dtype="V16") for name, held in used.items()})
    write_private(folder / FILE, buffer.getvalue())


def read_elsewhere(folder: Path, exam: Exam) -> dict[str, list[bytes]]:
    """What `write_elsewhere` kept; raises QuizgenError if it should be there and cannot be read."""
    if not exam.not_in:
        return {}
    try:
        with np.load(folder / FILE, allow_pickle=False) as kept:
            return {name: kept[name].astype("V16").tolist() for name in kept.files}
    except (OSError, TypeError, ValueError, EOFError, KeyError, BadZipFile) as error:
        what = f"what this exam must not share with earlier ones cannot be read: {error}"
        raise QuizgenError(what, where=str(folder / FILE), hint="Restore it from a copy.") from None
