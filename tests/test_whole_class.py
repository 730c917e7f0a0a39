"""A whole class on paper, for every shipped problem: made, written down as text in a CSV, and graded from there."""

from __future__ import annotations

import csv
from fractions import Fraction

import numpy as np
import pytest

from quizgen.bank.folders import of_problems, open_bank, open_grader, shipped_folder
from quizgen.check import typed_by
from quizgen.desk import grade_files
from quizgen.exam.additions import read_exam
from quizgen.making import make_exam
from quizgen.render.numbers import plain, worked
from quizgen.render.values import read_texts
from quizgen.world.values import Value
from quizgen.world.worlds import mistaken, world

NAMES = sorted(path.stem for path in shipped_folder("banks").glob("cnn/*.md") if "." not in path.stem)
GRADER = open_grader("standard")


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def worked_out(question, number, slip=None):
    """What the holder of paper `number` gets: the value of each answer, rounded as asked; None where there is none."""
    beliefs = mistaken(slip) if slip else []
    values = world(question.problem, question.take(np.array([number])), beliefs)
    typed = typed_by(question.problem, GRADER, values)
    return {name: None if answer.state[0] else answer.value.column(0) for name, answer in typed.items()}


def spelt(answer, value, slip):
    """The text that a student writes for a value, in the way of the answer's kind."""
    if value is None:
        return ""
    if answer.formula:
        return slip.steps[answer.of].source if slip and answer.of in slip.steps else answer.formula.source
    if answer.kind in ("choice", "location", "shape"):
        return str(read_texts(answer, Value.dense(value[..., None]))[0])
    return plain(value, worked)


@pytest.fixture(scope="module", params=NAMES)
def graded(request, tmp_path_factory):
    """An exam of one problem and each student's marks: the first is right, the last writes zeros, each other slips."""
    folder = tmp_path_factory.mktemp("class")
    bank = open_bank("cnn")
    slips = [None, *bank.problem(request.param).mistakes, None]
    make_exam(bank, of_problems(bank, request.param), GRADER, len(slips), out=folder / "exam", seed="class")
    exam = read_exam(folder / "exam")
    (question,) = exam.questions
    values = [worked_out(question, number, slip) for number, slip in enumerate(slips, start=1)]
    values[-1] = {name: np.zeros_like(value) for name, value in values[-1].items()}
    names = [f"Q1.{name}" for name in values[0]]
    with (folder / "typed.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["student", *names])
        for paper, found, slip in zip(exam.papers, values, slips, strict=True):
            answers = question.problem.answers
            writer.writerow([paper.student, *(spelt(answer, found[answer.name], slip) for answer in answers)])
    assert grade_files(folder / "exam", [folder / "typed.csv"], forms=(), report=False).rejects == []
    marks = table(folder / "exam" / "results" / "marks.csv")
    return question, slips, [[mark for mark in marks if mark["student"] == paper.student] for paper in exam.papers]


def test_who_is_right_gets_full_marks(graded):
    question, _, marks = graded
    assert {mark["outcome"] for mark in marks[0]} == {"correct"}
    assert sum(float(mark["points"]) for mark in marks[0]) == float(question.total)


def test_who_makes_a_mistake_gets_its_note_once_and_is_carried_after_it(graded):
    _, slips, marks = graded
    assert len(slips) >= 8
    for slip, own in list(zip(slips, marks, strict=True))[1:-1]:
        named = [mark for mark in own if mark["outcome"] == "mistake"]
        assert [mark["note"] for mark in named] == [slip.note]
        assert float(named[0]["points"]) < float(named[0]["max"])
        for mark in own:
            assert mark in named or mark["outcome"] in ("correct", "carried", "blank"), (slip.id, mark["answer"])
            if mark["outcome"] in ("correct", "carried"):
                assert mark["points"] == mark["max"]
        place = own.index(named[0])
        assert all(mark["outcome"] == "correct" for mark in own[:place]), "nothing is lost before the mistake"


def test_zeros_everywhere_earn_nothing_that_needs_work(graded):
    question, _, marks = graded
    kinds = {answer.name: answer.kind for answer in question.problem.answers}
    for mark in marks[-1]:
        if kinds[mark["answer"]] in ("integer", "number", "vector", "matrix"):
            needs_work = any(Fraction(cell) for cell in mark["expected"].lstrip("'").replace(";", " ").split())
            assert not (needs_work and float(mark["points"])), mark["answer"]


MANY = 5000


@pytest.mark.parametrize("name", NAMES)
def test_thousands_of_variants_are_all_different(name):
    from quizgen.draw.search import draw
    from quizgen.draw.stream import secret_of

    drawn = draw(open_bank("cnn").problem(name), secret_of("many"), "Q1", MANY, GRADER.tolerance)
    rows = {tuple(value.column(i).tobytes() for value in drawn.params.values()) for i in range(MANY)}
    assert len(rows) == MANY
