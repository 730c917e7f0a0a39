"""An exam exported to Canvas, sat there (SIMULATED), and graded from its Student Analysis: the same marks as here."""

from __future__ import annotations

import csv
import io
import shutil

import numpy as np
import pandas as pd
import pytest
from canvas_responses import analysis, imported, marked_there
from submission_writers import as_csv

from quizgen.bank.folders import Bank, of_problems, open_bank, open_grader
from quizgen.desk import grade_files
from quizgen.exam.additions import read_exam
from quizgen.exam.roster import Student
from quizgen.export.items import items_of
from quizgen.export.options import Options
from quizgen.exporting import export_exam
from quizgen.making import make_exam
from quizgen.render.numbers import worked
from quizgen.simulate import simulated_sheet

PROBLEMS = open_bank("cnn").names
N = 10


def made(bank, blueprint, folder):
    students = [Student(f"s{i:03d}", {}) for i in range(N)]
    return make_exam(bank, blueprint, open_grader("standard"), N, out=folder, seed="there", roster=students)


@pytest.fixture(scope="module")
def sat(tmp_path_factory):
    """An exam of all shipped problems."""
    folder = tmp_path_factory.mktemp("sat") / "exam"
    return made(open_bank("cnn"), of_problems(open_bank("cnn"), ",".join(PROBLEMS)), folder), folder


def exported(folder, place, **options):
    """The questions of an exam as Canvas has them, by ident."""
    out = place / "quiz.zip"
    export_exam(folder, "canvas", Options(skip_unsupported=True, **options), out)
    found = {}
    for _, picked, questions in imported(out.read_bytes()):
        assert picked == 1
        assert len({question.kind for question in questions}) == 1
        assert len({question.points for question in questions}) == 1
        found |= {question.ident: question for question in questions}
    return found


@pytest.fixture(scope="module")
def questions(sat, tmp_path_factory):
    """Its questions as Canvas has them."""
    return exported(sat[1], tmp_path_factory.mktemp("there"))


def paper_of(question):
    return int(question.ident.split("-")[2])


def marks(folder, path, place):
    """All marks of a class whose answers stand in a file; spaces for cells that were not asked do not count."""
    shutil.copytree(folder, place)
    desk = grade_files(place, [path], forms=(), report=False)
    assert [reject.reason for reject in desk.rejects] == []
    found = pd.read_csv(desk.results / "marks.csv", dtype=str, keep_default_na=False)
    found["given"] = [" ".join(text.split()) for text in found["given"]]
    return found.drop(columns=["run"]).sort_values(["student", "question", "answer"], ignore_index=True)


def both_ways(folder, place, questions, typed):
    """The marks of a class by our own sheet, and by the simulated analysis; `typed`: texts by column, per paper."""
    papers = [[ident for ident in questions if f"-{number:03d}-" in ident] for number in range(1, N + 1)]
    own = [
        {column: texts.get(column, "") for ident in paper for column in questions[ident].columns}
        for texts, paper in zip(typed, papers, strict=True)
    ]
    headings = list(dict.fromkeys(column for row in own for column in row))
    sheet = [[f"s{i:03d}", *(row.get(heading, "") for heading in headings)] for i, row in enumerate(own)]
    (place / "native.csv").write_bytes(as_csv([["student", *headings], *sheet]))
    students = [(f"s{i:03d}", row, paper) for i, (row, paper) in enumerate(zip(own, papers, strict=True))]
    (place / "canvas.csv").write_bytes(as_csv(analysis(questions, students)))
    return marks(folder, place / "native.csv", place / "a"), marks(folder, place / "canvas.csv", place / "b")


def test_the_same_answers_give_the_same_marks(sat, questions, tmp_path):
    exam, folder = sat
    records = list(csv.DictReader(io.StringIO(simulated_sheet(exam, 5))))
    typed = [{column: text.strip() for column, text in record.items()} for record in records]
    here, there = both_ways(folder, tmp_path, questions, typed)
    pd.testing.assert_frame_equal(here, there)
    assert set(here["outcome"]) >= {"correct", "carried", "mistake", "partial", "wrong", "blank"}
    assert set(here["question"]) == {f"Q{i}" for i in range(1, len(PROBLEMS) + 1)}
    assert len(PROBLEMS) >= 13


def test_what_is_right_there_is_right_here(sat, questions, tmp_path):
    """Every student types another of the spellings that Canvas knows."""
    _, folder = sat
    typed = [{} for _ in range(N)]
    for question in questions.values():
        paper = paper_of(question) - 1
        own = {c: texts[paper % len(texts)] for c, texts in zip(question.columns, question.texts, strict=True)}
        assert all(marked_there(question, own))
        typed[paper] |= own
    here, there = both_ways(folder, tmp_path, questions, typed)
    pd.testing.assert_frame_equal(here, there)
    asked = {column.split("[")[0] for question in questions.values() for column in question.columns}
    found = here[(here["question"] + "." + here["answer"]).isin(asked)]
    assert set(found["outcome"]) == {"correct"}
    assert len(found) == N * len(asked)


def test_what_is_right_here_is_right_there_if_it_is_written_as_asked(sat, questions):
    exam, _ = sat
    seen = 0
    for question in exam.questions:
        for item in items_of(exam, question, 3, solutions=False):
            there = questions[item.section.tag]
            accepted = dict(zip(there.columns, there.texts, strict=True))
            for one in item.answers:
                told = one.field.answer.ask or one.field.answer.tolerance(exam.grader.tolerance)
                for box in one.boxes:
                    if box.is_number and box.inside:
                        number = float(told.rounded(np.array([box.right]))[0])
                        assert worked(number + 0.0) in accepted[box.name], box
                        seen += 1
    assert seen > 1000


CHOSEN = ["feature-map-size", "vgg-table", "conv-forward"]


def test_choices_come_back_as_they_were_chosen(tmp_path):
    bank, folder = open_bank("cnn"), tmp_path / "exam"
    made(bank, of_problems(bank, ",".join(CHOSEN)), folder)
    questions = exported(folder, tmp_path, choices=3)
    assert {question.kind for question in questions.values()} == {"multiple_dropdowns_question"}
    typed = [{} for _ in range(N)]
    for question in questions.values():
        paper = paper_of(question) - 1
        chosen = question.right if paper % 2 else [texts[0] for texts in question.texts]
        typed[paper] |= dict(zip(question.columns, chosen, strict=True))
    here, there = both_ways(folder, tmp_path, questions, typed)
    pd.testing.assert_frame_equal(here, there)
    assert "unreadable" not in set(here["outcome"])
    assert len(set(here["outcome"])) > 1
    assert set(here["outcome"][here["variant"].astype(int) % 2 == 0]) == {"correct"}


ALONE = {
    "number": """
        draw: {a: "integers(100, 999)"}
        steps: {third: a / 3}
        answers: {third: {points: 5/2, ask: 3 decimals}}
        mistakes: {half: {third: a / 2, says: By three.}}
        """,
    "whole": """
        draw: {a: "integers(100, 999)"}
        steps: {double: 2 * a}
        answers: {double: {points: 1}}
        mistakes: {tripled: {double: 3 * a, says: "Two times, a < b."}}
        """,
    "word": """
        draw: {a: "integers(100, 999)"}
        steps: {word: "1 + a % 2"}
        answers: {word: {kind: choice, options: [even, odd], points: 1}}
        mistakes: {other: {word: "2 - a % 2", says: Look again.}}
        """,
    "text": """
        draw: {a: "integers(100, 999)"}
        steps: {double: 2 * a}
        answers: {why: {kind: by hand, points: 3}}
        """,
}
KINDS = {
    "number": "numerical_question",
    "whole": "numerical_question",
    "word": "multiple_choice_question",
    "text": "essay_question",
}


@pytest.fixture(scope="module")
def alone(bank_in, tmp_path_factory):
    """An exam whose questions have one box each."""
    place = tmp_path_factory.mktemp("alone")
    bank = Bank("alone", bank_in(place / "bank", ALONE))
    made(bank, of_problems(bank, ",".join(ALONE)), place / "exam")
    return place / "exam"


def test_a_question_with_one_box_is_of_its_kind(alone, tmp_path):
    questions = exported(alone, tmp_path)
    kinds = {f"Q{i}": KINDS[name] for i, name in enumerate(ALONE, start=1)}
    assert {(q.ident.split("-")[1], q.kind) for q in questions.values()} == set(kinds.items())
    exam = read_exam(alone)
    for question in questions.values():
        name, number = question.ident.split("-")[1:3]
        if question.within:
            expected = next(iter(exam.questions[int(name[1]) - 1].expected.values())).column(int(number) - 1)
            assert abs(float(question.within[0]) - float(expected)) <= 0.00005
            assert float(question.within[1]) == (0 if name == "Q2" else pytest.approx(0.0005, abs=0.00011))
    typed = [{} for _ in range(N)]
    for question in questions.values():
        text = "2" if question.kind == "essay_question" else question.right[0]
        typed[paper_of(question) - 1][question.columns[0]] = text
    here, there = both_ways(alone, tmp_path, questions, typed)
    typed_there = there["answer"] == "why"  # nobody gives himself points: what a student types there is words
    pd.testing.assert_frame_equal(here[~typed_there], there[~typed_there])
    assert set(there["points"][typed_there].astype(float)) == {0.0}
    assert set(there["outcome"][typed_there]) == {"unreadable"}
    assert set(here["outcome"][here["answer"] != "why"]) == {"correct"}
    assert set(here["points"][here["answer"] == "why"].astype(float)) == {2.0}
