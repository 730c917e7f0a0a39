"""Whole commands for ever larger classes, `make` and `grade`, in processes of their own; how time and memory grow."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from clock import Spent, child, exponent, quizgen
from found import Figure, Found

HERE = Path(__file__).parent
MADE = {False: (50, 500, 1_000, 2_000), True: (50, 5_000, 50_000, 500_000, 1_000_000)}
GRADED = {False: (50, 2_500, 5_000, 10_000), True: (50, 2_500, 12_500, 25_000, 250_000)}
ANSWERS = 40  # of each student in benchmarks/sheets.py
PATIENCE = 900.0  # seconds; what would take longer, by what came before, is left out, and said
RUNS = 3  # of what takes less than SHORT seconds
SHORT = 2.0

READ = """
import json, sys, time
import pandas as pd
def seconds(**how):
    start = time.process_time(); pd.read_csv(sys.argv[1], **how); return time.process_time() - start
ways = ({"dtype": str}, {"dtype": str, "engine": "pyarrow"})
print(json.dumps([min(seconds(**how) for _ in range(3)) for how in ways]))
"""

Measured = tuple[int, dict[str, Figure], Spent]


def measure_make(full: bool) -> list[Found]:
    """`quizgen make` with its default blueprint and booklets in Markdown."""
    with TemporaryDirectory() as place:
        rows = list(growing(MADE[full], lambda n: made(Path(place), n)))
    return [grown("make: the blueprint `quiz`, booklets in Markdown", "making", rows, MADE[full])]


def made(place: Path, n: int) -> tuple[dict[str, Figure], Spent]:
    words = ["make", "--blueprint", "quiz", "--to", "md", "--seed", "benchmark", "--n", str(n)]
    return {"students": n}, least(lambda: quizgen(*words, folder=place), place / "exam")


def measure_grade(full: bool) -> list[Found]:
    """`quizgen grade` of sheets in realistic spellings, against pandas reading the same file."""
    with TemporaryDirectory() as place:
        rows = list(growing(GRADED[full], lambda n: graded(Path(place), n)))
    found = grown("grade: 40 answers each, without feedback and report", "grading", rows, GRADED[full])
    last = rows[-1][1]
    return [
        Found(
            found.title,
            found.rows,
            {**found.ratios, "grading against pandas' read": float(last["x pandas"] or 0)},
            found.notes,
        )
    ]


def graded(place: Path, n: int) -> tuple[dict[str, Figure], Spent]:
    """One class: made, its sheet written in columns, read by pandas, graded."""
    shutil.rmtree(place, ignore_errors=True)
    sheet, exam = place / "answers.csv", place / "exam"
    told = child(sys.executable, str(HERE / "sheets.py"), str(place), "--students", str(n)).said
    pandas, arrow = json.loads(child(sys.executable, "-c", READ, str(sheet)).said)
    spent = least(
        lambda: quizgen("grade", str(sheet), "--exam", str(exam), "--no-feedback", "--no-report"),
        exam / "results",
        exam / "runs",
    )
    row: dict[str, Figure] = {
        "answers": n * ANSWERS,
        "different texts": told.split(";")[1].split()[0],
        "MB of CSV": sheet.stat().st_size / 1e6,
    }
    return {**row, "pandas s": pandas, "with pyarrow's engine s": arrow}, spent


def least(run: Callable[[], Spent], *made: Path) -> Spent:
    """The run that took least of some; what it has made is taken away before the next."""
    runs: list[Spent] = []
    while not runs or (len(runs) < RUNS and runs[-1].seconds < SHORT):
        for path in made:
            if path.is_symlink():
                path.unlink()
            shutil.rmtree(path, ignore_errors=True)
        runs.append(run())
    return min(runs, key=lambda spent: spent.processor)


def growing(sizes: Sequence[int], run: Callable[[int], tuple[dict[str, Figure], Spent]]) -> Iterator[Measured]:
    """Run with ever larger sizes, as long as the next one would not take too long."""
    before: list[tuple[int, Spent]] = []
    for n in sizes:
        if before:
            times = n / before[-1][0]
            last = before[-1][1]
            if last.seconds * times > PATIENCE:
                return
        row, spent = run(n)
        before.append((n, spent))
        start = before[0][1].processor
        row |= {"seconds": spent.seconds, "of processors": spent.processor, "MB": spent.megabytes}
        if "pandas s" in row and len(before) > 1:
            row["x pandas"] = max(0.0, spent.processor - start) / float(row["pandas s"] or 1)
        yield n, row, spent


def grown(title: str, what: str, measured: Sequence[Measured], sizes: Sequence[int]) -> Found:
    """The table, with the growth of all but the smallest class, whose time is that of starting."""
    start, larger = measured[0][2], measured[1:]
    numbers = [n for n, _, _ in larger]
    time = exponent(numbers, [max(spent.processor - start.processor, 1e-3) for _, _, spent in larger])
    memory_grows = exponent(numbers, [spent.megabytes for _, _, spent in larger])
    notes = [f"growth from {numbers[0]:,} to {numbers[-1]:,} students, time beyond that of {measured[0][0]}"]
    if len(measured) < len(sizes):
        left = ", ".join(f"{n:,}" for n in sizes[len(measured) :])
        notes.append(f"left out, since they would take longer than {PATIENCE:g} s: {left}")
    return Found(
        title,
        [row for _, row, _ in measured],
        {f"exponent of {what}: time": time, f"exponent of {what}: memory": memory_grows},
        notes,
    )
