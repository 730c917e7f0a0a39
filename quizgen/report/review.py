"""What waits for a person: one row for each answer, or for each spelling that several students share."""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from quizgen.answers.reading import UNREADABLE
from quizgen.decisions import PAPER, Decisions, Waiting, plain_text
from quizgen.exam.model import Exam
from quizgen.exam.tags import write_tag
from quizgen.grading import Graded, Part
from quizgen.marking.outcomes import RULES, Rule
from quizgen.misreads import Right, misreads
from quizgen.problem.grader import Grader
from quizgen.render.numbers import worked

_NEITHER = "'{}' cannot be read either"
_SEVERAL = 2  # students who share a spelling are decided together


def waiting_in(block: Graded) -> list[Waiting]:
    """Every answer of a block that a person should look at."""
    return [one for part in block.parts for one in _of_part(part, block)]


def misread_in(
    exam: Exam, grader: Grader, block: Graded, students: int, decisions: Decisions, right: Right | None = None
) -> tuple[Graded, list[Waiting]]:
    """The sheets of a block that fit another paper far better than chance allows, unless somebody decided which it is.

    `students`: of all blocks; `right`: see `misreads`. Gives the block, knowing them, and a row for each.
    """
    decided, rows, found = decisions.papers(), [], []
    for one in misreads(exam, grader, block, students, right=right):
        paper, student = int(block.handins.sheets[one.row]), str(block.handins.students[one.row])
        if paper not in decided:
            rows.append(one.row)
            why = f"{one.says}{_recorded_by(exam, one.variant, student)}"
            found.append(Waiting(paper, student, PAPER, "", f"paper {one.own:03d}", why))
    return replace(block, suspicious=tuple(rows)), found


def _recorded_by(exam: Exam, paper: int, student: str) -> str:
    """The command that records that a student holds another paper.

    Nothing for a student whom the exam does not know, and where several papers are the same: it may be any of them.
    """
    if exam.versions or student not in exam.students:
        return ""
    return f"; if so: quizgen assign {write_tag(exam.code, paper)} {shlex.quote(student)}"


def grouped(waiting: Sequence[Waiting]) -> list[Waiting]:
    """The same, with one row in place of all the answers that cannot be read for the same reason and spelling."""
    counts = Counter((one.given, one.why) for one in waiting if one.unreadable)
    places = defaultdict(set)
    for one in waiting:
        places[one.given, one.why].add((one.question, one.answer, one.worth))
    rows: dict[tuple[str, str], Waiting] = {}
    left = []
    for one in waiting:
        spelling = (one.given, one.why)
        if not one.unreadable or counts[spelling] < _SEVERAL:
            left.append(one)
            continue
        here = places[spelling]
        question, answer, worth = next(iter(here)) if len(here) == 1 else ("", "", "")
        rows[spelling] = Waiting(0, f"{counts[spelling]} answers", question, answer, one.given, one.why, worth)
    return [*rows.values(), *left]


def joined(waiting: Iterable[Waiting], before: Iterable[Waiting]) -> list[Waiting]:
    """What waits now with what was written beside it before, and what was decided before."""
    old = {one.key: one for one in before}
    rows = {}
    for one in waiting:
        known = old.get(one.key, one)
        again = known.decided  # and yet it waits: what was written cannot be read
        rows[one.key] = replace(known, failed=True, why=_NEITHER.format(known.read_as)) if again else known
    return list(({key: one for key, one in old.items() if one.decided} | rows).values())


def _of_part(part: Part, block: Graded) -> list[Waiting]:
    """What waits of one answer."""
    worth = worked(float(part.question.points[part.answer.name]))
    found = []
    for row in np.flatnonzero(part.waiting).tolist():
        unreadable = part.arrays.state[row] == UNREADABLE
        given = plain_text(str(part.texts[row]))
        paper, student = int(block.handins.sheets[row]), str(block.handins.students[row])
        name = (part.question.name, part.answer.name)
        found.append(Waiting(paper, student, *name, given, _why(part, row), worth, unreadable=bool(unreadable)))
    return found


def _why(part: Part, row: int) -> str:
    """Why an answer waits."""
    if part.arrays.why[row]:
        return str(part.arrays.why[row])
    rule = RULES[int(part.marked.rule[row])]
    return {Rule.EASY: "right from own figures that leave no work to do"}.get(rule, str(rule))
