"""Measure drawing alone: variants drawn and solved, told apart, looked at and accepted, of one core.

    python benchmarks/draw.py [--n 20000] [--json] [PROBLEM ...]

Compare two versions in one run of the machine, by turns (`PYTHONPATH`), and look at the ratio: the same machine may be
half as quick a minute later.
"""

from __future__ import annotations

import argparse
import json

from found import Found
from problems import CANDIDATES, across, row_of

from quizgen.bank.folders import open_bank, open_grader


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure drawing and print a table.")
    parser.add_argument("problems", nargs="*", help="of the bank cnn; all of them unless given")
    parser.add_argument("--n", type=int, default=20_000, help="variants to be accepted")
    parser.add_argument("--json", action="store_true", help="print JSON instead")
    asked = parser.parse_args()
    bank, grader = open_bank("cnn"), open_grader("standard")
    rows = [row_of(bank.problem(p), grader, CANDIDATES[True], asked.n, 3) for p in asked.problems or bank.names]
    if asked.json:
        print(json.dumps(rows, indent=1))
    else:
        print("\n".join(Found("Variants a second of one core", [*rows, *across(rows)]).lines()))


if __name__ == "__main__":
    main()
