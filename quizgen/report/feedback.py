"""What a student gets: own answer, right answer, what became of it and why, and the worked solution."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from quizgen.answers.agreement import agree
from quizgen.exam.model import Exam, Question, heading_of
from quizgen.exam.tags import write_tag
from quizgen.grading import Graded, Part
from quizgen.marking.outcomes import OUTCOMES, RULES, Outcome, Rule
from quizgen.problem.grader import Grader
from quizgen.problem.model import Mistake
from quizgen.render import fill
from quizgen.render.markdown import escaped
from quizgen.render.values import right_answers
from quizgen.world.worlds import world

_UNSAFE = re.compile(r"[^\w.-]")


def feedback_texts(exam: Exam, grader: Grader, block: Graded) -> Iterator[tuple[str, str]]:
    """File name and Markdown text for every student of a block; nothing about anybody else."""
    solutions = {question.name: _solutions(question, block.handins.papers) for question in exam.questions}
    parts = [_lines(part, grader, block.handins.papers) for part in block.parts]
    totals = block.total.rounded(grader.round_to)
    questions = {
        question.name: block.of_question(question.name).rounded(grader.round_to) for question in exam.questions
    }
    asked = {question.name: block.asks(question) for question in exam.questions}
    known = {p.student: f" {escaped(p.details['name'])}" for p in exam.papers if p.details.get("name")}
    names = file_names(block.handins.students.tolist())
    for row, student in enumerate(block.handins.students.tolist()):
        whose = f"Student **{escaped(student)}**{known.get(student, '')}"
        paper = write_tag(exam.code, int(block.handins.papers[row]))
        text = [
            f"# {escaped(exam.title)}",
            "",
            f"{whose}, paper `{paper}`: **{totals[row]:g} of {float(exam.total):g} points**",
            "",
        ]
        for question in exam.questions:
            if not asked[question.name][row]:
                continue
            own = [lines[row] for lines, part in zip(parts, block.parts, strict=True) if part.question is question]
            points = f"{questions[question.name][row]:g} of {float(question.total):g} points"
            text += [f"## {question.name} · {escaped(question.problem.title)}: {points}", "", *own, ""]
            text += ["### Worked solution", "", solutions[question.name][row], ""]
        yield names[row], "\n".join(text)


def file_names(students: Sequence[str]) -> list[str]:
    """A file name for every student, all different, with nothing in it that a file system would mind."""
    names = []
    taken: set[str] = set()
    for student in students:
        name = _UNSAFE.sub("_", student)[:80].lstrip(".")
        if name != student or name.lower() in taken:
            name += "~" + hashlib.blake2b(student.encode(), digest_size=4).hexdigest()
        taken.add(name.lower())
        names.append(f"{name}.md")
    return names


def _solutions(question: Question, papers: np.ndarray) -> list[str]:
    """The worked solution of each student's variant."""
    truth = world(question.problem, question.take(papers))
    return fill(question.problem.solution, question.problem, truth, {})


@dataclass(frozen=True)
class _Row:
    """One student's answer: its marks, the right answer, and what the student's own figures lead to."""

    part: Part
    row: int
    expected: str
    own: str
    right: int  # of its cells
    cells: int

    @property
    def rule(self) -> Rule:
        """The rule that spoke."""
        return RULES[int(self.part.marked.rule[self.row])]

    def mistakes(self, *numbers: int) -> list[Mistake]:
        """Mistakes by number; -1 is none."""
        return [self.part.question.problem.named[number] for number in numbers if number >= 0]


def _lines(part: Part, grader: Grader, papers: np.ndarray) -> list[str]:
    """One answer's paragraph for every student; numbers are shown to the precision that was asked."""
    asked = part.answer.ask or part.answer.tolerance(grader.tolerance)
    right = part.question.expected[part.answer.name].take(papers - 1)
    expected = right_answers(part.answer, replace(right, cells=asked.rounded(right.cells)))
    own = np.full(len(papers), "", dtype=object)
    mine = replace(part.marked.own, cells=asked.rounded(part.marked.own.cells))
    own[part.marked.own_rows] = right_answers(part.answer, mine)
    agreeing = agree(part.arrays.value, right, part.answer.tolerance(grader.tolerance)).cells
    counts = agreeing.sum(axis=tuple(range(part.answer.axes)))
    sizes = right.inside.sum(axis=tuple(range(right.axes)))
    points = np.round(part.points.floats, 4)
    worth = float(part.question.points[part.answer.name])
    name = heading_of(part.question.name, part.answer.name)
    lines = []
    for row in range(len(papers)):
        outcome = OUTCOMES[part.marked.outcome[row]]
        if part.answer.by_hand:
            told = "marked by hand" if outcome is Outcome.DECIDED else "not marked yet"
            lines.append(f"- **{name}** ({points[row]:g} of {worth:g}): *{told}*.")
            continue
        given = part.texts[row].strip()[:400].replace("`", " ")
        shown = f" You gave `{' '.join(given.split())}`." if given else ""
        said = _SAYS[outcome](_Row(part, row, expected[row], own[row], counts[row], sizes[row]))
        lines.append(f"- **{name}** ({points[row]:g} of {worth:g}): *{outcome}*.{shown}{said}")
    return lines


def _right(answer: _Row) -> str:
    return "" if answer.rule is Rule.TRUTH else f" From unrounded figures it is `{answer.expected}`."


def _carried(answer: _Row) -> str:
    told = f" Right from your own earlier figures; without the earlier slip it would be `{answer.expected}`."
    if answer.rule is Rule.AGAIN:
        for mistake in answer.mistakes(answer.part.marked.note[answer.row]):
            told += f" “{escaped(mistake.title)}” is in it again: charged before, it costs nothing here."
    return told


def _mistake(answer: _Row) -> str:
    made = answer.mistakes(answer.part.marked.note[answer.row], answer.part.marked.second[answer.row])
    told = [f" This is what one gets by “{escaped(mistake.title)}”: {escaped(mistake.says)}" for mistake in made]
    return f"{' And:'.join(told)} The right answer is `{answer.expected}`."


def _partial(answer: _Row) -> str:
    return f" {answer.right} of {answer.cells} cells are right.{_wrong(answer)}"


def _wrong(answer: _Row) -> str:
    told = f" The right answer is `{answer.expected}`."
    if answer.own and answer.own != answer.expected:
        told += f" From your own earlier figures it would be `{answer.own}`."
    if candidates := answer.mistakes(*answer.part.marked.candidates.get(answer.row, ())):
        told += f" It may come from {' or '.join(f'“{escaped(mistake.title)}”' for mistake in candidates)}."
    if answer.rule in (Rule.EASY, Rule.IMPOSSIBLE, Rule.CONSTANT):
        told += f" No credit is carried here: {answer.rule}."
    return told


def _unread(answer: _Row) -> str:
    why = escaped(str(answer.part.arrays.why[answer.row]))
    told = f" It could not be read ({why}) and waits for a person to look at it."
    return f"{told} The right answer is `{answer.expected}`."


def _silent(answer: _Row) -> str:
    return f" The right answer is `{answer.expected}`." if answer.expected else ""


_SAYS: dict[Outcome, Callable[[_Row], str]] = {
    Outcome.CORRECT: _right,
    Outcome.CARRIED: _carried,
    Outcome.MISTAKE: _mistake,
    Outcome.PARTIAL: _partial,
    Outcome.WRONG: _wrong,
    Outcome.BLANK: _silent,
    Outcome.UNREADABLE: _unread,
    Outcome.NOT_ASKED: _silent,
    Outcome.DECIDED: _silent,
}
