"""Measure booklets as PDF: seconds, pages a second, and the memory of the largest process.

    python benchmarks/pdf.py [--quick]

Wall time of one run on all cores, from the drawn exam to the files for the printer. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import platform
import resource
import tempfile
import time
from pathlib import Path

from quizgen.bank.folders import open_bank, open_grader
from quizgen.booklets.pdf import Printing, write_key, write_pdfs, write_stacks
from quizgen.exam.model import Exam
from quizgen.making import make_exam
from quizgen.press import cores, pages_of

SEED = "benchmark"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="fifty students only")
    quick = parser.parse_args().quick
    print(f"Python {platform.python_version()}, {cores()} cores; the blueprint `quiz`: 5 problems\n")
    print("| what | students | seconds | pages | pages/s | peak MB |")
    print("|---|--:|--:|--:|--:|--:|")
    for students in (50,) if quick else (50, 500):
        with tempfile.TemporaryDirectory() as place:
            measure(made(Path(place) / "exam", students), Path(place))


def made(folder: Path, students: int) -> Exam:
    """A drawn exam."""
    bank = open_bank("cnn")
    return make_exam(bank, bank.blueprint("quiz"), open_grader("standard"), students, out=folder, seed=SEED)


def measure(exam: Exam, place: Path) -> None:
    """Set booklets, put them together, set the key."""
    start = time.perf_counter()
    files = write_pdfs(exam, place / "pdf", Printing())
    booklets = time.perf_counter()
    write_stacks(exam, files, place / "print")
    stacks = time.perf_counter()
    pages = sum(pages_of(file.read_bytes()) for file in files.values())
    row("booklets", exam.n, booklets - start, pages)
    row("files for the printer", exam.n, stacks - booklets, pages)
    start = time.perf_counter()
    key = write_key(exam, place, Printing())
    row("the key", exam.n, time.perf_counter() - start, pages_of(key.read_bytes()))


def row(what: str, students: int, seconds: float, pages: int) -> None:
    """A line of the table."""
    print(f"| {what} | {students} | {seconds:.1f} | {pages} | {pages / seconds:.0f} | {peak()} |", flush=True)


def peak() -> int:
    """Megabytes of this process or of the largest that it started, whichever is more."""
    used = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return int(used // 1024)


if __name__ == "__main__":
    main()
