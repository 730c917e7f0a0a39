"""`grade` for ever larger classes, each in a process of its own, against pandas and pyarrow with the same files."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from clock import child
from found import Figure, Found
from growth import Measured, growing, grown

HERE = Path(__file__).parent
STUDENTS = {False: (50, 2_500, 5_000, 10_000), True: (50, 2_500, 12_500, 25_000, 250_000)}
ANSWERS = 40  # of each student in sheets.py

READ = """
import json, sys, time
import pandas as pd
def seconds(**how):
    start = time.process_time(); pd.read_csv(sys.argv[1], **how); return time.process_time() - start
ways = ({"dtype": str}, {"dtype": str, "engine": "pyarrow"})
print(json.dumps([min(seconds(**how) for _ in range(3)) for how in ways]))
"""

# What builds and writes the file of marks is counted apart, in whatever thread it runs.
GRADE = """
import inspect, json, sys, time
from importlib import import_module
from pathlib import Path
from quizgen.desk import grade_files
spent = [0.0]
def apart(owner, name):
    work = getattr(owner, name)
    def timed(*given, **named):
        start = time.thread_time()
        try:
            return work(*given, **named)
        finally:
            spent[0] += time.thread_time() - start
    setattr(owner, name, timed)
for room, names in json.loads(sys.argv[3]).items():
    try:
        owner = import_module(room)
    except ModuleNotFoundError:
        continue
    for name in names:
        *inner, last = name.split(".")
        place = getattr(owner, inner[0], None) if inner else owner
        if hasattr(place, last):
            apart(place, last)
how = {"marks": "parquet"} if "marks" in inspect.signature(grade_files).parameters else {}
start = time.process_time()
grade_files(Path(sys.argv[1]), [Path(sys.argv[2])], forms=(), report=False, **how)
print(json.dumps([time.process_time() - start, spent[0]]))
"""
WRITERS = {
    "quizgen.desk": ["write_marks"],
    "quizgen.report.parts": ["write_part_marks"],
    "quizgen.report.marksfile": ["marks_of", "_Parquet.write"],
}

WRITE = """
import sys, time
import pyarrow.parquet as pq
table = pq.read_table(sys.argv[1])
def seconds():
    start = time.process_time(); pq.write_table(table, sys.argv[2]); return time.process_time() - start
print(min(seconds() for _ in range(3)))
"""


def measure(full: bool) -> list[Found]:
    """Sheets in the spellings of people: reading, marking and grades, and the file of marks apart."""
    with TemporaryDirectory() as place:
        rows = list(growing(STUDENTS[full], lambda n: graded(Path(place) / "class", n)))
    title = "grade: 40 answers of each student, without feedback and report"
    found = grown(title, "grading", rows, STUDENTS[full])
    last = {"grading against pandas' read": float(rows[-1].row["x pandas"] or 0)}
    if "x pyarrow" in rows[-1].row:
        last["writing marks against pyarrow"] = float(rows[-1].row["x pyarrow"] or 0)
    return [Found(found.title, found.rows, {**found.ratios, **last}, found.notes)]


def graded(place: Path, n: int) -> Measured:
    """One class: made, its sheet written in columns, read by pandas, graded."""
    sheet, exam = place / "answers.csv", place / "exam"
    told = child(sys.executable, str(HERE / "sheets.py"), str(place), "--students", str(n)).said
    pandas, arrow = json.loads(child(sys.executable, "-P", "-c", READ, str(sheet)).said)
    spent = child(sys.executable, "-P", "-c", GRADE, str(exam), str(sheet), json.dumps(WRITERS))
    whole, marks = json.loads(spent.said)
    row: dict[str, Figure] = {
        "answers": n * ANSWERS,
        "different texts": int(told.split(";")[1].split()[0].replace(",", "")),
        "MB of CSV": sheet.stat().st_size / 1e6,
        "pandas s": pandas,
        "by pyarrow's engine s": arrow,
        "graded s": whole - marks,
        "x pandas": (whole - marks) / pandas,
        "answers/s": n * ANSWERS / (whole - marks),
        "marks s": marks,
    }
    if (written := exam / "results" / "marks.parquet").exists():
        again = float(child(sys.executable, "-P", "-c", WRITE, str(written), str(place / "again.parquet")).said)
        row["x pyarrow"] = marks / again
    row |= {"by the clock s": spent.seconds, "MB": spent.megabytes}
    shutil.rmtree(place)
    return Measured(n, row, spent.seconds, whole - marks, spent.megabytes)
