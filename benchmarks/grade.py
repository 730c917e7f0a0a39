"""`grade` for ever larger classes, each in a process of its own, against pandas and pyarrow with the same files."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from clock import child
from found import Figure, Found
from grading import GRADE, WRITE
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


def measure(full: bool) -> list[Found]:
    """Sheets in the spellings of people: reading, marking and grades, and the file of marks apart."""
    with TemporaryDirectory() as place:
        rows = list(growing(STUDENTS[full], lambda n: graded(Path(place) / "class", n)))
    title = "grade: 40 answers of each student, without feedback and report"
    found = grown(title, "grading", rows, STUDENTS[full])
    last = {
        "grading against pandas' read": float(rows[-1].row["x pandas"] or 0),
        "writing marks against pyarrow": float(rows[-1].row["x pyarrow"] or 0),
    }
    return [Found(found.title, found.rows, {**found.ratios, **last}, found.notes)]


def graded(place: Path, n: int) -> Measured:
    """One class: made, its sheet written in columns, read by pandas, graded."""
    sheet, exam = place / "answers.csv", place / "exam"
    told = child(sys.executable, str(HERE / "sheets.py"), str(place), "--students", str(n)).said
    pandas, arrow = json.loads(child(sys.executable, "-P", "-c", READ, str(sheet)).said)
    spent = child(sys.executable, "-P", "-c", GRADE, str(exam), str(sheet))
    took = json.loads(spent.said)
    built, written = took["built"], took["written"]
    own = took["cpu"] - built - written
    refuse_unmarked(exam / "results")
    marks = (str(exam / "results" / "marks.parquet"), str(place / "again.parquet"))
    again = json.loads(child(sys.executable, "-P", "-c", WRITE, *marks).said)
    row: dict[str, Figure] = {
        "answers": n * ANSWERS,
        "different texts": int(told.split(";")[1].split()[0].replace(",", "")),
        "MB of CSV": sheet.stat().st_size / 1e6,
        "pandas s": pandas,
        "by pyarrow's engine s": arrow,
        "graded s": own,
        "x pandas": own / pandas,
        "answers/s": n * ANSWERS / own,
        "marks built s": built,
        "and written s": written,
        "x pyarrow": written / again["cpu"],
        "x as we write": written / again["with our settings"],
        "by the clock s": spent.seconds,
        "MB": spent.megabytes,
    }
    shutil.rmtree(place)
    return Measured(n, row, spent.seconds, own, spent.megabytes)


def refuse_unmarked(results: Path) -> None:
    """Stop if anybody was not marked: the figures would be of something else."""
    _, *rejects = (results / "rejects.csv").read_text(encoding="utf-8").splitlines()
    if rejects:
        raise RuntimeError(f"{len(rejects):,} rows were not marked; the first: {rejects[0]}")
