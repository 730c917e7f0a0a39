"""Sheets that fit another paper are found; honest classes, whatever their errors, are left in peace."""

from __future__ import annotations

import csv
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizgen.answers.agreement import agree
from quizgen.bank.folders import open_bank, open_grader
from quizgen.booklets.forms import Forms
from quizgen.check import typed_by
from quizgen.draw.search import draw
from quizgen.draw.stream import secret_of
from quizgen.exam.additions import read_exam
from quizgen.exam.model import Question
from quizgen.grading import grade
from quizgen.language.tolerance import parse_tolerance
from quizgen.making import make_exam
from quizgen.marking.misread import LEVEL, Evidence, ceiling, hashed, misread
from quizgen.misreads import misreads
from quizgen.render.numbers import plain, worked
from quizgen.submissions.dialects import read_sheet
from quizgen.submissions.handins import layout_of, resolve
from quizgen.world.values import Value
from quizgen.world.worlds import mistaken, world

GRADER = open_grader("standard")
CLASS = 400
KINDS = ("integer", "number", "vector", "matrix", "shape")
THREE = parse_tolerance("3 decimals")
RIGHT, SLIP, BLANK, MISTAKEN = range(4)
SHARES = (0.62, 0.1, 0.06, 0.22)


@dataclass(frozen=True)
class Drawn:
    """The questions of the shipped exam for a class, all of them on every paper."""

    questions: tuple[Question, ...]
    n: int


@pytest.fixture(scope="module")
def exam():
    """The shipped exam for a class of 400."""
    bank, questions = open_bank("cnn"), []
    for number, slot in enumerate(bank.blueprint("exam").slots, start=1):
        problem = slot.cut(bank.problem(slot.problem), GRADER.tolerance)
        drawn = draw(problem, secret_of("misread"), f"Q{number}", CLASS, GRADER.tolerance)
        questions.append(Question(f"Q{number}", problem, {}, drawn.params, drawn.expected))
    return Drawn(tuple(questions), CLASS)


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
            evidence.append(Evidence(name, question.name, typed, expected, wrong, answer.ask or tolerance, asks))
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


def test_copies_from_many_neighbours_are_not_one_misread_paper(exam, written):
    """The hardest honest class: whatever is wrong in a question is right for some variant, another in each question."""
    own, random = np.arange(1, exam.n + 1), np.random.default_rng(2)
    for _ in range(20):
        whole = {}
        for question, ways in zip(exam.questions, written, strict=True):
            other = np.where(random.random(exam.n) < 0.4, random.integers(1, exam.n + 1, size=exam.n), own)
            for answer in question.problem.answers:
                if answer.kind in KINDS:
                    whole[f"{question.name}.{answer.name}"] = typed_from(question, answer, ways, other)
        assert misread(own, list(whole.values())) == []


def typed_from(question, answer, ways, held):
    typed = ways[0][answer.name].value.take(held - 1)
    expected = question.expected[answer.name]
    tolerance = answer.tolerance(GRADER.tolerance)
    wrong = ~agree(typed, expected, tolerance).whole
    return Evidence(f"{question.name}.{answer.name}", question.name, typed, expected, wrong, answer.ask or tolerance)


# ---- by hand -----------------------------------------------------------------------------------------------------


def columns(n, *, questions, values, typed_for, random):
    """Evidence of `questions` questions with one number each, drawn from so many values; students work on others."""
    made = []
    for number in range(questions):
        expected = random.integers(0, values, size=n).astype(float)
        typed = expected[typed_for - 1]
        wrong = typed != expected
        name = f"Q{number + 1}"
        made.append(Evidence(f"{name}.a", name, Value.dense(typed), Value.dense(expected), wrong, THREE))
    return made


def swapped(n):
    held = np.arange(1, n + 1)
    held[[16, 70]] = held[[70, 16]]
    return held


def test_a_proposal_says_what_agrees_and_how_likely_that_is():
    held = swapped(200)
    evidence = columns(200, questions=6, values=10**6, typed_for=held, random=np.random.default_rng(3))
    first, second = misread(np.arange(1, 201), evidence)
    assert (first.row, first.own, first.variant) == (16, 17, 71)
    assert (second.row, second.own, second.variant) == (70, 71, 17)
    # six questions, each a value of one variant among the 199 others; 200 x 200 pairs
    assert first.chance == pytest.approx(2**6 / 199**6 * 200 * 200)
    assert first.agreeing == tuple(f"Q{i}.a" for i in range(1, 7))
    assert first.says == (
        "variant 071 instead of 017? 6 of 6 answers that are wrong for 017 are right for 071: "
        f"Q1.a, Q2.a, Q3.a, Q4.a, Q5.a, Q6.a (by chance: below {ceiling(first.chance)})"
    )


def test_small_whole_numbers_never_suffice():
    held = swapped(400)
    evidence = columns(400, questions=10, values=6, typed_for=held, random=np.random.default_rng(4))
    assert misread(np.arange(1, 401), evidence) == []


@pytest.mark.parametrize("answers", [1, 5, 30])
def test_one_question_never_suffices(answers):
    random, held = np.random.default_rng(5), swapped(400)
    evidence = columns(400, questions=answers, values=10**9, typed_for=held, random=random)
    together = [Evidence(e.name, "Q1", e.typed, e.expected, e.wrong, e.asked) for e in evidence]
    assert misread(np.arange(1, 401), together) == []
    assert len(misread(np.arange(1, 401), evidence)) == (2 if answers > 4 else 0)


def test_right_answers_are_no_evidence():
    random = np.random.default_rng(6)
    evidence = columns(50, questions=9, values=10**9, typed_for=np.arange(1, 51), random=random)
    assert misread(np.arange(1, 51), evidence) == []
    nobody = [Evidence(e.name, e.question, e.typed, e.expected, e.wrong & False, e.asked) for e in evidence]
    assert misread(np.arange(1, 51), nobody) == []


def test_more_students_ask_for_more_evidence():
    held = swapped(200)
    evidence = columns(200, questions=4, values=10**6, typed_for=held, random=np.random.default_rng(3))
    alone = misread(np.arange(1, 201), evidence)
    among = misread(np.arange(1, 201), evidence, students=250)
    assert [one.chance * 250 / 200 for one in alone] == pytest.approx([one.chance for one in among])
    assert misread(np.arange(1, 201), evidence, students=10**6) == []


def test_variants_that_do_not_ask_a_question_give_no_evidence():
    held = swapped(200)
    evidence = columns(200, questions=8, values=10**6, typed_for=held, random=np.random.default_rng(3))
    asks = np.arange(200) != 70
    fewer = [Evidence(e.name, e.question, e.typed, e.expected, e.wrong, e.asked, asks) for e in evidence]
    assert [one.row for one in misread(np.arange(1, 201), fewer)] == []


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=4),
    st.integers(0, 3),
    st.sampled_from(["3 decimals", "3 figures or 0.0005", "exact", "0.005", "1% or 0.1", "whole number"]),
)
def test_equal_arrays_have_equal_hashes_and_others_have_not(numbers, place, tolerance):
    asked = parse_tolerance(tolerance)
    value = np.array(numbers)
    other = value.copy()
    other[place] = 1.5 * other[place] + 100
    cells = np.stack([value, value, other], axis=-1)
    first, second, third = hashed(Value.dense(cells), asked)
    assert first == second
    assert first != third
    (matrix,) = hashed(Value.dense(value.reshape(2, 2, 1)), asked)
    (long,) = hashed(Value.dense(value.reshape(4, 1, 1)), asked)
    assert matrix != long
    wide = Value(np.full((3, 3, 1), np.nan), np.array([[2], [2]], dtype=np.int32))
    wide.cells[:2, :2, 0] = value.reshape(2, 2)
    assert hashed(wide, asked)[0] == matrix


# ---- a whole exam ------------------------------------------------------------------------------------------------


def test_two_swapped_sheets_are_proposed_from_their_file(tmp_path):
    bank = open_bank("cnn")
    make_exam(bank, bank.blueprint("exam"), GRADER, 40, out=tmp_path / "exam", seed="swap", forms=Forms(()))
    exam = read_exam(tmp_path / "exam")
    held = np.arange(1, 41)
    held[[3, 20]] = held[[20, 3]]
    texts = {"student": [paper.student for paper in exam.papers]}
    for question in exam.questions:
        params = question.take(held)
        for name, typed in typed_by(question.problem, GRADER, world(question.problem, params)).items():
            answer = next(a for a in question.problem.answers if a.name == name)
            if answer.kind in KINDS[:4]:
                there = ~typed.state.astype(bool) & question.asks(held)
                texts[f"{question.name}.{name}"] = [
                    plain(typed.value.column(i), worked) if there[i] else "" for i in range(40)
                ]
    with (tmp_path / "sheet.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([list(texts), *zip(*texts.values(), strict=True)])
    handins, rejects = resolve(exam, read_sheet(tmp_path / "sheet.csv", layout_of(exam)))
    assert rejects == []
    (block,) = grade(exam, exam.grader, handins)
    found = misreads(exam, exam.grader, block)
    assert [(one.own, one.variant) for one in found] == [(4, 21), (21, 4)]
    assert all(one.chance < LEVEL for one in found)
