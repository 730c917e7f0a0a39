"""The CSV files of the results, as pandas frames: one row per student, one per answer, one per refused row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from quizgen.csvtext import neutral
from quizgen.exam.model import Exam
from quizgen.grading import Graded
from quizgen.problem.grader import Grader
from quizgen.submissions.handins import Handins
from quizgen.submissions.table import Reject


def grades_table(exam: Exam, grader: Grader, rows: Sequence[pd.DataFrame], handins: Handins) -> pd.DataFrame:
    """One row per student of the roster (without one, per student seen), absent ones with empty points.

    `rows`: the `grades_of` each block of those who were marked.
    """
    nobody = pd.DataFrame({"student": [], "status": [], "review": [], "max": []}, dtype=object)
    marked = pd.concat(rows, ignore_index=True) if rows else nobody
    declared = pd.DataFrame({"student": handins.students, "declared": handins.status})
    if exam.has_roster:
        everybody = pd.DataFrame([{"student": paper.student, **paper.details} for paper in exam.papers], dtype=object)
    else:
        everybody = pd.DataFrame({"student": handins.students}, dtype=object)
    frame = everybody.merge(declared, on="student", how="left").merge(marked, on="student", how="left")
    frame["status"] = frame["status"].fillna(frame["declared"].replace({"": None})).fillna("absent")
    frame["max"] = frame["max"].astype(float)
    frame["max"] = frame["max"].fillna(frame["max"].max()).fillna(float(exam.total))
    columns = ["student", *[c for c in everybody.columns if c != "student"], "status", "points", "max"]
    columns += ["grade"] if grader.boundaries else []
    columns += [*(question.name for question in exam.questions), "review"]
    frame["review"] = frame["review"].fillna(0).astype(int)
    return neutralised(frame.reindex(columns=columns))


def rejects_table(rejects: Sequence[Reject]) -> pd.DataFrame:
    """Every row that was not used, with file, line and reason."""
    columns = ["file", "line", "student", "reason", "text"]
    return neutralised(pd.DataFrame([asdict(reject) for reject in rejects], columns=columns))


def neutralised(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with every text and heading made harmless for spreadsheets."""
    frame = frame.rename(columns=neutral)
    for name in frame.columns:
        if frame[name].dtype == object or isinstance(frame[name].dtype, pd.StringDtype):
            codes, words = pd.factorize(frame[name])
            safe = np.array([neutral(word) if isinstance(word, str) else word for word in words], dtype=object)
            frame[name] = np.concatenate([safe, np.array([None], dtype=object)])[codes]  # code -1 is nothing
    return frame


def grades_of(exam: Exam, grader: Grader, block: Graded) -> pd.DataFrame:
    """A row for each student of a block: points, grade, points of each question, and how many answers wait."""
    points = block.total.rounded(grader.round_to)
    frame = pd.DataFrame({"student": block.handins.students, "points": points}, dtype=object)
    frame["max"] = block.worth.floats
    frame["status"] = np.where(block.handins.status == "empty", "empty", "marked")
    if grader.boundaries:
        shares, inverse = np.unique(points / np.maximum(block.worth.floats, 1e-9), return_inverse=True)
        frame["grade"] = np.array([grader.grade(share) for share in shares.tolist()], dtype=object)[inverse]
    for question in exam.questions:
        reached = block.of_question(question.name).rounded(grader.round_to)
        removed = np.all([part.removed for part in block.parts if part.question.name == question.name], axis=0)
        frame[question.name] = np.where(block.asks(question) & ~removed, reached, np.nan)
    frame["review"] = block.waiting
    return frame
