"""What a student gets: own answer, right answer, what became of it and why, and the worked solution."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from quizgen.exam import Exam, Question, heading_of
from quizgen.grader import Grader
from quizgen.grading import Graded, Part
from quizgen.outcomes import OUTCOMES, RULES, Outcome, Rule
from quizgen.render import fill
from quizgen.render.markdown import escaped
from quizgen.report.tables import texts_of
from quizgen.tags import write_tag
from quizgen.world import world

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def feedback_texts(exam: Exam, grader: Grader, block: Graded) -> Iterator[tuple[str, str]]:
    """File name and Markdown text for every student of a block; nothing about anybody else."""
    solutions = {question.name: _solutions(question, block.handins.papers) for question in exam.questions}
    parts = [_lines(grader, part, block.handins.papers) for part in block.parts]
    totals = block.total.rounded(grader.round_to)
    questions = {question.name: block.of_question(question.name).rounded(grader.round_to) for question in exam.questions}
    names = file_names(block.handins.students.tolist())
    for row, student in enumerate(block.handins.students.tolist()):
        paper = write_tag(exam.code, int(block.handins.papers[row]))
        text = [
            f"# {escaped(exam.title)}",
            "",
            f"Student **{escaped(student)}**, paper `{paper}`: **{totals[row]:g} of {float(exam.total):g} points**",
            "",
        ]
        for question in exam.questions:
            own = [lines[row] for lines, part in zip(parts, block.parts, strict=True) if part.question is question]
            points = f"{questions[question.name][row]:g} of {float(question.total):g} points"
            text += [f"## {question.name} · {escaped(question.problem.title)}: {points}", "", *own, ""]
            text += ["### Worked solution", "", solutions[question.name][row], ""]
        yield names[row], "\n".join(text)


def file_names(students: Sequence[str]) -> list[str]:
    """A file name for every student, all different, with nothing in it that a file system would mind."""
    names = [_UNSAFE.sub("_", student)[:80].lstrip(".") or "_" for student in students]
    folded = [name.lower() for name in names]
    counts: dict[str, int] = {}
    for i, name in enumerate(folded):
        counts[name] = counts.get(name, 0) + 1
        if counts[name] > 1 or names[i] != students[i]:
            names[i] = f"{names[i]}~{i + 1}"
    return [f"{name}.md" for name in names]


def _solutions(question: Question, papers: np.ndarray) -> list[str]:
    """The worked solution of each student's variant."""
    truth = world(question.problem, question.take(papers))
    return fill(question.problem.solution, question.problem, truth, {})


def _lines(grader: Grader, part: Part, papers: np.ndarray) -> list[str]:
    """One answer's paragraph for every student."""
    expected = texts_of(part.question.expected[part.answer.name].take(papers - 1))
    own_at = {int(row): i for i, row in enumerate(part.marked.own_rows.tolist())}
    own = texts_of(part.marked.own)
    points = np.round(part.points.floats, 4)
    worth = float(part.question.points[part.answer.name])
    name = heading_of(part.question.name, part.answer.name)
    lines = []
    for row in range(len(papers)):
        outcome = OUTCOMES[part.marked.outcome[row]]
        given = part.texts[row].strip()[:400]
        shown = f"You gave `{given.replace('`', ' ')}`. " if given else ""
        carried = own[own_at[row]] if row in own_at else ""
        said = _SAYS[outcome](part, row, expected[row], carried)
        lines.append(f"- **{name}** ({points[row]:g} of {worth:g}): *{outcome}*. {shown}{said}")
    return lines


def _right(part: Part, row: int, expected: str, carried: str) -> str:
    if RULES[part.marked.rule[row]] in (Rule.TRUTH, Rule.NONE):
        return ""
    return f"The unrounded value is `{expected}`."


def _carried(part: Part, row: int, expected: str, carried: str) -> str:
    again = ""
    if RULES[part.marked.rule[row]] is Rule.AGAIN and part.marked.note[row] >= 0:
        mistake = part.question.problem.mistakes[part.marked.note[row]]
        again = f" The slip “{escaped(mistake.title)}” is in it again; it was charged before and costs nothing here."
    return f"Right from your own earlier figures; without the earlier slip it would be `{expected}`.{again}"


def _mistake(part: Part, row: int, expected: str, carried: str) -> str:
    told = []
    for number in (part.marked.note[row], part.marked.second[row]):
        if number >= 0:
            mistake = part.question.problem.mistakes[number]
            told.append(f"This is what one gets by “{escaped(mistake.title)}”: {escaped(mistake.says)}")
    return f"{' And: '.join(told)} The right answer is `{expected}`."


def _wrong(part: Part, row: int, expected: str, carried: str) -> str:
    own = f" From your own earlier figures it would be `{carried}`." if carried and carried != expected else ""
    rule = RULES[part.marked.rule[row]]
    why = f" ({rule})" if rule in (Rule.EASY, Rule.IMPOSSIBLE, Rule.CONSTANT) else ""
    several = ""
    if numbers := part.marked.candidates.get(row):
        titles = " or ".join(f"“{escaped(part.question.problem.mistakes[i].title)}”" for i in numbers)
        several = f" It may come from {titles}."
    return f"The right answer is `{expected}`.{own}{several}{why}"


def _unread(part: Part, row: int, expected: str, carried: str) -> str:
    return f"It could not be read as numbers and waits for a person to look at it. The right answer is `{expected}`."


def _silent(part: Part, row: int, expected: str, carried: str) -> str:
    return f"The right answer is `{expected}`." if expected else ""


_SAYS: dict[Outcome, Callable[[Part, int, str, str], str]] = {
    Outcome.CORRECT: _right,
    Outcome.CARRIED: _carried,
    Outcome.MISTAKE: _mistake,
    Outcome.PARTIAL: _wrong,
    Outcome.WRONG: _wrong,
    Outcome.BLANK: _silent,
    Outcome.UNREADABLE: _unread,
    Outcome.NOT_ASKED: _silent,
    Outcome.DECIDED: _silent,
}
