"""Lists for the owner of the exam only: exact figures, and ids where somebody may have to be made up for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from quizgen.report.findings import Findings
from quizgen.report.gathered import Gathered
from quizgen.report.tables import neutralised


def write_lists(findings: Findings, gathered: Gathered, place: Path) -> None:
    """Write items.csv, mistakes.csv, variants.csv and harder.csv into a folder that only the owner reads."""
    place.mkdir(mode=0o700, exist_ok=True)
    tables = {
        "items.csv": items_table(findings),
        "mistakes.csv": mistakes_table(findings),
        "variants.csv": variants_table(findings),
        "harder.csv": harder_table(findings, gathered),
    }
    for name, table in tables.items():
        neutralised(table).to_csv(place / name, index=False, lineterminator="\n")
        (place / name).chmod(0o600)


def items_table(findings: Findings) -> pd.DataFrame:
    """One row per question with its figures."""
    questions, items = findings.exam.questions, findings.items
    return pd.DataFrame(
        {
            "question": pd.Series([question.name for question in questions], dtype=object),
            "problem": pd.Series([question.problem.name for question in questions], dtype=object),
            "points": [float(question.total) for question in questions],
            "students": items.asked,
            "facility": np.round(items.facility, 4),
            "discrimination": np.round(items.discrimination, 4),
            "alpha without it": np.round(items.alpha_without, 4),
        }
    )


def mistakes_table(findings: Findings) -> pd.DataFrame:
    """One row per mistake and answer in which it was made."""
    rows = [
        (mistake.note, mistake.title, mistake.students, answer, count)
        for mistake in findings.mistakes
        for answer, count in mistake.answers.items()
    ]
    return pd.DataFrame(rows, columns=["note", "title", "students in all", "answer", "students"])


def variants_table(findings: Findings) -> pd.DataFrame:
    """One row per question and group of variants."""
    frames = []
    for one in findings.compared:
        if one.groups is not None:
            groups = one.groups
            columns = {
                "question": one.question.name,
                "by": one.by,
                "group": groups.labels,
                "students": groups.number,
                "facility": np.round(groups.mean, 4),
                "low": np.round(groups.low, 4),
                "high": np.round(groups.high, 4),
                "rest of the paper": np.round(groups.rest, 4),
                "p": [f"{p:.3g}" for p in groups.p],
                "p corrected": [f"{p:.3g}" for p in one.raised],
                "harder than chance": np.where(one.flagged, "yes", ""),
            }
            frames.append(pd.DataFrame(columns))
    names = ["question", "by", "group", "students", "facility", "low", "high"]
    names += ["rest of the paper", "p", "p corrected", "harder than chance"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=names)


def harder_table(findings: Findings, gathered: Gathered) -> pd.DataFrame:
    """One row per student whose variant was harder than chance allows."""
    names = ["question", "group", "student", "paper", "points"]
    frames = []
    for i, one in enumerate(findings.compared):
        for number in np.flatnonzero(one.flagged).tolist():
            assert one.groups is not None
            rows = np.flatnonzero(one.of == number)
            columns = {
                "question": one.question.name,
                "group": one.groups.labels[number],
                "student": gathered.students[rows],
                "paper": gathered.papers[rows],
                "points": np.round(gathered.points[rows, i].astype(float), 4),
            }
            frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)[names] if frames else pd.DataFrame(columns=names)
