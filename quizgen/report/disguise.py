"""The same exam and marks with other names: for tables that are shown to others, and for statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from quizgen.exam.model import Exam
from quizgen.grading import Graded
from quizgen.submissions.handins import Handins


def disguised_exam(exam: Exam, names: Mapping[str, str]) -> Exam:
    """The exam with students under other names, in the order of these; nothing else of the roster is left."""
    papers = (replace(paper, student=names[paper.student], details={}) for paper in exam.papers)
    return replace(exam, papers=tuple(sorted(papers, key=lambda paper: paper.student)))


def disguised(handins: Handins, names: Mapping[str, str]) -> Handins:
    """What was handed in under other names, each row in its place."""
    return replace(handins, students=_renamed(handins, names))


def disguised_marks(block: Graded, names: Mapping[str, str]) -> Graded:
    """A block of marks under other names, each row in its place."""
    return replace(block, handins=disguised(block.handins, names))


def by_name(handins: Handins, names: Mapping[str, str]) -> Handins:
    """What was handed in, in the order of other names: the order of rows must not tell who is who either."""
    return handins.take(np.argsort(_renamed(handins, names).astype(str), kind="stable"))


def _renamed(handins: Handins, names: Mapping[str, str]) -> np.ndarray:
    return np.array([names[student] for student in handins.students.tolist()], dtype=object)
