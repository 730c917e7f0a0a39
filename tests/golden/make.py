"""How the golden exam was made, once, by quizgen 0.1.0; kept for reading, not for repeating.

`exam/`, the files of answers beside it and `expected/` are frozen: `tests/test_frozen.py` grades them, and every
later quizgen must give the same bytes. A quizgen that means to write results otherwise leaves all of it as it is: it
reads `"format": 1` and writes such an exam's results as this one did, and gets a golden exam of its own beside this
one, `tests/golden2/`, with `"format": 2`.

This script stops if there is a golden exam already.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from submission_writers import Row, as_csv, moodle  # noqa: E402

from quizgen.bank.folders import of_problems, open_bank, open_grader  # noqa: E402
from quizgen.booklets.forms import forms_of  # noqa: E402
from quizgen.desk import grade_files  # noqa: E402
from quizgen.exam.roster import read_roster  # noqa: E402
from quizgen.log import Actor  # noqa: E402
from quizgen.making import make_exam  # noqa: E402
from quizgen.marking.outcomes import Outcome  # noqa: E402
from quizgen.regrading import corrected_files, regrade  # noqa: E402
from quizgen.simulate import simulated_sheet  # noqa: E402
from quizgen.submissions.handins import layout_of  # noqa: E402

PROBLEMS = "conv-forward,conv-window,vgg-table"
STAFF = Actor("professor", "2026-11-21T12:00:00+00:00")
SEED = 4  # of invented students; with it every outcome occurs
ROSTER = [
    ("student", "name", "room", "extra minutes"),
    ("007", "Anna Müller", "H 1", ""),
    ("=1+1", "Bob '; DROP TABLE", "H 1", "30"),
    ("c/../d", "<b>Çelik</b>", "H 1", ""),
    ("Ann", "Ann Lee", "H 2", ""),
    ("ann", 'Ann "Lee" Two', "H 2", ""),
    ("pool", "José, on a platform", "H 2", ""),
]


def main():
    os.chdir(HERE)
    if Path("exam").exists():
        sys.exit("the golden exam is there already, and is never made anew")
    write("roster.csv", ROSTER)
    bank = open_bank("cnn")
    plan = of_problems(bank, PROBLEMS)
    exam = make_exam(
        bank,
        plan,
        open_grader("standard"),
        8,
        out=Path("exam"),
        seed="golden 1",
        roster=read_roster(Path("roster.csv")),
        forms=forms_of("md"),
    )
    write("answers.csv", answers(exam))
    Path("platform.csv").write_bytes(as_csv(list(moodle([pooled(exam)], layout_of(exam), exam.code))))
    grade_files(Path("exam"), [Path("answers.csv"), Path("platform.csv")], report=False, actor=STAFF)
    keep("expected/first", "feedback")
    decide(Path("exam/review.csv"))
    grade_files(Path("exam"), [], report=False, actor=STAFF)
    files = corrected_files({}, open_grader("strict"))
    regrade(Path("exam"), files, reason="the board wants it stricter", write=True, actor=STAFF)
    keep("expected/last")
    thin(Path("exam"))
    tell()


def answers(exam):
    """What five students hand in: invented, but for the last two, who are blank, or cannot be read, here and there."""
    rows = list(csv.reader(io.StringIO(simulated_sheet(exam, SEED))))
    place = rows[0].index("simulated")
    rows = [[*row[:place], *row[place + 1 :]] for row in rows if row[0] != "pool"]
    rows[4][2:6] = ["?", "", "three", "1e"]
    rows[5][-3:] = ["", "", ""]
    rows[1][-2:] = ["Q", rows[1][-1]]
    rows[2][2] = "99"
    return rows


def pooled(exam):
    """One student whom a platform gave another variant of each question."""
    layout, typed, variants = layout_of(exam), {}, {"Q1": 7, "Q2": 8, "Q3": 2}
    for question in exam.questions:
        for answer in question.problem.answers:
            value = question.expected[answer.name].column(variants[question.name] - 1)
            for column in layout.boxes(question.name):
                if column[1] == answer.name and answer.cells:
                    typed[column] = f"{value[tuple(i - 1 for i in column[2])]:g}"
                elif column[1] == answer.name:
                    typed[column] = "C" if answer.kind == "choice" else "1 2"
    return Row("pool", variants, typed)


def decide(review):
    """Two decisions: one reads a text, one gives points."""
    rows = list(csv.reader(io.StringIO(review.read_text(encoding="utf-8"))))
    decided = {"`Q`": ("C", ""), "`? three": ("", "0.5")}
    for row in rows[1:]:
        for start, (read_as, points) in decided.items():
            if row[4].startswith(start):
                row[7:] = [read_as, points, "plain enough", "professor"]
    write(review, rows)


def keep(place, *but):
    """Keep the results as they are now, but for pages, which are looked at elsewhere, and for what is named."""
    shutil.copytree("exam/results", place, ignore=shutil.ignore_patterns("*.html", "staff", *but))


def thin(exam):
    """Results become a plain folder, since not every system has links; what no test reads goes."""
    real = (exam / "results").resolve()
    (exam / "results").unlink()
    real.rename(exam / "results")
    for name in ("booklets", "staff/key", "results/feedback"):
        shutil.rmtree(exam / name)


def write(path, rows):
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def tell():
    found = set()
    for name in ("first", "last"):
        with (HERE / "expected" / name / "marks.csv").open(encoding="utf-8", newline="") as file:
            found |= {row["outcome"] for row in csv.DictReader(file)}
    size = sum(path.stat().st_size for path in HERE.rglob("*") if path.is_file())
    missing = sorted({str(outcome) for outcome in Outcome} - found)
    print(json.dumps({"outcomes": sorted(found), "missing": missing, "bytes": size}))


if __name__ == "__main__":
    main()
