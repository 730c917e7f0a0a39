"""Measure drawing, solving, telling apart, marking, reading and whole commands; print one table.

    python benchmarks/run.py [--quick]

One core, wall time, best of three; the machine's noise is in every figure. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from quizgen import __version__
from quizgen.answers.evidence import count_commas, count_points
from quizgen.answers.manner import Manner
from quizgen.answers.reading import read_numbers
from quizgen.answers.typed import Typed
from quizgen.bank.folders import of_problems, open_bank, open_grader
from quizgen.check import typed_by
from quizgen.draw.parameters import Space
from quizgen.draw.search import BLOCK, draw
from quizgen.draw.stream import Stream, secret_of, subkey
from quizgen.exam.additions import read_exam
from quizgen.exam.folder import new_folder
from quizgen.exam.model import Exam, Paper
from quizgen.exam.stored import write_exam
from quizgen.grading import grade
from quizgen.making import draw_questions
from quizgen.marking.fold import mark
from quizgen.problem.grader import Grader
from quizgen.problem.model import Problem
from quizgen.report import as_markdown, as_page, feedback
from quizgen.report.feedback import Feedback
from quizgen.simulate import simulated_sheet
from quizgen.submissions import read_sheet
from quizgen.submissions.handins import layout_of, resolve
from quizgen.submissions.table import Table, read_table
from quizgen.world.values import Value
from quizgen.world.worlds import mistaken, world

SEED = "benchmark"
SMALL = {"feature-map-size"}  # few different answers: more variants than these would mostly measure the waiting
RIGHT = 0.6  # share of students who have a question right; the others make each mistake equally often


def best(work: Callable[[], object], times: int = 3) -> float:
    """Seconds of the fastest of some runs."""
    fastest = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        fastest = min(fastest, time.perf_counter() - start)
    return fastest


def drawn_and_solved(problem: Problem, n: int) -> float:
    """Variants drawn and solved per second, before any condition."""
    stream, space = Stream(subkey(secret_of(SEED), "Q1")), Space(problem)

    def work() -> None:
        for start in range(0, n, BLOCK):
            numbers = np.arange(start + 1, min(n, start + BLOCK) + 1)
            words = stream.words(numbers, np.zeros_like(numbers), space.words)
            truth = world(problem, space.params(space.indices(words)))
            for answer in problem.answers:
                truth.value(answer.of, answer.step_axes)

    return n / best(work)


def accepted(problem: Problem, grader: Grader, n: int) -> tuple[float, int, float]:
    """Accepted variants per second, all mistakes told apart; how many candidates it took, and the share accepted."""
    drawn = draw(problem, secret_of(SEED), "Q1", n, grader.tolerance)
    seconds = best(lambda: draw(problem, secret_of(SEED), "Q1", n, grader.tolerance), times=2)
    return n / seconds, drawn.candidates, drawn.acceptance


def marked(problem: Problem, grader: Grader, n: int) -> tuple[float, float]:
    """Answers marked per second once read: all right, and a class in which 4 in 10 make some mistake."""
    drawn = draw(problem, secret_of(SEED), "Q1", min(n, BLOCK), grader.tolerance)
    right = typed_by(problem, grader, world(problem, drawn.params))
    mixed = a_class(problem, grader, drawn.params, right)
    count = drawn.n * len(problem.answers)
    return (
        count / best(lambda: mark(problem, grader, drawn.params, right)),
        count / best(lambda: mark(problem, grader, drawn.params, mixed)),
    )


def a_class(problem: Problem, grader: Grader, params: dict[str, Value], right: dict[str, Typed]) -> dict[str, Typed]:
    """What a class types: most are right, the others make one of the declared mistakes from where it shows."""
    random = np.random.default_rng(1)
    n = next(iter(params.values())).n
    doing = np.where(random.random(n) < RIGHT, -1, random.integers(0, len(problem.mistakes), size=n))
    cells = {name: typed.value.cells.copy() for name, typed in right.items()}
    shapes = {name: typed.value.shape.copy() for name, typed in right.items()}
    for number, mistake in enumerate(problem.mistakes):
        rows = np.flatnonzero(doing == number)
        some = {name: value.take(rows) for name, value in params.items()}
        for name, typed in typed_by(problem, grader, world(problem, some, mistaken(mistake))).items():
            if typed.value.largest == right[name].value.largest:
                cells[name][..., rows] = typed.value.cells
    return {name: Typed.of(Value(cells[name], shapes[name])) for name in right}


def command(*words: str, folder: Path) -> float:
    """Seconds of a whole process."""

    def work() -> None:
        subprocess.run([sys.executable, "-m", "quizgen.cli", *words], cwd=folder, check=True, capture_output=True)

    return best(work)


def commands(n: int) -> list[tuple[str, float]]:
    """The commands that people wait for."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        numbers = iter(range(1000))
        rows = [("quizgen --help", command("--help", folder=folder))]

        def made(count: int) -> float:
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "quizgen.cli", "make", "--n", str(count), "--out", f"exam{next(numbers)}"],
                cwd=folder,
                check=True,
                capture_output=True,
            )
            return time.perf_counter() - start

        rows.append(("quizgen make --n 50", min(made(50) for _ in range(3))))
        rows.append((f"quizgen make --n {n}", made(n)))
        for exam, count in (("exam0", 50), ("exam3", n)):
            sheet = f"{exam}.csv"
            subprocess.run(
                [sys.executable, "-m", "quizgen.cli", "simulate", "--exam", exam, "--out", sheet],
                cwd=folder,
                check=True,
                capture_output=True,
            )
            rows.append((f"quizgen grade, {count} papers", command("grade", sheet, "--exam", exam, folder=folder)))
        return rows


ODD = ("1,5", "−3", "3/4", "2*10^-3", "0,25", "1,234", "≈0.5", "n/a", "41 px", "1'792")  # with digits, all different


def reading(cells: int) -> list[tuple[str, float]]:
    """Seconds for a file of numbers, 1 in 100 in an odd spelling: pandas, and quizgen's way of it in steps."""
    random = np.random.default_rng(1)
    columns = 40
    rows = cells // columns
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "numbers.csv"
        frame = {}
        for i in range(columns):
            numbers = random.normal(scale=50, size=rows)
            texts = (np.char.mod("%.3f", numbers) if i % 2 else np.char.mod("%d", numbers)).astype(object)
            for row in np.flatnonzero(random.random(rows) < 0.01).tolist():
                texts[row] = ODD[int(random.integers(len(ODD)))].replace("1", str(int(random.integers(1, 100))))
            frame[f"c{i}"] = texts
        pd.DataFrame(frame).to_csv(path, index=False)
        table = read_table(path)
        groups = np.zeros(table.n, dtype=np.int64)
        manners = [Manner(whole=i % 2 == 0) for i in range(columns)]

        def numbers_of(read: Table) -> None:
            for texts, manner in zip(read.columns, manners, strict=True):
                read_numbers(texts, manner)

        def evidence() -> None:
            for texts, manner in zip(table.columns, manners, strict=True):
                count_commas(texts, groups, 1, whole=manner.whole, axes=0)
            count_points(table.columns[1], groups, 1)

        pandas = best(lambda: pd.read_csv(path, dtype=str))
        return [
            (f"pandas.read_csv(dtype=str), {cells:,} cells", pandas),
            ("the same file as a table of texts", best(lambda: read_table(path))),
            ("what a comma means in it", best(evidence)),
            ("its texts as numbers, 1% odd", best(lambda: numbers_of(table))),
        ]


CLASS = ("conv-forward", "conv-filter-gradient", "vgg-table")  # 39 columns


def grading(students: int, folder: Path) -> dict[str, float]:
    """A class in a fresh process: seconds of reading, marking and writing; of a dry regrade; of pandas reading.

    And how many MB it takes at most, and how many students get their feedback in a second.
    """
    bank, grader = open_bank("cnn"), open_grader("standard")
    problems = {name: bank.problem(name) for name in CLASS}
    plan = of_problems(bank, ",".join(CLASS))
    exam = Exam(
        title="a class",
        questions=draw_questions(problems, plan, grader, students, secret_of("benchmark")),
        grader=grader,
        papers=tuple(Paper(f"student-{i:06d}", i, {}) for i in range(1, students + 1)),
        seed="benchmark",
        has_roster=False,
        sources={"grader.yaml": grader.text} | {f"problems/{name}.md": p.text for name, p in problems.items()},
    )
    with new_folder(folder / "exam") as place:
        write_exam(exam, place)
    sheet = folder / "answers.csv"
    sheet.write_text(simulated_sheet(exam, 1).replace("simulated", "invented", 1), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", GRADE, str(folder / "exam"), str(sheet)], check=True, capture_output=True, text=True
    )
    measured: dict[str, float] = json.loads(ran.stdout)
    some = read_exam(folder / "exam")
    start = time.perf_counter()
    told = list(islice(feedback_of(some, sheet), 200))
    for one in told:
        as_markdown(one)
        as_page(one)
    return measured | {"feedback": len(told) / (time.perf_counter() - start)}


GRADE = """
import json, resource, sys, time
from pathlib import Path
import pandas as pd
from quizgen.desk import grade_files
from quizgen.regrading import regrade
exam, sheet = map(Path, sys.argv[1:])
def seconds(work):
    start = time.perf_counter(); work(); return time.perf_counter() - start
pandas = min(seconds(lambda: pd.read_csv(sheet, dtype=str)) for _ in range(3))
quizgen = seconds(lambda: grade_files(exam, [sheet], forms=(), report=False))
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
dry = seconds(lambda: regrade(exam, {}))
print(json.dumps({"pandas": pandas, "quizgen": quizgen, "MB": most, "regrade": dry}))
"""


def feedback_of(exam: Exam, sheet: Path) -> Iterator[Feedback]:
    """What each student of a sheet is told."""
    handins, _ = resolve(exam, read_sheet(sheet, layout_of(exam)))
    for block in grade(exam, exam.grader, handins.take(np.arange(200))):
        yield from feedback(exam, exam.grader, block)


WIDTHS = (14, 12, 8, 12, 10, 14, 14)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure quizgen and print a table.")
    parser.add_argument("--quick", action="store_true", help="smaller numbers, for a first impression")
    quick = parser.parse_args().quick
    n = 20_000 if quick else 200_000
    grader = open_grader("standard")
    machine = f"Python {platform.python_version()}, {platform.machine()}, one core"
    print(f"quizgen {__version__}, numpy {np.__version__}, {machine}\n")
    headings = ("draw + solve", "candidates", "share", "accepted", "mistakes", "marked", "marked")
    units = ("variants/s", "", "", "variants/s", "", "all right /s", "a class /s")
    for first, row in (("", headings), ("problem", units)):
        print(f"{first:<24}" + "".join(f"{text:>{width}}" for text, width in zip(row, WIDTHS, strict=True)))
    for problem in open_bank("cnn").problems():
        speed = drawn_and_solved(problem, n)
        per_second, candidates, share = accepted(problem, grader, 5_000 if problem.name in SMALL else n // 5)
        right, mixed = marked(problem, grader, n)
        print(
            f"{problem.name:<24}{speed:>14,.0f}{candidates:>12,}{share:>8.1%}{per_second:>12,.0f}"
            f"{len(problem.mistakes):>10}{right:>14,.0f}{mixed:>14,.0f}"
        )
    seconds_of = reading(400_000 if quick else 4_000_000)
    print(f"\n{'reading':<52}{'seconds':>10}{'x pandas':>10}")
    for name, seconds in seconds_of:
        print(f"{name:<52}{seconds:>10.2f}{seconds / seconds_of[0][1]:>10.2f}")
    students = 2_500 if quick else 25_000
    with tempfile.TemporaryDirectory() as name:
        found = grading(students, Path(name))
    print(f"\n{'grading':<52}{'seconds':>10}{'x pandas':>10}")
    print(f"{f'pandas.read_csv(dtype=str), {students * 39:,} answers':<52}{found['pandas']:>10.2f}{1:>10.2f}")
    print(f"{'read, marked, grades and marks written':<52}{found['quizgen']:>10.2f}", end="")
    print(f"{found['quizgen'] / found['pandas']:>10.2f}\n{'marked again, dry':<52}{found['regrade']:>10.2f}", end="")
    print(f"{found['regrade'] / found['pandas']:>10.2f}\n{'memory at most, MB':<52}{found['MB']:>10.0f}")
    print(f"{'feedback, both files, students a second':<52}{found['feedback']:>10.0f}")
    print(f"\n{'whole command':<40}{'seconds':>10}")
    for name, seconds in commands(500 if quick else 5_000):
        print(f"{name:<40}{seconds:>10.2f}")


if __name__ == "__main__":
    main()
