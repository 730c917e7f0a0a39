"""What people wait for: commands that start cold, feedback and a dry regrade of a class, texts read as numbers."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from clock import child, cpu, quizgen
from found import Found

from quizgen.answers.evidence import count_commas, count_points
from quizgen.answers.manner import Manner
from quizgen.answers.reading import read_numbers
from quizgen.exam.additions import read_exam
from quizgen.grading import grade
from quizgen.report import as_markdown, as_page, feedback
from quizgen.submissions import read_sheet, read_table
from quizgen.submissions.handins import layout_of, resolve

HERE = Path(__file__).parent
STUDENTS = {False: 500, True: 10_000}
CELLS = {False: 200_000, True: 4_000_000}
COLD = {
    "quizgen --help": ["--help"],
    "quizgen make --n 50, Markdown only": ["make", "--n", "50", "--to", "md", "--seed", "benchmark"],
}
RUNS = {False: 2, True: 5}
TOLD = 100  # students whose feedback is written
ODD = ("1,5", "−3", "3/4", "2*10^-3", "0,25", "1,234", "≈0.5", "n/a", "41 px", "1'792")  # with digits, all different
DRY = """
import sys, time
from pathlib import Path
from quizgen.regrading import regrade
start = time.process_time(); regrade(Path(sys.argv[1]), {}); print(time.process_time() - start)
"""


def measure(full: bool) -> list[Found]:
    return [cold(RUNS[full]), after_grading(STUDENTS[full]), reading(CELLS[full])]


def cold(times: int) -> Found:
    """Whole processes, the best of some."""
    rows = []
    for name, words in COLD.items():
        with TemporaryDirectory() as place:
            runs = []
            for _ in range(times):
                runs.append(quizgen(*words, folder=Path(place)))
                shutil.rmtree(Path(place) / "exam", ignore_errors=True)
        best = min(runs, key=lambda spent: spent.processor)
        seconds = min(spent.seconds for spent in runs)
        rows.append({"command": name, "seconds": seconds, "of processors": best.processor, "MB": best.megabytes})
    return Found("Commands that start cold", rows)


def after_grading(students: int) -> Found:
    """What comes after marks."""
    with TemporaryDirectory() as place:
        folder, sheet = Path(place) / "exam", Path(place) / "answers.csv"
        child(sys.executable, str(HERE / "sheets.py"), place, "--students", str(students))
        quizgen("grade", str(sheet), "--exam", str(folder), "--no-feedback", "--no-report")
        dry = float(json.loads(child(sys.executable, "-P", "-c", DRY, str(folder)).said))
        exam = read_exam(folder)
        handins, _ = resolve(exam, read_sheet(sheet, layout_of(exam)))
        block = next(grade(exam, exam.grader, handins.take(np.arange(TOLD))))
        told = cpu(
            lambda: [(as_markdown(one), as_page(one)) for one in islice(feedback(exam, exam.grader, block), TOLD)], 1
        )
    rows = [{"what": "feedback, both files", "students": TOLD, "students /s": TOLD / told}]
    return Found(
        "After grading", [*rows, {"what": "regrade, dry", "students": students, "students /s": students / dry}]
    )


def reading(cells: int) -> Found:
    """Seconds for a file of numbers, 1 in 100 in an odd spelling: pandas, and quizgen's way of it in steps."""
    with TemporaryDirectory() as place:
        path = Path(place) / "numbers.csv"
        pd.DataFrame(odd_numbers(cells // 40)).to_csv(path, index=False)
        table = read_table(path)
        groups, manners = np.zeros(table.n, dtype=np.int64), [Manner(whole=i % 2 == 0) for i in range(40)]
        asked = list(zip(table.columns, manners, strict=True))

        def evidence() -> None:
            for texts, manner in asked:
                count_commas(texts, groups, 1, whole=manner.whole, axes=0)
            count_points(table.columns[1], groups, 1)

        steps: dict[str, Callable[[], object]] = {
            "pandas.read_csv(dtype=str)": lambda: pd.read_csv(path, dtype=str),
            "the same file as a table of texts": lambda: read_table(path),
            "what a comma means in it": evidence,
            "its texts as numbers": lambda: [read_numbers(texts, manner) for texts, manner in asked],
        }
        seconds = {name: cpu(work) for name, work in steps.items()}
    rows = [
        {"step": name, "of processors": each, "x pandas": each / next(iter(seconds.values()))}
        for name, each in seconds.items()
    ]
    return Found(f"Reading {cells:,} cells, 1 in 100 in an odd spelling", rows)


def odd_numbers(rows: int) -> dict[str, np.ndarray]:
    """Forty columns, whole numbers and decimals in turn."""
    random, frame = np.random.default_rng(1), {}
    for i in range(40):
        numbers = random.normal(scale=50, size=rows)
        texts = (np.char.mod("%.3f", numbers) if i % 2 else np.char.mod("%d", numbers)).astype(object)
        for row in np.flatnonzero(random.random(rows) < 0.01).tolist():
            texts[row] = ODD[int(random.integers(len(ODD)))].replace("1", str(int(random.integers(1, 100))))
        frame[f"c{i}"] = texts
    return frame
