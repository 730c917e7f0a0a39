"""An exam -> what is printed and typed into: booklets, the answer key with worked solutions, a blank sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from quizgen.bank.blueprint import Pick
from quizgen.csvtext import write_csv
from quizgen.exam.model import Exam, Paper, Question, columns_of, heading_of
from quizgen.exam.private import write_private
from quizgen.exam.tags import write_tag
from quizgen.problem.grader import Grader
from quizgen.problem.model import Answer
from quizgen.render import fill
from quizgen.render.escaping import escaped
from quizgen.render.numbers import worked
from quizgen.render.spelled import spelled
from quizgen.world.worlds import world

Progress = Callable[[str, int, int], None]  # what is being done, how far, of how many


def blank_sheet(exam: Exam) -> str:
    """The sheet to type answers into: students and tags filled in, one column per cell."""
    headings, rows = _sheet_rows(exam)
    empty = [""] * len(columns_of(exam))
    return write_csv(headings, ([*row, *empty] for row in rows))


def blank_workbook(exam: Exam) -> bytes:
    """The same sheet as a workbook whose cells are text; those that a paper does not ask are grey."""
    from quizgen.workbook import write_workbook

    headings, rows = _sheet_rows(exam)
    numbers = np.array([paper.number for paper in exam.papers])
    asked = np.array([_asked_cell(question, answer, cell)[numbers - 1] for question, answer, cell in columns_of(exam)])
    return write_workbook(
        headings,
        ([*row, *("" if held else None for held in mine)] for row, mine in zip(rows, asked.T.tolist(), strict=True)),
    )


def _sheet_rows(exam: Exam) -> tuple[list[str], Iterator[list[str]]]:
    """The headings of a sheet, and what is filled in for each student."""
    details = list(dict.fromkeys(name for paper in exam.papers for name in paper.details))
    headings = ["student", *details, "tag", "status"]
    headings += [heading_of(question.name, answer.name, cell) for question, answer, cell in columns_of(exam)]
    rows = (
        [p.student, *(p.details.get(name, "") for name in details), write_tag(exam.code, p.number), ""]
        for p in exam.papers
    )
    return headings, rows


def _asked_cell(question: Question, answer: Answer, cell: tuple[int, ...]) -> np.ndarray:
    """Mask of all papers that ask a cell: their own variant may be smaller than the largest."""
    mask = _asking(question)
    if not answer.cells:
        return mask
    sizes = question.expected[answer.name].shape
    return np.asarray(mask & np.all(sizes >= np.array(cell)[:, None], axis=0)) if cell else mask


def write_booklets(exam: Exam, folder: Path, progress: Progress) -> None:
    """One Markdown booklet per variant; nothing in it betrays an answer."""
    place = folder / "booklets"
    place.mkdir()
    questions = [questions_text(exam, question) for question in exam.questions]
    students = {paper.number: paper for paper in exam.papers} if exam.has_roster else {}
    for number in range(1, exam.n + 1):
        head = _head(exam, number, students.get(number))
        parts = [head, *_asked(exam, number, questions)]
        (place / f"{number:03d}.md").write_text("\n".join(parts), encoding="utf-8", newline="\n")
        progress("writing booklets", number, exam.n)


def write_staff(exam: Exam, folder: Path, secret: bytes | None, progress: Progress) -> None:
    """The secret and the answer key with worked solutions, readable by the owner only."""
    staff = folder / "staff"
    (staff / "key").mkdir(parents=True, mode=0o700)
    staff.chmod(0o700)
    if secret is not None:
        write_private(staff / "secret.txt", f"{secret.hex()}\n".encode())
    students = {paper.number: paper for paper in exam.papers} if exam.has_roster else {}
    headings = ["paper", "student", "tag", *(heading_of(q.name, a.name, cell) for q, a, cell in columns_of(exam))]
    values = [_expected_texts(question, answer, cell) for question, answer, cell in columns_of(exam)]
    rows = (
        [i, students[i].student if i in students else "", write_tag(exam.code, i), *cells]
        for i, cells in enumerate(zip(*values, strict=True), start=1)
    )
    write_private(staff / "key.csv", write_csv(headings, rows).encode())
    solutions = [solutions_text(question) for question in exam.questions]
    for number in range(1, exam.n + 1):
        parts = [
            f"# Key to paper {write_tag(exam.code, number)} {_named(students.get(number))}".rstrip() + "\n",
            *_asked(exam, number, solutions),
        ]
        write_private(staff / "key" / f"{number:03d}.md", "\n".join(parts).encode())
        progress("writing the key", number, exam.n)


def _asked(exam: Exam, number: int, texts: Sequence[Sequence[str]]) -> list[str]:
    """The texts of the questions that a paper asks."""
    paper = np.array([number])
    return [text[number - 1] for question, text in zip(exam.questions, texts, strict=True) if question.asks(paper)[0]]


def _head(exam: Exam, number: int, paper: Paper | None) -> str:
    """The top of a booklet."""
    student = _named(paper) or "Name: ____________________  Student id: ____________"
    lines = [
        f"# {escaped(exam.title)}",
        "",
        f"Paper `{write_tag(exam.code, number)}` · {_worth(exam.total, exam.minutes, ' · ')} · {student}",
        "",
        *(line for pick in exam.picks for line in (_chosen(exam, pick, number), "")),
        "Each wrong step is paid for once: later answers are judged from your own earlier figures, so go on with what",
        "you have. Write matrices row by row. Round only what you write down, to the precision asked.",
        "",
    ]
    if exam.seed is not None:
        lines += ["*A practice sheet: drawn from a public seed, not a secret.*", ""]
    return "\n".join(lines)


def _chosen(exam: Exam, pick: Pick, number: int) -> str:
    """Which questions of a choice a paper asks."""
    asking = {question.name for question in exam.questions if question.asks(np.array([number]))[0]}
    mine, others = [n for n in pick.questions if n in asking], [n for n in pick.questions if n not in asking]
    return f"This paper asks {_listed(mine)}; {_listed(others)} {'is' if len(others) == 1 else 'are'} not asked."


def _listed(names: Sequence[str]) -> str:
    """Names in a sentence."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _worth(points: Fraction, minutes: Fraction | None, between: str) -> str:
    """Points, and minutes where they are stated."""
    return counted(points, "point") + (f"{between}{counted(minutes, 'minute')}" if minutes else "")


def _named(paper: Paper | None) -> str:
    """A student's id and name, as far as they are known."""
    return f"**{escaped(paper.student)}** {escaped(paper.details.get('name', ''))}".strip() if paper else ""


def questions_text(exam: Exam, question: Question) -> list[str]:
    """A question's text for every variant."""
    truth = world(question.problem, question.params)
    places = answer_places(question, exam.grader)
    texts = fill(question.problem.question, question.problem, truth, places)
    title = f"{question.name} · {escaped(question.problem.title)} ({_worth(question.total, question.minutes, ', ')})"
    return [
        f"---\n\n## {title}\n\n`{write_tag(exam.code, i, question.name)}`\n\n{text}"
        for i, text in enumerate(texts, start=1)
    ]


def answer_places(question: Question, grader: Grader) -> dict[str, str]:
    """What stands where the student answers, by answer."""
    return {answer.name: _place(question, answer, grader) for answer in question.problem.answers}


def _place(question: Question, answer: Answer, grader: Grader) -> str:
    """What stands where the student answers: the column's name, points, kind and precision."""
    head = f"{asked_text(question, answer, grader)}: "
    return head + "______________" if not answer.lines else head + "\n" + "\n\n".join(["_" * 60] * answer.lines)


def asked_text(question: Question, answer: Answer, grader: Grader) -> str:
    """What is asked: the column's name, points, kind and precision."""
    name, points = heading_of(question.name, answer.name), counted(question.points[answer.name], "point")
    return f"**{name}** ({points}; {answer.asks(grader.tolerance)})"


def solutions_text(question: Question) -> list[str]:
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
        texts = [spelled(answer, question.expected[answer.name].column(i)) for i in range(question.n)]
        return [text if asked else "" for text, asked in zip(texts, _asking(question), strict=True)]
    cells = question.expected[answer.name].cells[tuple(i - 1 for i in cell)]
    numbers = np.where(_asking(question), cells.astype(float), np.nan)
    return ["" if np.isnan(value) else worked(value) for value in numbers.tolist()]


def _asking(question: Question) -> np.ndarray:
    """Mask of all papers in which a question is asked."""
    return question.asks(np.arange(1, question.n + 1))


def counted(number: Fraction, what: str) -> str:
    """A number with its word.

    >>> counted(Fraction(1), "point"), counted(Fraction(5, 2), "point"), counted(Fraction(4, 3), "point")
    ('1 point', '2.5 points', '4/3 points')
    """
    has_decimals = 10**9 % number.denominator == 0
    text = worked(float(number)) if has_decimals else str(number)
    return f"{text} {what}" if number == 1 else f"{text} {what}s"
