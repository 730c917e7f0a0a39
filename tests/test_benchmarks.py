"""The yardstick of the benchmarks marks as quizgen does; what they compute from figures is right; limits can break."""

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from quizgen.bank.folders import open_bank, open_grader
from quizgen.csvtext import write_csv
from quizgen.grading import grade
from quizgen.marking.outcomes import OUTCOMES
from quizgen.simulate import simulated_sheet
from quizgen.submissions import read_sheet
from quizgen.submissions.handins import layout_of, resolve

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from clock import child, exponent
from loop import Desk, Marker
from marking import whole_numbers


@pytest.fixture(scope="module")
def exam():
    return whole_numbers(300)


def by_quizgen(exam, sheet):
    """Outcomes, notes and points of every student, and their totals, as quizgen marks them."""
    handins, rejects = resolve(exam, read_sheet(sheet, layout_of(exam)))
    assert not rejects
    found = {}
    for block in grade(exam, exam.grader, handins):
        for row, student in enumerate(block.handins.students):
            marks = {}
            for part in block.parts:
                marked, note = part.marked, int(part.marked.note[row])
                named = part.question.problem.named[note].note if note >= 0 else ""
                outcome = OUTCOMES[marked.outcome[row]]
                marks[part.question.name, part.answer.name] = outcome, part.points.fraction(row), named
            found[student] = marks, block.total.fraction(row)
    return found


def by_loop(exam, sheet):
    """The same, as the loop does."""
    points = {(question.name, name): worth for question in exam.questions for name, worth in question.points.items()}
    found = {}
    for one in Desk(exam).grade(sheet):
        marks = {
            (question, name): (mark.outcome, mark.share * points[question, name], mark.mistake.note if mark.mistake else "")
            for question, own in one.marks.items()
            for name, mark in own.items()
        }
        found[one.student] = marks, one.total
    return found


def invented_sheet(exam, seed):
    """Numbers that nobody would invent as a class: others' right answers, what mistakes make of others' figures, 0."""
    random = np.random.default_rng(seed)
    names = [(question, answer) for question in exam.questions for answer in question.problem.answers]
    rows = []
    for paper in exam.papers:
        cells = []
        for question, answer in names:
            right = question.expected[answer.name].cells
            mine = right[paper.number - 1]
            choices = [mine, mine, right[random.integers(exam.n)], mine / 2, mine + 1, mine - 1, 0, -mine, mine + 1 / 3, 1e7]
            cells.append(f"{choices[random.integers(len(choices))]:.15g}" if random.random() < 0.9 else "?")
        rows.append([paper.student, *cells])
    return write_csv(["student", *(f"{question.name}.{answer.name}" for question, answer in names)], rows)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("invent", [lambda exam, seed: simulated_sheet(exam, seed).replace("simulated", "invented", 1), invented_sheet])
def test_the_loop_gives_the_outcomes_notes_and_points_of_quizgen(exam, tmp_path, invent, seed):
    sheet = tmp_path / "answers.csv"
    sheet.write_text(invent(exam, seed), encoding="utf-8")
    mine, theirs = by_loop(exam, sheet), by_quizgen(exam, sheet)
    assert mine == theirs
    assert len(mine) == exam.n


def test_the_sheets_reach_every_outcome_that_single_numbers_can_have(exam, tmp_path):
    seen = set()
    for number, text in enumerate((simulated_sheet(exam, 1).replace("simulated", "invented", 1), invented_sheet(exam, 1))):
        sheet = tmp_path / f"{number}.csv"
        sheet.write_text(text, encoding="utf-8")
        seen |= {mark[0].value for marks, _ in by_loop(exam, sheet).values() for mark in marks.values()}
    assert seen == {"correct", "carried", "mistake", "wrong", "blank", "unreadable"}
