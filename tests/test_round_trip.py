"""An exam exported to Moodle, sat there (SIMULATED), and graded from its file of responses: the same marks as here."""

from __future__ import annotations

import csv
import io
import shutil

import pandas as pd
import pytest
from moodle_responses import imported, responses
from submission_writers import as_csv

from quizgen.bank.folders import Bank, of_problems, open_bank, open_grader
from quizgen.desk import grade_files
from quizgen.exam.roster import Student
from quizgen.export.options import Options
from quizgen.exporting import export_exam
from quizgen.making import make_exam
from quizgen.simulate import simulated_sheet

PROBLEMS = [problem.name for problem in open_bank("cnn").problems()]
N = 12


def made(bank, blueprint, folder):
    students = [Student(f"s{i:03d}", {}) for i in range(N)]
    return make_exam(bank, blueprint, open_grader("standard"), N, out=folder, seed="there", roster=students)


def marks(folder, path, place):
    """All marks of a class whose answers stand in a file."""
    shutil.copytree(folder, place)
    desk = grade_files(place, [path], forms=(), report=False)
    assert [reject.reason for reject in desk.rejects] == []
    found = pd.read_csv(desk.results / "marks.csv", dtype=str, keep_default_na=False)
    return found.drop(columns=["run"]).sort_values(["student", "question", "answer"], ignore_index=True)


def both_ways(exam, folder, place, **options):
    """The marks of the same class by our own sheet and by the simulated report, and what was exported."""
    out = place / "bank.xml"
    export_exam(folder, "moodle", Options(skip_unsupported=True, **options), out)
    questions = {one.idnumber: one for one in imported(out.read_bytes())}
    asked = {column for question in questions.values() for column in question.columns}
    records = list(csv.DictReader(io.StringIO(simulated_sheet(exam, 5))))
    headings = [heading for heading in records[0] if heading != "simulated"]
    typed = [{h: r[h] if h in asked or "." not in h else "" for h in headings} for r in records]
    (place / "native.csv").write_bytes(as_csv([headings, *([row[h] for h in headings] for row in typed)]))
    students = []
    for number, row in enumerate(typed, start=1):
        held = [name for name in questions if f"-{number:03d}-" in name]
        students.append((row["student"], {h: t.strip() for h, t in row.items() if "." in h}, held))
    (place / "moodle.csv").write_bytes(as_csv(responses(questions, students), encoding="utf-8-sig"))
    return marks(folder, place / "native.csv", place / "a"), marks(folder, place / "moodle.csv", place / "b"), questions


@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_same_answers_give_the_same_marks(problem, tmp_path):
    bank = open_bank("cnn")
    exam = made(bank, of_problems(bank, problem), tmp_path / "exam")
    here, there, questions = both_ways(exam, tmp_path / "exam", tmp_path)
    pd.testing.assert_frame_equal(here, there)
    assert len(questions) == N
    assert len(set(here["outcome"])) > 1
    assert (here["outcome"] == "correct").sum() > N / 3


def test_the_problems_are_there():
    assert len(PROBLEMS) >= 13


ORDERED = {
    "turned": """
        draw: {a: "integers(100, 999)", x: "integers(10, 99, shape=(2, 2))"}
        steps: {double: 2 * a, plus: double + 7, map: 3 * x, word: "a % 2 + 1"}
        answers:
          plus: {points: 1}
          map: {points: 4}
          why: {kind: by hand, points: 2, of: plus}
          double: {points: 2}
          word: {kind: choice, options: [even, "odd <b>~ {1:SA:=x}"], points: 1}
        mistakes:
          tripled: {double: 3 * a, says: Two times.}
        """
}
