"""An exam exported to Moodle, sat there (SIMULATED), and graded from its file of responses: the same marks as here."""

from __future__ import annotations

import csv
import io
import shutil
from functools import cache

import pandas as pd
import pytest
from moodle_responses import HEADINGS, imported, responses
from submission_writers import as_csv

from quizgen.bank.folders import Bank, of_problems, open_bank, open_grader
from quizgen.desk import grade_files
from quizgen.errors import QuizgenError
from quizgen.exam.model import columns_of, heading_of
from quizgen.exam.roster import Student
from quizgen.exam.tags import write_tag
from quizgen.export.options import Options
from quizgen.exporting import export_exam
from quizgen.making import make_exam
from quizgen.simulate import simulated_sheet

PROBLEMS = open_bank("cnn").names
N = 12


def made(bank, blueprint, folder, **more):
    students = [Student(f"s{i:03d}", {}) for i in range(N)]
    return make_exam(bank, blueprint, open_grader("standard"), N, out=folder, seed="there", roster=students, **more)


def marks(folder, path, place):
    """All marks of a class whose answers stand in a file; spaces for cells that were not asked do not count."""
    shutil.copytree(folder, place)
    desk = grade_files(place, [path], forms=(), report=False)
    assert [reject.reason for reject in desk.rejects] == []
    found = pd.read_csv(desk.results / "marks.csv", dtype=str, keep_default_na=False)
    found["given"] = [" ".join(text.split()) for text in found["given"]]
    return found.drop(columns=["run"]).sort_values(["student", "question", "answer"], ignore_index=True)


def exported(folder, place, **options):
    """The questions of each paper as Moodle has them after the import."""
    out = place / "bank.xml"
    export_exam(folder, "moodle", Options(skip_unsupported=True, **options), out)
    found = {one.idnumber: one for one in imported(out.read_bytes())}
    papers = [{name: one for name, one in found.items() if f"-{number:03d}-" in name} for number in range(1, N + 1)]
    assert sum(map(len, papers)) == len(found)
    return papers


def both_ways(folder, place, papers, typed):
    """The marks of a class by our own sheet, and by the simulated report; `typed`: student -> texts by column."""
    own = [
        {column: typed[i].get(column, "") for one in paper.values() for column in one.columns}
        for i, paper in enumerate(papers)
    ]
    headings = list(dict.fromkeys(column for row in own for column in row))
    sheet = [[f"s{i:03d}", *(row.get(heading, "") for heading in headings)] for i, row in enumerate(own)]
    (place / "native.csv").write_bytes(as_csv([["student", *headings], *sheet]))
    students = [(f"s{i:03d}", row, list(paper)) for i, (row, paper) in enumerate(zip(own, papers, strict=True))]
    questions = {name: one for paper in papers for name, one in paper.items()}
    (place / "moodle.csv").write_bytes(as_csv(responses(questions, students), encoding="utf-8-sig"))
    return marks(folder, place / "native.csv", place / "a"), marks(folder, place / "moodle.csv", place / "b")


@pytest.fixture(scope="module")
def sat(tmp_path_factory):
    """An exam of one problem, drawn once for all tests."""
    drawn = {}

    def sit(problem):
        if problem not in drawn:
            folder = tmp_path_factory.mktemp("sat") / "exam"
            drawn[problem] = made(open_bank("cnn"), of_problems(open_bank("cnn"), problem), folder), folder
        return drawn[problem]

    return sit


@pytest.fixture(scope="module")
def imported_there(sat, tmp_path_factory):
    """The papers of an exam of one problem as Moodle has them, exported once for all tests."""
    return cache(lambda problem: exported(sat(problem)[1], tmp_path_factory.mktemp("there")))


@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_same_answers_give_the_same_marks(problem, sat, imported_there, tmp_path):
    exam, folder = sat(problem)
    records = list(csv.DictReader(io.StringIO(simulated_sheet(exam, 5))))
    typed = [{column: text.strip() for column, text in record.items()} for record in records]
    here, there = both_ways(folder, tmp_path, imported_there(problem), typed)
    pd.testing.assert_frame_equal(here, there)
    assert len(set(here["outcome"])) > 1
    assert (here["outcome"] == "correct").sum() > N / 3


@pytest.mark.parametrize("problem", PROBLEMS)
def test_what_is_right_there_is_right_here(problem, sat, imported_there, tmp_path):
    _, folder = sat(problem)
    papers = imported_there(problem)
    typed = [{c: f.right for one in p.values() for c, f in zip(one.columns, one.fields, strict=True)} for p in papers]
    here, there = both_ways(folder, tmp_path, papers, typed)
    pd.testing.assert_frame_equal(here, there)
    asked = {column.split("[")[0] for one in papers[0].values() for column in one.columns}
    found = here[(here["question"] + "." + here["answer"]).isin(asked)]
    assert set(found["outcome"]) == {"correct"}
    assert len(found) >= N


@pytest.mark.parametrize("problem", PROBLEMS)
def test_choices_are_read_as_they_are_chosen(problem, sat, tmp_path):
    _, folder = sat(problem)
    papers = exported(folder, tmp_path, choices=3)
    fields = [[(c, f) for one in p.values() for c, f in zip(one.columns, one.fields, strict=True)] for p in papers]
    typed = [{c: f.choices[i % len(f.choices)] if i % 2 else f.right for c, f in own} for i, own in enumerate(fields)]
    here, there = both_ways(folder, tmp_path, papers, typed)
    pd.testing.assert_frame_equal(here, there)
    assert "unreadable" not in set(here["outcome"])
    asked = {column.split("[")[0] for column, _ in fields[0]}
    even = here[here["variant"].astype(int) % 2 == 1]  # the first, third, ... paper
    assert set(even["outcome"][(even["question"] + "." + even["answer"]).isin(asked)]) == {"correct"}
    assert len(set(here["outcome"])) > 1


@pytest.mark.parametrize("whole", [True, False])
def test_who_hands_in_nothing_is_not_absent(tmp_path, whole):
    """Where the file holds the whole exam; where it holds one question of two, the other may stand in another file."""
    folder = tmp_path / "exam"
    made(open_bank("cnn"), of_problems(open_bank("cnn"), "feature-map-size,vgg-table"), folder)
    papers = exported(folder, tmp_path)
    questions = {name: one for paper in papers for name, one in paper.items()}
    held = [[name for name in paper if whole or "-Q1-" in name] for paper in papers]
    typed = {
        c: f.right for name in held[0] for c, f in zip(questions[name].columns, questions[name].fields, strict=True)
    }
    report = list(responses(questions, [("s000", typed, held[0]), ("s001", {}, held[1]), ("s002", {}, held[2])]))
    never = report[3]
    never[HEADINGS.index("Status") : HEADINGS.index("Duration") + 1] = "-" * 4
    (tmp_path / "moodle.csv").write_bytes(as_csv(report))
    desk = grade_files(folder, [tmp_path / "moodle.csv"], forms=(), report=False)
    grades = pd.read_csv(desk.results / "grades.csv", index_col="student", keep_default_na=False)
    assert grades["status"].tolist()[:3] == ["marked", "empty" if whole else "absent", "absent"]
    assert not desk.rejects


def test_a_german_exam_comes_back(tmp_path):
    """Labels of another language are read by the names of the answers, and choices by their texts."""
    bank, folder = open_bank("cnn"), tmp_path / "exam"
    exam = made(bank, of_problems(bank, "vgg-table,conv-window,feature-map-size"), folder, language="de")
    papers = exported(folder, tmp_path)
    assert all("Punkt" in one.text for one in papers[0].values())
    records = list(csv.DictReader(io.StringIO(simulated_sheet(exam, 5))))
    typed = [{column: text.strip() for column, text in record.items()} for record in records]
    here, there = both_ways(folder, tmp_path, papers, typed)
    pd.testing.assert_frame_equal(here, there)
    assert (here["outcome"] == "correct").sum() > N


def test_the_problems_are_there():
    assert len(PROBLEMS) >= 13


# Answers that stand in another order than they are computed in, beside ones of other kinds; one becomes an essay.
TURNED = """
    draw: {a: "integers(100, 999)", x: "integers(10, 99, shape=(2, 2))"}
    steps: {double: 2 * a, plus: double + 7, map: 3 * x, word: "1 + a % 2"}
    answers:
      plus: {points: 1}
      map: {points: 4}
      why: {kind: by hand, points: 2}
      Plus: {of: word, kind: choice, options: [even, 'odd <x>~ {1:SA:=x} #=% \\}'], points: 1}
      double: {points: 1/3}
    mistakes:
      tripled: {double: 3 * a, says: Two times.}
    """


def test_answers_keep_their_names_in_any_order(bank_in, tmp_path):
    bank = Bank("turned", bank_in(tmp_path / "turned", {"turned": TURNED}))
    exam = made(bank, of_problems(bank, "turned"), tmp_path / "exam")
    assert [answer.name for answer in exam.questions[0].problem.answers].index("double") == 0
    papers = exported(tmp_path / "exam", tmp_path)
    assert [one.kind for one in papers[0].values()] == ["cloze", "essay"]
    cloze, essay = papers[0].values()
    assert [column.split(".")[1] for column in cloze.columns[:1] + cloze.columns[-2:]] == ["plus", "Plus", "double"]
    assert essay.columns == ("Q1.why",)
    typed = [
        {c: f.right for c, f in zip(one.columns, one.fields, strict=False)} | {"Q1.why": "1.5"}
        for one in (next(iter(paper.values())) for paper in papers)
    ]
    here, there = both_ways(tmp_path / "exam", tmp_path, papers, typed)
    essay = there["answer"] == "why"
    pd.testing.assert_frame_equal(here[~essay], there[~essay])
    points = here.groupby("answer")["points"].apply(lambda given: set(given.astype(float).round(4)))
    assert points.to_dict() == {"plus": {1}, "map": {4}, "why": {1.5}, "Plus": {1}, "double": {0.3333}}
    assert set(there["outcome"][essay]) == {"unreadable"}  # nobody gives himself points


# ---- a question of ours as several of a platform's ----------------------------------------------------------------


def by_boxes(exam, typed, variant=lambda column: 1, capitals=False):
    """A simulated report of a student for whom each box was a question of its own."""
    headings, cells = (
        [*HEADINGS, "Grade/10.00"],
        ["Of s", "Kim", "s000", "s@uni.example", "Finished", "1", "2", "3", "4"],
    )
    for number, (column, text) in enumerate(typed, start=1):
        tag = write_tag(exam.code, variant(column), column.partition(".")[0])
        name = column.upper() if capitals else column
        headings += [f"Question {number}", f"Response {number}"]
        cells += [f"{tag} Compute f(x). {name} (1 point)", text or "-"]
    return as_csv([headings, cells])


@pytest.fixture
def small(make_small, tmp_path):
    folder = tmp_path / "exam"
    exam = make_small(folder, 3, students=["s000", "s001", "s002"])
    right = {}
    for question, answer, cell in columns_of(exam):
        value = question.expected[answer.name].column(0)[tuple(i - 1 for i in cell)]
        right[heading_of(question.name, answer.name, cell)] = f"{value:g}"
    return exam, folder, right


@pytest.mark.parametrize("capitals", [False, True])
def test_each_box_may_be_a_question(small, tmp_path, capitals):
    exam, folder, right = small
    (tmp_path / "boxes.csv").write_bytes(by_boxes(exam, reversed(right.items()), capitals=capitals))
    found = marks(folder, tmp_path / "boxes.csv", tmp_path / "graded")
    assert set(found["outcome"][found["student"] == "s000"]) == {"correct"}
    assert set(found["variant"][found["student"] == "s000"]) == {"1"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda typed: [*typed, typed[0]], "Q1 is answered twice"),
        (lambda typed: [*typed, ("Q2.map", "1 2; 3 4")], "Q2 is answered twice"),
        (lambda typed: [*typed, ("Q2.nothing", "7")], "Q2 is answered twice"),
    ],
)
def test_no_box_is_answered_twice(small, tmp_path, change, says):
    exam, folder, right = small
    (tmp_path / "boxes.csv").write_bytes(by_boxes(exam, change(list(right.items()))))
    desk = grade_files(folder, [tmp_path / "boxes.csv"], forms=(), report=False)
    assert [reject.reason for reject in desk.rejects] == [says]


def test_boxes_of_one_question_are_of_one_variant(small, tmp_path):
    exam, folder, right = small
    data = by_boxes(exam, right.items(), variant=lambda column: 2 if column == "Q2.map[1,2]" else 1)
    (tmp_path / "boxes.csv").write_bytes(data)
    desk = grade_files(folder, [tmp_path / "boxes.csv"], forms=(), report=False)
    assert [reject.reason for reject in desk.rejects] == ["Q2 is answered in two variants"]


@pytest.mark.parametrize("place", [0, 1, -1])
def test_a_report_without_question_texts_is_refused(small, tmp_path, place):
    """Wherever it stands among the files; nothing is graded then."""
    exam, folder, right = small
    before = sorted(path.name for path in folder.iterdir())
    named = [tmp_path / name for name in ("tagged.csv", "more.csv")]
    for path in named:
        path.write_bytes(by_boxes(exam, right.items()))
    untold = tmp_path / "boxes.csv"
    untold.write_bytes(named[0].read_bytes().replace(exam.code.encode(), b"----"))
    named.insert(place, untold)
    with pytest.raises(QuizgenError) as refused:
        grade_files(folder, named, forms=(), report=False)
    error = refused.value
    assert "boxes.csv:1: no question's text holds a tag" in str(error)
    assert error.hint == "Download the report again with 'question text' ticked under 'Display options'."
    assert error.exit_code == 1
    assert sorted(path.name for path in folder.iterdir()) == before
