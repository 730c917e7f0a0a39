"""Bank and blueprint -> an exam folder: variants, booklets, answer key, a blank sheet for the answers."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from quizgen.bank.folders import Bank, Blueprint, question_points
from quizgen.csvtext import write_csv
from quizgen.draw.search import draw
from quizgen.draw.stream import secret_of
from quizgen.exam.folder import new_folder, refuse_existing, write_exam
from quizgen.exam.model import Exam, Paper, Question, assemble, columns_of, heading_of
from quizgen.exam.roster import Student
from quizgen.exam.tags import write_tag
from quizgen.problem.grader import Grader
from quizgen.problem.model import Answer, Problem
from quizgen.render import fill
from quizgen.render.markdown import escaped
from quizgen.render.numbers import worked
from quizgen.render.spelled import spelled
from quizgen.world.worlds import world

Progress = Callable[[str, int, int], None]  # what is being done, how far, of how many


def make_exam(
    bank: Bank,
    blueprint: Blueprint,
    grader: Grader,
    n: int,
    *,
    out: Path,
    seed: str | None = None,
    roster: Sequence[Student] = (),
    progress: Progress | None = None,
) -> Exam:
    """Draw an exam and write its folder; the folder appears whole or not at all.

    Without a `seed` the draws come from a fresh secret, kept in `staff/` only.
    """
    progress = progress or (lambda *_: None)
    refuse_existing(out)
    secret = secrets.token_bytes(32) if seed is None else secret_of(seed)
    problems = {name: bank.problem(name) for name in blueprint.problems}
    slots = []
    for i, slot in enumerate(blueprint.questions, start=1):
        problem = problems[slot.problem]
        told = partial(_told, progress, f"drawing Q{i} {problem.name}", n)
        drawn = draw(problem, secret, f"Q{i}", n, grader.tolerance, told)
        slots.append((problem, question_points(problem, slot), drawn))
    sources = {"grader.yaml": grader.text}
    sources |= {f"problems/{name}.md": problem.text for name, problem in problems.items()}
    papers = _papers(roster, n)
    exam = assemble(blueprint.title, slots, grader, papers=papers, seed=seed, has_roster=bool(roster), sources=sources)
    with new_folder(out) as folder:
        write_exam(exam, folder)
        (folder / "submissions.csv").write_text(blank_sheet(exam), encoding="utf-8")
        _write_booklets(exam, folder, progress)
        _write_staff(exam, folder, secret if seed is None else None, progress)
    return exam


def _told(progress: Progress, what: str, total: int, done: int) -> None:
    """Pass on how far something is."""
    progress(what, done, total)


def _papers(roster: Sequence[Student], n: int) -> tuple[Paper, ...]:
    """Bind students to papers in the roster's order; without a roster, every paper has a stand-in."""
    if roster:
        return tuple(Paper(student.id, i, student.details) for i, student in enumerate(roster, start=1))
    return tuple(Paper(f"student-{i:03d}", i, {}) for i in range(1, n + 1))


def blank_sheet(exam: Exam) -> str:
    """The sheet to type answers into: students and tags filled in, one column per cell."""
    details = list(dict.fromkeys(name for paper in exam.papers for name in paper.details))
    headings = ["student", *details, "tag", "status"]
    headings += [heading_of(question.name, answer.name, cell) for question, answer, cell in columns_of(exam)]
    empty = [""] * (len(headings) - len(details) - 2)
    rows = (
        [p.student, *(p.details.get(name, "") for name in details), write_tag(exam.code, p.number), *empty]
        for p in exam.papers
    )
    return write_csv(headings, rows)


def _write_booklets(exam: Exam, folder: Path, progress: Progress) -> None:
    """One Markdown booklet per variant; nothing in it betrays an answer."""
    place = folder / "booklets"
    place.mkdir()
    questions = [_questions_text(exam, question) for question in exam.questions]
    students = {paper.number: paper for paper in exam.papers} if exam.has_roster else {}
    for number in range(1, exam.n + 1):
        head = _head(exam, number, students.get(number))
        parts = [head, *(texts[number - 1] for texts in questions)]
        (place / f"{number:03d}.md").write_text("\n".join(parts), encoding="utf-8", newline="\n")
        progress("writing booklets", number, exam.n)


def _write_staff(exam: Exam, folder: Path, secret: bytes | None, progress: Progress) -> None:
    """The secret and the answer key with worked solutions, readable by the owner only."""
    staff = folder / "staff"
    (staff / "key").mkdir(parents=True, mode=0o700)
    staff.chmod(0o700)
    if secret is not None:
        _write_private(staff / "secret.txt", secret.hex() + "\n")
    students = {paper.number: paper for paper in exam.papers} if exam.has_roster else {}
    headings = ["paper", "student", "tag", *(heading_of(q.name, a.name, cell) for q, a, cell in columns_of(exam))]
    values = [_expected_texts(question, answer, cell) for question, answer, cell in columns_of(exam)]
    rows = (
        [i, students[i].student if i in students else "", write_tag(exam.code, i), *cells]
        for i, cells in enumerate(zip(*values, strict=True), start=1)
    )
    _write_private(staff / "key.csv", write_csv(headings, rows))
    solutions = [_solutions_text(question) for question in exam.questions]
    for number in range(1, exam.n + 1):
        parts = [
            f"# Key to paper {write_tag(exam.code, number)} {_named(students.get(number))}".rstrip() + "\n",
            *(texts[number - 1] for texts in solutions),
        ]
        _write_private(staff / "key" / f"{number:03d}.md", "\n".join(parts))
        progress("writing the key", number, exam.n)


def _head(exam: Exam, number: int, paper: Paper | None) -> str:
    """The top of a booklet."""
    student = _named(paper) or "Name: ____________________  Student id: ____________"
    lines = [
        f"# {escaped(exam.title)}",
        "",
        f"Paper `{write_tag(exam.code, number)}` · {_counted(exam.total, 'point')} · {student}",
        "",
        "Each wrong step is paid for once: later answers are judged from your own earlier figures, so go on with what",
        "you have. Write matrices row by row. Round only what you write down, to the precision asked.",
        "",
    ]
    if exam.seed is not None:
        lines += ["*A practice sheet: drawn from a public seed, not a secret.*", ""]
    return "\n".join(lines)


def _named(paper: Paper | None) -> str:
    """A student's id and name, as far as they are known."""
    return f"**{escaped(paper.student)}** {escaped(paper.details.get('name', ''))}".strip() if paper else ""


def _questions_text(exam: Exam, question: Question) -> list[str]:
    """A question's text for every variant."""
    truth = world(question.problem, question.params)
    places = {a.name: _place(question, a, exam.grader) for a in question.problem.answers}
    texts = fill(question.problem.question, question.problem, truth, places)
    title = f"{question.name} · {escaped(question.problem.title)} ({_counted(question.total, 'point')})"
    return [
        f"---\n\n## {title}\n\n`{write_tag(exam.code, i, question.name)}`\n\n{text}"
        for i, text in enumerate(texts, start=1)
    ]


def _place(question: Question, answer: Answer, grader: Grader) -> str:
    """What stands where the student answers: the column's name, points, kind and precision."""
    name = heading_of(question.name, answer.name)
    what = answer.asks(grader.tolerance)
    head = f"**{name}** ({_counted(question.points[answer.name], 'point')}; {what}): "
    return head + "______________" if not answer.lines else head + "\n" + "\n\n".join(["_" * 60] * answer.lines)


def _solutions_text(question: Question) -> list[str]:
    """A question's answers and worked solution for every variant."""
    truth = world(question.problem, question.params)
    solutions = fill(question.problem.solution, question.problem, truth, {})
    out = []
    for i, text in enumerate(solutions):
        right = {a.name: spelled(a, question.expected[a.name].column(i)) for a in question.problem.answers}
        values = [f"- **{heading_of(question.name, name)}** = {told}" for name, told in right.items()]
        out.append("\n".join([f"## {question.name} · {escaped(question.problem.title)}", "", *values, "", text]))
    return out


def _expected_texts(question: Question, answer: Answer, cell: tuple[int, ...]) -> list[str]:
    """One cell of the right answer for every variant; empty where it is not asked."""
    if not answer.cells:
        return [spelled(answer, question.expected[answer.name].column(i)) for i in range(question.n)]
    cells = question.expected[answer.name].cells[tuple(i - 1 for i in cell)]
    return ["" if np.isnan(value) else worked(value) for value in cells.astype(float).tolist()]


def _counted(number: Fraction, what: str) -> str:
    text = str(number) if number.denominator == 1 else worked(float(number))
    return f"{text} {what}" if number == 1 else f"{text} {what}s"


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from the first byte on."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def specimen(problem: Problem, grader: Grader, variant: int, seed: str) -> str:
    """One variant of a problem as a text: statement, answers, worked solution."""
    drawn = draw(problem, secret_of(seed), "Q1", variant, grader.tolerance)
    points = {answer.name: answer.points for answer in problem.answers}
    last = np.array([variant - 1])
    params = {name: value.take(last) for name, value in drawn.params.items()}
    expected = {name: value.take(last) for name, value in drawn.expected.items()}
    question = Question("Q1", problem, points, params, expected)
    truth = world(problem, params)
    places = {answer.name: _place(question, answer, grader) for answer in problem.answers}
    statement = fill(problem.question, problem, truth, places)[0]
    return f"# {problem.title}\n\n{statement}\n{_solutions_text(question)[0]}"
