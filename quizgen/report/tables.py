"""The CSV files of the results, as pandas frames: one row per student, one per answer, one per refused row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from quizgen.csvtext import neutral
from quizgen.exam.model import Exam
from quizgen.grading import Graded, Part
from quizgen.marking.outcomes import OUTCOMES, RULES
from quizgen.problem.grader import Grader
from quizgen.render.values import read_texts, right_answers
from quizgen.submissions.handins import Handins
from quizgen.submissions.table import Reject

SHOWN_TEXT = 200  # characters of a typed text that marks.csv repeats; the whole text stays in runs/


def grades_table(exam: Exam, grader: Grader, blocks: Sequence[Graded], handins: Handins) -> pd.DataFrame:
    """One row per student of the roster (without one, per student seen), absent ones with empty points."""
    rows = [_grades(exam, grader, block) for block in blocks]
    nobody = pd.DataFrame(columns=["student", "status", "review"], dtype=object)
    marked = pd.concat(rows, ignore_index=True) if rows else nobody
    declared = pd.DataFrame({"student": handins.students, "declared": handins.status})
    if exam.has_roster:
        everybody = pd.DataFrame([{"student": paper.student, **paper.details} for paper in exam.papers], dtype=object)
    else:
        everybody = pd.DataFrame({"student": handins.students}, dtype=object)
    frame = everybody.merge(declared, on="student", how="left").merge(marked, on="student", how="left")
    frame["status"] = frame["status"].fillna(frame["declared"].replace({"": None})).fillna("absent")
    frame["max"] = float(exam.total)
    columns = ["student", *[c for c in everybody.columns if c != "student"], "status", "points", "max"]
    columns += ["grade"] if grader.boundaries else []
    columns += [*(question.name for question in exam.questions), "review"]
    frame["review"] = frame["review"].fillna(0).astype(int)
    return neutralised(frame.reindex(columns=columns))


def marks_table(grader: Grader, block: Graded) -> pd.DataFrame:
    """One row per student and answer that is asked; `cell` is empty where a row speaks of the whole answer."""
    frames = [_marks(grader, block, part) for part in block.parts]
    frame = pd.concat(frames, ignore_index=True)
    order = np.arange(len(frame)).reshape(len(block.parts), -1).T.ravel()  # student by student
    told = np.concatenate([part.asked | part.waiting for part in block.parts])[order]
    return neutralised(frame.iloc[order[told]])


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


def _grades(exam: Exam, grader: Grader, block: Graded) -> pd.DataFrame:
    points = block.total.rounded(grader.round_to)
    frame = pd.DataFrame({"student": block.handins.students, "points": points}, dtype=object)
    frame["status"] = np.where(block.handins.status == "empty", "empty", "marked")
    if grader.boundaries:
        shares, inverse = np.unique(points / float(exam.total), return_inverse=True)
        frame["grade"] = np.array([grader.grade(share) for share in shares.tolist()], dtype=object)[inverse]
    for question in exam.questions:
        reached = block.of_question(question.name).rounded(grader.round_to)
        frame[question.name] = np.where(block.asks(question), reached, np.nan)
    frame["review"] = np.sum([part.waiting for part in block.parts], axis=0)
    return frame


def _marks(grader: Grader, block: Graded, part: Part) -> pd.DataFrame:
    marked, answer = part.marked, part.answer
    n = block.handins.n
    notes = np.array([*(mistake.note for mistake in part.question.problem.named), ""], dtype=object)
    several = np.full(n, "", dtype=object)
    for row, numbers in marked.candidates.items():
        several[row] = " ".join(dict.fromkeys(notes[list(numbers)]))
    variants = block.handins.variants_of(part.question)
    expected = part.question.expected[answer.name].take(np.maximum(variants, 1) - 1)
    return pd.DataFrame(
        {
            "run": block.handins.runs,
            "student": block.handins.students,
            "attempt": block.handins.attempts,
            "question": part.question.name,
            "variant": variants,
            "answer": answer.name,
            "cell": "",
            "points": np.round(part.points.floats, 6),
            "max": round(float(part.question.points[answer.name]), 6),
            "outcome": np.array(OUTCOMES, dtype=object)[marked.outcome],
            "note": notes[marked.note],
            "second note": notes[marked.second],
            "candidates": several,
            "given": _shortened(part.texts),
            "read": read_texts(answer, part.arrays.value),
            "reading": part.arrays.how,
            "expected": right_answers(answer, expected),
            "within": answer.tolerance(grader.tolerance).source,
            "rule": np.array(RULES, dtype=object)[marked.rule],
            "review": np.where(part.waiting, "yes", ""),
            "reason": part.arrays.why,
            "decision": part.decision,
        }
    )


def _shortened(texts: np.ndarray) -> np.ndarray:
    """Typed texts, the very long ones cut."""
    array = pa.array(texts, pa.string())
    long = pc.utf8_length(array).to_numpy(zero_copy_only=False) > SHOWN_TEXT
    if not long.any():
        return texts
    out = texts.copy()
    for row in np.flatnonzero(long).tolist():
        out[row] = f"{texts[row][:SHOWN_TEXT]}… ({len(texts[row]):,} characters)"
    return out
