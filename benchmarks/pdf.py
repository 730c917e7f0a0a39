"""Measure booklets as PDF: seconds, pages a second, and the memory of the largest process.

    python benchmarks/pdf.py [--quick] [--json]

Wall time of one run on all cores, from the drawn exam to the files for the printer. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from quizgen.press import cores, pages_of

# The processes that set papers load this file, too: what they have no use for is loaded by the functions below.
if TYPE_CHECKING:
    from quizgen.exam.model import Exam

SEED = "benchmark"


def main() -> None:
    """Print a table, or the rows for `run.py`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="twenty students only")
    parser.add_argument("--json", action="store_true", help="rows instead of a table")
    asked = parser.parse_args()
    rows: list[dict[str, str | float]] = []
    for students in (20,) if asked.quick else (50, 500):
        with tempfile.TemporaryDirectory() as place:
            rows += measured(made(Path(place) / "exam", students), Path(place))
    if asked.json:
        print(json.dumps(rows))
        return
    print(f"Python {platform.python_version()}, {cores()} cores; the blueprint `quiz`: 5 problems\n")
    print(f"| {' | '.join(rows[0])} |\n|---|{'--:|' * (len(rows[0]) - 1)}")
    for row in rows:
        print(f"| {' | '.join(f'{cell:.1f}' if isinstance(cell, float) else str(cell) for cell in row.values())} |")


def made(folder: Path, students: int) -> Exam:
    """A drawn exam."""
    from quizgen.bank.folders import open_bank, open_grader
    from quizgen.making import make_exam

    bank = open_bank("cnn")
    return make_exam(bank, bank.blueprint("quiz"), open_grader("standard"), students, out=folder, seed=SEED)


def measured(exam: Exam, place: Path) -> list[dict[str, str | float]]:
    """Set booklets, put them together, set the key."""
    from quizgen.booklets.forms import Printing
    from quizgen.booklets.pdf import write_key, write_pdfs, write_stacks

    moments = [now()]
    files = write_pdfs(exam, place / "pdf", Printing())
    moments.append(now())
    stacks = write_stacks(exam, files, place / "print")
    moments.append(now())
    key = write_key(exam, place, Printing())
    moments.append(now())
    pages = sum(pages_of(file.read_bytes()) for file in files.values())
    tasks = (
        ("booklets", len(files), pages),
        ("files for the printer", len(stacks), pages),
        ("the key", 1, pages_of(key.read_bytes())),
    )
    rows: list[dict[str, str | float]] = []
    for (what, pdfs, count), (start, used), (end, then) in zip(tasks, moments[:-1], moments[1:], strict=True):
        seconds = end - start
        row = {"what": what, "students": exam.n, "seconds": seconds, "of processors": then - used, "PDFs": pdfs}
        rows.append(row | {"PDFs/s": pdfs / seconds, "pages": count, "pages/s": count / seconds, "peak MB": peak()})
    return rows


def now() -> tuple[float, float]:
    """Seconds by the clock, and those that processors worked for this process and those that it started."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return time.perf_counter(), sum(one.ru_utime + one.ru_stime for one in used)


def peak() -> int:
    """Megabytes of this process or of the largest that it started, whichever is more."""
    used = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return int(used // 1024)


if __name__ == "__main__":
    main()
