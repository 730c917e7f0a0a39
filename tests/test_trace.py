"""What the trace of marking says is what marks.csv says: outcome, note and credit; and nothing before it held."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from traced import GIVES, noted, nothing_held_before, worth

from quizgen.bank.folders import of_problems, open_bank, open_grader
from quizgen.desk import grade_files
from quizgen.dossier.case import open_case
from quizgen.exam.additions import read_exam
from quizgen.grading import grade_block
from quizgen.ledger import read_runs, standing
from quizgen.making import make_exam
from quizgen.marking.trace import Account, Step, Trace
from quizgen.simulate import simulated_sheet

PAPERS = 30
BANK = open_bank("cnn")
HALVES = {"first": BANK.names[::2], "second": BANK.names[1::2]}


def written(columns, rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def mixed(exam, seed):
    """A class whose cells come from three simulated ones: carried slips, mistakes in some cells, two at a time."""
    random = np.random.default_rng(seed)
    sheets = [list(csv.DictReader(io.StringIO(simulated_sheet(exam, seed + i)))) for i in range(3)]
    columns = [name for name in sheets[0][0] if name != "simulated"]
    rows = []
    for several in zip(*sheets, strict=True):
        shares = (1, 0, 0) if random.random() < 0.4 else (0.8, 0.1, 0.1)
        chosen = random.choice(3, size=len(columns), p=shares)
        rows.append({name: several[0 if i < 2 else chosen[i]][name] for i, name in enumerate(columns)})
    return written(columns, rows)


@pytest.fixture(scope="module", params=HALVES)
def graded(request, tmp_path_factory):
    """Half of the shipped problems as an exam, a class of mixed answers, graded."""
    place = tmp_path_factory.mktemp("trace")
    folder = place / "exam"
    blueprint = of_problems(BANK, ",".join(HALVES[request.param]))
    exam = make_exam(BANK, blueprint, open_grader("standard"), PAPERS, out=folder, seed="traces")
    sheet = place / "class.csv"
    sheet.write_text(mixed(exam, 7), encoding="utf-8")
    grade_files(folder, [sheet], forms=(), report=False)
    return folder


@pytest.fixture(scope="module")
def alone(graded):
    """The traces of every student, marked in a column of one."""
    exam = read_exam(graded)
    everybody = read_runs(exam, graded, standing(graded).runs)
    found = {}
    for row, student in enumerate(everybody.students.tolist()):
        found[student] = {question.name: Trace() for question in exam.questions}
        grade_block(exam, exam.grader, everybody.take(np.array([row])), traces=found[student])
    return found


def marks_of(folder):
    with (folder / "results" / "marks.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_spoke_is_what_stands_in_marks(graded, alone):
    marks = marks_of(graded)
    exam = read_exam(graded)
    by_name = {question.name: question for question in exam.questions}
    seen = set()
    for student in dict.fromkeys(line["student"] for line in marks):
        for line in (line for line in marks if line["student"] == student):
            question = by_name[line["question"]]
            answer = next(one for one in question.problem.answers if one.name == line["answer"])
            account = alone[student][question.name].of(answer.name, 0)
            said = f"{student} {question.name}.{answer.name}"
            if answer.by_hand or line["outcome"] in ("blank", "unreadable", "not asked"):
                assert account == Account(), said
                continue
            seen.add(account.step)
            assert account.tries, said
            if account.step is None:
                assert (line["outcome"], line["note"], line["rule"]) == ("wrong", "", ""), said
            else:
                spoken = account.spoken
                assert (line["outcome"], line["rule"]) == (spoken.outcome, spoken.rule), said
                assert (line["outcome"], spoken.rule) in GIVES[account.step], said
                assert noted(account, question.problem) == {line["note"], line["second note"]} - {""}, said
            points = account.credit * question.points[answer.name]
            assert account.credit == worth(account, question.problem, answer, exam.grader.credit), said
            assert abs(float(points) - float(line["points"])) < 1e-6, said
            nothing_held_before(account, said)
    assert {Step.TRUTH, Step.OWN, Step.MISTAKE, None} <= seen


def test_one_student_is_traced_as_among_all(graded, alone):
    exam = read_exam(graded)
    everybody = read_runs(exam, graded, standing(graded).runs)
    traces = {question.name: Trace() for question in exam.questions}
    grade_block(exam, exam.grader, everybody, traces=traces)
    for row, student in enumerate(everybody.students.tolist()):
        for question, answer in exam.fields():
            mine, among = alone[student][question.name].of(answer.name, 0), traces[question.name].of(answer.name, row)
            assert (mine.step, mine.spoken, mine.credit) == (among.step, among.spoken, among.credit)
            assert said(mine) == said(among)
    case = open_case(graded, student)
    assert all(
        said(case.traces[q.name].of(a.name, 0)) == said(alone[student][q.name].of(a.name, 0)) for q, a in exam.fields()
    )


def said(account):
    """What was tried, but for the values."""
    return [(one.step, one.mistakes, one.agrees, one.rounded, one.bar) for one in account.tries]


def test_all_declared_mistakes_are_tried_on_what_nothing_explains(graded, alone):
    exam = read_exam(graded)
    found = 0
    for line in marks_of(graded):
        if line["outcome"] != "wrong" or line["rule"] or line["question"] != "Q1":
            continue
        question = exam.questions[0]
        answer = next(one for one in question.problem.answers if one.name == line["answer"])
        account = alone[line["student"]]["Q1"].of(answer.name, 0)
        tried = {number for one in account.tries if one.step is Step.MISTAKE for number in one.mistakes}
        touching = {
            number
            for number, mistake in enumerate(question.problem.mistakes)
            if answer.of in question.problem.touched[mistake.id]
        }
        assert tried == touching
        found += 1
    assert found
