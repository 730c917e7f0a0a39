"""Sheets that fit another paper are found; honest classes, whatever their errors, are left in peace."""

from __future__ import annotations

import csv
import io
from functools import cache
from time import process_time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizgen.answers.agreement import agree
from quizgen.bank.folders import open_bank, open_grader
from quizgen.check import typed_by
from quizgen.exam.folder import read_exam
from quizgen.grading import grade
from quizgen.language.tolerance import parse_tolerance
from quizgen.making import make_exam
from quizgen.marking.misread import LEVEL, Evidence, ceiling, hashed, misread
from quizgen.misreads import misreads
from quizgen.simulate import simulated_sheet
from quizgen.world.values import Value
from quizgen.world.worlds import mistaken, world

GRADER = open_grader("standard")
CLASS = 400
KINDS = ("integer", "number", "vector", "matrix", "shape")
THREE = parse_tolerance("3 decimals")
RIGHT, SLIP, BLANK, MISTAKEN = range(4)
SHARES = (0.62, 0.1, 0.06, 0.22)


@pytest.fixture(scope="module")
def exam(tmp_path_factory):
    """The shipped exam for a class of 400."""
    bank = open_bank("cnn")
    out = tmp_path_factory.mktemp("misread") / "exam"
    make_exam(bank, bank.blueprint("exam"), GRADER, CLASS, out=out, seed="misread")
    return read_exam(out)


@pytest.fixture(scope="module")
def written(exam):
    """What the holder of each variant writes: rightly, and with each mistake; by question."""
    everybody = np.arange(1, exam.n + 1)
    found = []
    for question in exam.questions:
        params = question.take(everybody)
        ways = [(), *(mistaken(mistake) for mistake in question.problem.mistakes)]
        found.append([typed_by(question.problem, GRADER, world(question.problem, params, way)) for way in ways])
    return found


def a_class(exam, written, held, random):
    """The evidence of a class: student i holds variant i + 1 on record and works on variant `held[i]`."""
    n, evidence = len(held), []
    for question, ways in zip(exam.questions, written, strict=True):
        doing = random.choice(len(SHARES), size=n, p=SHARES)
        way = np.where(doing == MISTAKEN, random.integers(1, len(ways), size=n), 0)
        asks = question.asks(np.arange(1, exam.n + 1))
        for answer in question.problem.answers:
            if answer.kind not in KINDS:
                continue
            expected = question.expected[answer.name]
            cells = np.full((*expected.largest, n), np.nan)
            shape = expected.shape[:, held - 1].copy()
            for number in np.unique(way):
                rows = np.flatnonzero(way == number)
                value = ways[number][answer.name].value
                if value.largest == expected.largest:
                    cells[..., rows] = value.cells[..., held[rows] - 1]
            slip = (doing == SLIP) & (random.random(n) < 0.5)
            cells[..., slip] += random.integers(1, 4, size=slip.sum())
            read = (doing != BLANK) & ~np.isnan(cells).all(axis=tuple(range(cells.ndim - 1)))
            read &= asks[held - 1] & asks
            typed = Value(cells, shape)
            tolerance = answer.tolerance(GRADER.tolerance)
            wrong = read & ~agree(typed, expected.take(np.arange(n)), tolerance).whole
            name = f"{question.name}.{answer.name}"
            evidence.append(
                Evidence(name, question.name, typed, expected, wrong, answer.ask or tolerance, asks)
            )
    return evidence


def test_swapped_papers_are_found(exam, written):
    random = np.random.default_rng(0)
    found = swapped = 0
    own = np.arange(1, exam.n + 1)
    for _ in range(25):
        held = own.copy()
        pairs = random.choice(exam.n, size=(10, 2), replace=False)
        for a, b in pairs:
            held[[a, b]] = held[[b, a]]
        proposals = misread(own, a_class(exam, written, held, random))
        assert all(held[one.row] == one.variant for one in proposals)
        assert all(one.chance < LEVEL and one.own == own[one.row] for one in proposals)
        named = {one.row for one in proposals}
        found += sum(a in named and b in named for a, b in pairs.tolist())
        swapped += len(pairs)
    assert swapped == 250
    assert found / swapped > 0.95, found


def test_honest_classes_are_left_in_peace(exam, written):
    own = np.arange(1, exam.n + 1)
    random = np.random.default_rng(1)
    classes = [misread(own, a_class(exam, written, own, random)) for _ in range(200)]
    assert sum(bool(proposals) for proposals in classes) <= 1
