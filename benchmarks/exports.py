"""Measure exports to learning platforms: seconds of the processor, size of the file, memory.

    python benchmarks/exports.py [--quick] [FORMAT]...

The blueprint `quiz`: five problems, 1,000 variants of each, in all formats or some; about four minutes. One core, one
run after another in a process of its own, so that the memory is that of one export. What a format cannot ask is left
out (`--skip-unsupported`). What this machine does beside is in the figures: processors shared with others take longer.
Nothing here is a test.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from clock import child
from found import Figure, Found

from quizgen.bank.folders import open_bank, open_grader
from quizgen.errors import QuizgenError
from quizgen.export.options import Options
from quizgen.export.table import FORMATS
from quizgen.exporting import export_exam
from quizgen.making import make_exam

SEED = "benchmark"
VARIANTS = {False: 1000, True: 100}
FEW = ("moodle", "canvas", "qti21")
WAYS = {
    "boxes": Options(),
    "4 choices": Options(choices=4),
    "mistakes": Options(feedback="mistakes"),
    "solutions": Options(feedback="solution"),
}


def main() -> None:
    """Print a table; with a format and a way, measure that one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help="only these")
    parser.add_argument("--quick", action="store_true", help="a hundred variants only")
    parser.add_argument("--one", nargs=3, metavar=("FOLDER", "FORMAT", "WAY"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measured(Path(asked.one[0]), asked.one[1], WAYS[asked.one[2]])))
        return
    variants = VARIANTS[asked.quick]
    print(f"Python {platform.python_version()}, the blueprint `quiz`: 5 problems, {variants} variants of each\n")
    print("Seconds of the processor, and MB of memory at most:\n")
    print(f"| format | {' | '.join(WAYS)} | MB of the file |")
    print(f"|---|{'--:|' * (len(WAYS) + 1)}")
    with tempfile.TemporaryDirectory() as place:
        folder = drawn(Path(place) / "exam", variants)
        for name in asked.formats or FORMATS:
            rows = [alone(folder, name, way) for way in WAYS]
            cells = [f"{row[0]:.1f} s, {row[2]:.0f} MB" if row else "refused" for row in rows]
            print(f"| {name} | {' | '.join(cells)} | {', '.join(f'{row[1]:.1f}' for row in rows if row)} |", flush=True)


def figures(full: bool) -> list[Found]:
    """Exports a second, for `run.py`: boxes to fill in, without feedback."""
    variants = VARIANTS[not full]
    rows: list[dict[str, Figure]] = []
    with tempfile.TemporaryDirectory() as place:
        folder = drawn(Path(place) / "exam", variants)
        for name in FORMATS if full else FEW:
            seconds, size, most = alone(folder, name, "boxes")
            questions = variants * 5
            rows.append(
                {"format": name, "questions": questions, "of processors": seconds, "questions/s": questions / seconds}
                | {"exports/s": 1 / seconds, "MB of the file": size, "peak MB": most}
            )
    return [Found(f"Exports of 5 problems, {variants:,} variants of each", rows)]


def drawn(folder: Path, variants: int) -> Path:
    """An exam's folder."""
    bank = open_bank("cnn")
    make_exam(bank, bank.blueprint("quiz"), open_grader("standard"), variants, out=folder, seed=SEED)
    return folder


def alone(folder: Path, name: str, way: str) -> list[float]:
    """The figures of an export, from a process of its own; nothing if the format knows no such thing."""
    spent = child(sys.executable, __file__, "--one", str(folder), name, way)
    told: list[float] = json.loads(spent.said)
    return [*told, spent.megabytes] if told else []


def measured(folder: Path, name: str, options: Options) -> list[float]:
    """Seconds, and megabytes of the file."""
    out = folder.parent / "export"
    before = time.process_time()
    try:
        export_exam(folder, name, replace(options, skip_unsupported=True), out)
    except QuizgenError:
        return []
    return [time.process_time() - before, out.stat().st_size / 1e6]


if __name__ == "__main__":
    main()
