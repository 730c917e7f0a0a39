"""The graders that are shipped, held against the table in the rules: what is promised there is what the files say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from quizgen.bank.folders import open_grader, shipped_folder

RULES = (Path(__file__).parent.parent / "docs" / "marking-rules.md").read_text(encoding="utf-8")
NAMES = sorted(path.stem for path in shipped_folder("graders").glob("*.yaml"))
SAYS = {  # row of the table -> what a grader would write there
    "carried": lambda grader: str(grader.credit.carried),
    "mistake in array": lambda grader: str(grader.credit.mistake_in_array),
    "mistake in number": lambda grader: str(grader.credit.mistake_in_number),
    "pair": lambda grader: str(grader.credit.pair),
    "cells (at most)": lambda grader: str(grader.credit.cells),
    "a mistake's own credit": lambda grader: "counts" if grader.credit.declared else "only if it is 1",
    "a note is charged": lambda grader: grader.charge,
    "tolerance of integers": lambda grader: grader.tolerance["integer"].source,
    "tolerance of numbers": lambda grader: " / ".join(
        dict.fromkeys(grader.tolerance[kind].source for kind in ("number", "vector", "matrix"))
    ),
    "total rounded to": lambda grader: f"{float(grader.round_to):g}",
}


def table():
    """Row -> grader -> what the rules say."""
    section = RULES.split("### Graders\n")[1].split("\n### ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.*\|$", section, re.M)]
    names = [cell.strip("`") for cell in rows[0][1:]]
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows[2:]}


def test_the_table_has_every_grader_and_every_row():
    found = table()
    assert found.keys() == SAYS.keys()
    assert {tuple(sorted(row)) for row in found.values()} == {tuple(NAMES)}


@pytest.mark.parametrize("row", SAYS)
@pytest.mark.parametrize("name", NAMES)
def test_the_table_says_what_the_files_say(name, row):
    assert table()[row][name] == SAYS[row](open_grader(name))


def test_the_graders_differ_as_the_table_says():
    found = table()
    assert {row for row in found if len(set(found[row].values())) > 1} == {
        "mistake in array",
        "pair",
        "cells (at most)",
        "a mistake's own credit",
        "a note is charged",
    }
