"""Measure quizgen: one table after another, and a JSON file with the machine and the versions.

    python benchmarks/run.py [--quick | --full] [--json FILE] [PART]...

--quick takes less than two minutes; --full goes up to 10,000,000 answers and takes an hour or more.
Either ends with 1 if a ratio passes its limit (limits.yaml); seconds decide nothing.
benchmarks/README.md says what each figure means.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import exports
import grade
import make
import marking
import printing
import problems
import waiting
from found import Found, shown
from limits import broken
from machine import described

PARTS: dict[str, Callable[[bool], list[Found]]] = {
    "problems": problems.measure,
    "marking": marking.measure,
    "make": make.measure,
    "grade": grade.measure,
    "waiting": waiting.measure,
    "pdf": printing.measure,
    "exports": exports.figures,
}


def main() -> None:
    """Measure the parts that were asked for, print them as they come, and hold the ratios against their limits."""
    parser = argparse.ArgumentParser(description="Measure quizgen.")
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", action="store_true", help="small sizes, under two minutes (the default)")
    sizes.add_argument("--full", action="store_true", help="up to 10,000,000 answers")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write machine, versions and figures")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of: {', '.join(PARTS)}; all without any")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - PARTS.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}")
    about = described()
    print("\n".join(f"{name}: {shown(value)}" for group in about.values() for name, value in group.items()))
    found: dict[str, list[Found]] = {}
    for name in asked.parts or PARTS:
        start = time.perf_counter()
        found[name] = PARTS[name](asked.full)
        print("\n".join(line for one in found[name] for line in one.lines()))
        print(f"({name}: measured in {time.perf_counter() - start:.0f} s)", flush=True)
    size = "full" if asked.full else "quick"
    if asked.json:
        parts = {name: [one.plain for one in tables] for name, tables in found.items()}
        asked.json.write_text(json.dumps(about | {"size": size, "parts": parts}, indent=1) + "\n", encoding="utf-8")
    ratios = {name: value for tables in found.values() for one in tables for name, value in one.ratios.items()}
    if wrong := broken(ratios, asked.full):
        sys.exit("\n" + "\n".join(wrong))


if __name__ == "__main__":
    main()
