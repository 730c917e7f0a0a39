"""Marking in columns against the same marking in a plain loop (`loop.py`): answers a second of one core."""

from __future__ import annotations

import csv
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from clock import cpu
from found import Found
from loop import Desk, read

from quizgen.answers.typed import Typed
from quizgen.answers.words import read_answers
from quizgen.bank.blueprint import Blueprint, Entry
from quizgen.bank.folders import open_bank, open_grader
from quizgen.draw.stream import secret_of
from quizgen.exam.model import Exam, Paper, Question
from quizgen.grading import BLOCK, grade
from quizgen.making import draw_questions
from quizgen.marking.fold import Charged, mark
from quizgen.simulate import simulated_sheet
from quizgen.submissions import read_sheet
from quizgen.submissions.handins import Handins, layout_of, resolve

SEED = "benchmark"
ASKED = (  # seven single whole numbers
    {"problem": "feature-map-size"},
    {"problem": "conv-layer-cost", "answers": ["channels_in", "channels_out", "multiplications", "parameters"]},
)
STUDENTS = {False: 4_000, True: 20_000}
LOOPED = 2_000  # students whom the loop marks: it takes the same time for each


def whole_numbers(students: int) -> Exam:
    """An exam that the loop can mark, in memory."""
    bank, grader = open_bank("cnn"), open_grader("standard")
    entries = tuple(Entry.model_validate(dict(slot)) for slot in ASKED)
    plan = Blueprint(name="whole-numbers", title="Whole numbers", questions=entries)
    problems = {name: bank.problem(name) for name in plan.problems}
    return Exam(
        title=plan.title,
        questions=draw_questions(problems, plan, grader, students, secret_of(SEED)),
        grader=grader,
        papers=tuple(Paper(f"student-{i:06d}", i, {}) for i in range(1, students + 1)),
        seed=SEED,
        has_roster=False,
        sources={},
    )


def measure(full: bool) -> list[Found]:
    """Marking alone, and from a file to points."""
    exam = whole_numbers(STUDENTS[full])
    with TemporaryDirectory() as place:
        sheet = Path(place) / "answers.csv"
        sheet.write_text(simulated_sheet(exam, 1).replace("simulated", "invented", 1), encoding="utf-8")
        alone, whole = marking(exam, sheet), to_points(exam, sheet)
    rows = [
        {"what": what, "in columns": columns, "in a loop": loop, "ratio": columns / loop}
        for what, (columns, loop) in (("marking alone", alone), ("from the file to points", whole))
    ]
    notes = [
        f"marking alone: columns of {BLOCK:,} students, as quizgen marks a class ({exam.n:,} papers, repeated)",
        f"the loop marks {LOOPED:,} of them; it takes as long for each",
    ]
    title = "Marking single whole numbers, answers a second of one core"
    return [Found(title, rows, {"marking against the loop": alone[0] / alone[1]}, notes)]


def marking(exam: Exam, sheet: Path) -> tuple[float, float]:
    """Answers marked a second once they are read: in columns, and by the loop."""
    handins, _ = resolve(exam, read_sheet(sheet, layout_of(exam)))
    handins = handins.take(np.resize(np.arange(handins.n), BLOCK))
    held = [question.take(handins.variants_of(question)) for question in exam.questions]
    typed = [typed_in(handins, question) for question in exam.questions]
    answers = sum(len(each) for each in typed)

    def in_columns() -> None:
        charged: Charged = {}
        for question, params, numbers in zip(exam.questions, held, typed, strict=True):
            _, charged = mark(question.problem, exam.grader, params, numbers, charged)

    desk = Desk(exam)
    with sheet.open(encoding="utf-8", newline="") as lines:
        rows = list(islice(csv.DictReader(lines), LOOPED))
    students = [
        [(marker, desk.params[question.name][i], read(question, row)) for question, marker in desk.markers]
        for i, row in enumerate(rows)  # the sheet has the papers in their order
    ]

    def in_a_loop() -> None:
        for student in students:
            charged = set[str]()
            for marker, params, numbers in student:
                marker.mark(params, numbers, charged)

    return answers * handins.n / cpu(in_columns), answers * len(rows) / cpu(in_a_loop)


def typed_in(handins: Handins, question: Question) -> dict[str, Typed]:
    """The numbers that everybody typed for a question."""
    typed = {}
    for answer in question.problem.answers:
        asked = np.zeros((0, handins.n), dtype=np.int64)
        found = read_answers(answer, handins.texts[(question.name, answer.name, ())], asked)
        typed[answer.name] = Typed(found.value, found.state)
    return typed


def to_points(exam: Exam, sheet: Path) -> tuple[float, float]:
    """Answers a second from a file to the points of every paper: in columns, and by the loop."""
    answers = sum(len(question.problem.answers) for question in exam.questions)

    def in_columns() -> None:
        handins, _ = resolve(exam, read_sheet(sheet, layout_of(exam)))
        for block in grade(exam, exam.grader, handins):
            block.total.rounded(exam.grader.round_to)

    desk = Desk(exam)
    loop = cpu(lambda: list(islice(desk.grade(sheet), LOOPED)))
    return answers * exam.n / cpu(in_columns), answers * min(LOOPED, exam.n) / loop
