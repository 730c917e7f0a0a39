"""Measure `grade` of large sheets in fresh processes: CPU, time, peak memory, against pandas reading the same file.

    python benchmarks/grading.py FOLDER [--students 2500,25000,250000] [--kinds csv,parquet]

Sheets are made by `sheets.py` where FOLDER has none. CPU seconds are of all threads: they say the same on a busy
machine. Marks are counted apart: building their columns, writing them, and what pyarrow takes to write marks.parquet.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

from sheets import large_exam, write_sheets

from quizgen.exam.additions import read_exam

COLUMNS = 40

GRADE = """
import json, resource, sys, time
from pathlib import Path
import pyarrow.parquet as pq
import quizgen.report.marksfile as marksfile
import quizgen.report.parts as parts
import quizgen.report.rowgroups as rowgroups
from quizgen.desk import grade_files

spent = {"built": 0.0, "written": 0.0}
def apart(owner, name, what):
    work = getattr(owner, name)
    def timed(*given, **named):
        start = time.thread_time()
        try:
            return work(*given, **named)
        finally:
            spent[what] += time.thread_time() - start
    setattr(owner, name, timed)

apart(parts, "marks_of", "built")
apart(marksfile, "marks_of", "built")
apart(parts, "write_group", "written")
apart(marksfile, "write_group", "written")
apart(rowgroups.JoinedFile, "append", "written")
apart(rowgroups.JoinedFile, "close", "written")
exam, sheet = map(Path, sys.argv[1:])
cpu, wall = time.process_time(), time.perf_counter()
grade_files(exam, [sheet], forms=(), report=False, marks="parquet")
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"cpu": cpu, "wall": wall, "MB": peak} | spent))
"""

PANDAS = """
import json, sys, time
import pandas as pd
def read():
    cpu, wall = time.process_time(), time.perf_counter()
    if sys.argv[1].endswith("csv"):
        pd.read_csv(sys.argv[1], dtype=str)
    else:
        pd.read_parquet(sys.argv[1])
    return time.process_time() - cpu, time.perf_counter() - wall
times = [read() for _ in range(3)]
print(json.dumps({"cpu": min(t[0] for t in times), "wall": min(t[1] for t in times)}))
"""

WRITE = """
import json, sys, time
import pyarrow.parquet as pq
from quizgen.report.marksfile import settings
table = pq.read_table(sys.argv[1])
groups = {"row_group_size": pq.read_metadata(sys.argv[1]).row_group(0).num_rows}
def write(**how):
    start = time.process_time()
    pq.write_table(table, sys.argv[2], **how)
    return time.process_time() - start
ways = ({}, settings(table.schema) | groups)
plain, alike = [min(write(**how) for _ in range(3)) for how in ways]
print(json.dumps({"cpu": plain, "with our settings": alike, "rows": table.num_rows}))
"""


def fresh(code: str, *arguments: object) -> dict[str, float]:
    """What a script in a process of its own prints."""
    words = [sys.executable, "-c", code, *map(str, arguments)]
    ran = subprocess.run(words, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(ran.stdout)
    return found


def measured(place: Path, kind: str) -> dict[str, float]:
    """One grading, into a copy of the exam that is removed again."""
    sheet, copy = place / f"answers.{kind}", place / "graded"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(place / "exam", copy)
    read = fresh(PANDAS, place / "answers.csv")
    graded = fresh(GRADE, copy, sheet)
    written = fresh(WRITE, copy / "results" / "marks.parquet", place / "again.parquet")
    shutil.rmtree(copy)
    (place / "again.parquet").unlink()
    own = graded["cpu"] - graded["built"] - graded["written"]
    return graded | {
        "own": own,
        "pandas": read["cpu"],
        "ratio": own / read["cpu"],
        "wall ratio": graded["wall"] / read["wall"],
        "written ratio": graded["written"] / written["cpu"],
        "alike ratio": graded["written"] / written["with our settings"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the grading of large sheets and print a table.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--students", default="2500,25000,250000")
    parser.add_argument("--kinds", default="csv,parquet")
    told = parser.parse_args()
    headings = (
        "answers",
        "file",
        "CPU s",
        "x pandas",
        "wall s",
        "x pandas",
        "peak MB",
        "marks s",
        "written s",
        "x pyarrow",
        "as we write",
    )
    print("".join(f"{heading:>12}" for heading in headings))
    rows: dict[str, list[tuple[int, float]]] = {}
    for students in map(int, told.students.split(",")):
        place = told.folder / f"s{students}"
        if not (place / "answers.parquet").exists():
            exam = read_exam(place / "exam") if (place / "exam").exists() else large_exam(students, place / "exam")
            write_sheets(exam, place)
        for kind in told.kinds.split(","):
            one = measured(place, kind)
            rows.setdefault(kind, []).append((students, one["own"]))
            cells = [f"{students * COLUMNS:,}", kind]
            cells += [f"{one[name]:.2f}" for name in ("own", "ratio", "wall", "wall ratio")]
            cells += [f"{one['MB']:.0f}", *(f"{one[name]:.2f}" for name in ("built", "written"))]
            cells += [f"{one[name]:.2f}" for name in ("written ratio", "alike ratio")]
            print("".join(f"{cell:>12}" for cell in cells), flush=True)
    for kind, found in rows.items():
        if len(found) > 1:
            (few, less), (many, more) = found[0], found[-1]
            print(f"{kind}: CPU grows with the {math.log(more / less) / math.log(many / few):.2f}th power of answers")


if __name__ == "__main__":
    main()
