"""The same answers through every dialect give the same marks, each question with its own variant."""

from __future__ import annotations

import csv
import io
import shutil

import pandas as pd
import pytest
import submission_writers as write
from submission_writers import Row

from quizgen.bank.folders import Bank, open_grader
from quizgen.desk import grade_files
from quizgen.exam.additions import read_exam
from quizgen.exam.roster import Student
from quizgen.making import make_exam
from quizgen.simulate import simulated_sheet
from quizgen.submissions.handins import layout_of

N = 40
WAYS = {
    "wide.csv": lambda *a: write.as_csv(write.wide(*a)),
    "wide.xlsx": lambda *a: write.as_workbook(write.wide(*a)),
    "long.csv": lambda *a: write.as_csv(write.long(*a), delimiter=";"),
    "moodle5.csv": lambda *a: write.as_csv(write.moodle(*a), encoding="utf-8-sig"),
    "moodle4.csv": lambda *a: write.as_csv(write.moodle(*a, version="4", right=False)),
    "moodle.json": lambda *a: write.as_json(write.moodle(*a)),
    "moodle.xlsx": lambda *a: write.as_workbook(write.moodle(*a)),
    "moodle.ods": lambda *a: write.as_opendocument(write.moodle(*a)),
    "german.csv": lambda *a: write.as_csv(write.moodle(*a, version="de")),
    "finnish.csv": lambda *a: write.as_csv(write.moodle(*a, version="fi")),
    "canvas.csv": lambda *a: write.as_csv(write.canvas(*a)),
    "brightspace.csv": lambda *a: write.as_csv(write.brightspace(*a), encoding="utf-16"),
    "blackboard.csv": lambda *a: write.as_csv(write.blackboard(*a), delimiter="|", quoting=csv.QUOTE_ALL),
    "blackboard.xls": lambda *a: write.as_csv(write.blackboard(*a), delimiter="\t", encoding="utf-16"),
    "forms.csv": lambda *a: write.as_csv(write.forms(*a)),
}


@pytest.fixture(scope="module")
def exam(small_bank, tmp_path_factory):
    folder = tmp_path_factory.mktemp("same") / "exam"
    bank = Bank("small", small_bank)
    students = [Student(f"s{i:03d}", {"mail": f"s{i:03d}@uni.example"}) for i in range(N)]
    return make_exam(
        bank, bank.blueprint(), open_grader("standard"), N, out=folder, seed="same", roster=students
    ), folder


def class_of(exam, own):
    """Invented students' answers, without those who are absent; `own` gives the variant of a question and paper."""
    layout = layout_of(exam)
    records = list(csv.DictReader(io.StringIO(simulated_sheet(exam, 3))))
    rows = []
    for number, record in enumerate(records, start=1):
        typed = {column: text for name, text in record.items() if (column := layout.column(name)) is not None}
        if any(typed.values()):
            variants = {question.name: own(question.name, number) for question in exam.questions}
            rows.append(Row(record["student"], variants, {c: t.strip() for c, t in typed.items()}))
    return rows, layout


def marks(folder, path, place, **options):
    """All marks of a class whose answers stand in a file."""
    shutil.copytree(folder, place)
    desk = grade_files(place, [path], forms=(), report=False, **options)
    assert [reject.reason for reject in desk.rejects] == []
    grades = pd.read_csv(desk.results / "grades.csv", dtype=str, keep_default_na=False)
    found = pd.read_csv(desk.results / "marks.csv", dtype=str, keep_default_na=False)
    return grades, found.drop(columns=["run"]).sort_values(["student", "question", "answer"], ignore_index=True)


@pytest.fixture(scope="module")
def plain(exam, tmp_path_factory):
    """The marks through the sheet that `make` writes."""
    made, folder = exam
    place = tmp_path_factory.mktemp("plain")
    rows, layout = class_of(made, lambda question, number: number)
    (place / "sheet.csv").write_bytes(WAYS["wide.csv"](rows, layout, made.code))
    return marks(folder, place / "sheet.csv", place / "exam")


def test_the_class_is_worth_comparing(plain):
    grades, found = plain
    assert (grades["status"] == "marked").sum() > N * 0.8
    assert set(found["outcome"]) >= {"correct", "carried", "mistake", "blank", "unreadable"}
    assert len(set(found["variant"])) > N * 0.8


@pytest.mark.parametrize("way", WAYS)
def test_the_same_answers_give_the_same_marks(exam, plain, tmp_path, way):
    made, folder = exam
    rows, layout = class_of(made, lambda question, number: number)
    (tmp_path / way).write_bytes(WAYS[way](rows, layout, made.code))
    grades, found = marks(folder, tmp_path / way, tmp_path / "exam")
    pd.testing.assert_frame_equal(grades, plain[0])
    pd.testing.assert_frame_equal(found, plain[1])


POOLS = [way for way in WAYS if way.startswith(("moodle", "german", "finnish", "canvas", "brightspace", "blackboard"))]


@pytest.fixture(scope="module")
def pooled(exam):
    """The right answers of a class in which a pool gave every student another variant of each question."""
    made, _ = exam
    layout = layout_of(made)
    rows = []
    for number in range(1, 13):
        variants = {"Q1": number % N + 1, "Q2": (7 * number) % N + 1}
        typed = {}
        for question in made.questions:
            for answer in question.problem.answers:
                value = question.expected[answer.name].column(variants[question.name] - 1)
                for column in layout.boxes(question.name):
                    if column[1] == answer.name:
                        typed[column] = f"{value[tuple(i - 1 for i in column[2])]:g}"
        rows.append(Row(f"s{number - 1:03d}", variants, typed))
    return rows, layout


@pytest.mark.parametrize("way", POOLS)
def test_in_a_pool_each_question_has_its_own_variant(exam, pooled, tmp_path, way):
    made, folder = exam
    (tmp_path / way).write_bytes(WAYS[way](*pooled, made.code))
    grades, found = marks(folder, tmp_path / way, tmp_path / "exam")
    marked = grades[grades["status"] == "marked"]
    assert len(marked) == 12
    assert set(marked["points"].astype(float)) == {float(made.total)}
    told = {(s, q, int(v)) for s, q, v in zip(found["student"], found["question"], found["variant"], strict=True)}
    assert told == {(row.student, q, v) for row in pooled[0] for q, v in row.variants.items()}


@pytest.mark.parametrize("way", POOLS)
def test_a_pool_needs_no_roster(make_small, tmp_path, way):
    folder = tmp_path / "made"
    made = make_small(folder, 12)
    layout = layout_of(made)
    rows = []
    for i in range(6):  # two students hold the same variants
        variants = {"Q1": i // 2 + 1, "Q2": 9 - i // 2}
        typed = {c: "1" for q in layout.problems for c in layout.boxes(q)}
        typed["Q1", "double", ()] = f"{made.questions[0].expected['double'].column(i // 2):g}"
        rows.append(Row(f"kim{i}", variants, typed))
    (tmp_path / way).write_bytes(WAYS[way](rows, layout, made.code))
    grades, found = marks(folder, tmp_path / way, tmp_path / "exam")
    assert len(grades) == 6
    double = found[found["answer"] == "double"]
    assert set(double["outcome"]) == {"correct"}
    assert double["variant"].tolist() == ["1", "1", "2", "2", "3", "3"]
    assert read_exam(folder).has_roster is False
