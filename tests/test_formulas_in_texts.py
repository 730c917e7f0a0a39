"""Formulas that authors write: tests/data/bad-formulas/NAME.md gets exactly the defects of NAME.txt."""

from pathlib import Path

import pytest

from quizgen.bank.folders import Bank, open_grader, shipped_folder
from quizgen.bank.problemfile import read_problem
from quizgen.check import check_problem, example_world
from quizgen.check.formulas import with_lines, without_lines
from quizgen.render.filling import filled

FOLDER = Path(__file__).parent / "data" / "bad-formulas"
BAD = sorted(FOLDER.glob("*.md"))
SHIPPED = sorted(path for path in shipped_folder("banks").glob("*/*.md") if "." not in path.stem)


def test_there_are_bad_formulas():
    assert len(BAD) >= 8
    assert {path.stem for path in BAD} == {path.stem for path in FOLDER.glob("*.txt")}


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_formula_that_cannot_be_written_is_told_to_the_letter(path):
    problem = read_problem(path.read_text(encoding="utf-8"), path.name, path.stem)
    report = check_problem(problem, open_grader("standard"), 40)
    assert report.defects == path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_lines_of_formulas_change_nothing_else(path):
    problem = Bank(path.parent.name, path.parent).problem(path.stem)
    truth = example_world(problem, problem.examples[0])
    for template in (problem.question, problem.solution):
        texts = [without_lines(text.text) for text in filled(with_lines(template), problem, truth)]
        assert texts == [text.text for text in filled(template, problem, truth)]
        assert without_lines(texts[0]) == texts[0]
