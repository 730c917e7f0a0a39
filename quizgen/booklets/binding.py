"""An exam -> booklets, a block of papers at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from quizgen.bank.blueprint import Pick
from quizgen.booklets.asking import asks_of, listed
from quizgen.booklets.model import Booklet, Cover, Field, Right, Section
from quizgen.exam.model import Exam, Paper, Question, heading_of
from quizgen.exam.tags import write_tag
from quizgen.problem.grader import Grader
from quizgen.problem.kinds import TOLERANT
from quizgen.problem.model import Answer
from quizgen.render.filling import filled
from quizgen.render.numbers import latex, worked
from quizgen.render.spelled import spelled
from quizgen.world.worlds import world

TOGETHER = 256  # papers whose texts are in memory at once


def bind(exam: Exam, numbers: Sequence[int] | None = None, *, solutions: bool = False) -> Iterator[Booklet]:
    """The booklets of some papers (all, if none are named), with right answers and `solutions` for the key."""
    papers = np.arange(1, exam.n + 1) if numbers is None else np.array(numbers, dtype=np.intp)
    holders = {paper.number: paper for paper in exam.papers} if exam.has_roster else {}
    fields = {question.name: fields_of(question, exam.grader) for question in exam.questions}
    for start in range(0, len(papers), TOGETHER):
        block = papers[start : start + TOGETHER]
        sections = [sections_of(exam.code, q, block, fields[q.name], solutions=solutions) for q in exam.questions]
        asked = [question.asks(block) for question in exam.questions]
        for row, number in enumerate(block.tolist()):
            yield Booklet(
                exam=exam.id,
                number=number,
                tag=write_tag(exam.code, number),
                language="en",
                cover=_cover(exam, number, holders.get(number)),
                sections=tuple(mine[row] for mine, asks in zip(sections, asked, strict=True) if asks[row]),
            )


def fields_of(question: Question, grader: Grader) -> tuple[Field, ...]:
    """The fields of a question: the same for every paper."""
    return tuple(
        Field(
            name=heading_of(question.name, answer.name),
            answer=answer,
            points=question.points[answer.name],
            asks=asks_of(answer, grader),
            shape=tuple(int(size) for size in question.expected[answer.name].largest) if answer.cells else (),
            working=answer.working or question.working,
        )
        for answer in question.problem.answers
    )


def sections_of(
    code: str, question: Question, numbers: np.ndarray, fields: tuple[Field, ...], *, solutions: bool
) -> list[Section]:
    """A question as each of some papers asks it; `code` is the exam's."""
    problem = question.problem
    truth = world(problem, question.take(numbers))
    texts = filled(problem.question, problem, truth)
    solved = filled(problem.solution, problem, truth) if solutions else [None] * len(texts)
    return [
        Section(
            name=question.name,
            title=problem.title,
            points=question.total,
            minutes=question.minutes,
            tag=write_tag(code, number, question.name),
            text=text,
            fields=fields,
            right=tuple(_right(question, answer, number) for answer in problem.answers) if solutions else (),
            solution=solution,
        )
        for number, text, solution in zip(numbers.tolist(), texts, solved, strict=True)
    ]


def _right(question: Question, answer: Answer, number: int) -> Right:
    cells = question.expected[answer.name].column(number - 1)
    tex = latex(cells, worked) if answer.kind in TOLERANT and cells.size else ""
    return Right(heading_of(question.name, answer.name), spelled(answer, cells), tex)


def _cover(exam: Exam, number: int, paper: Paper | None) -> Cover:
    return Cover(
        title=exam.title,
        date=exam.date,
        points=exam.total,
        minutes=exam.minutes,
        aids=exam.aids,
        chosen=tuple(_chosen(exam, pick, number) for pick in exam.picks),
        student=paper.student if paper else "",
        name=paper.details.get("name", "") if paper else "",
        practice=exam.seed is not None,
    )


def _chosen(exam: Exam, pick: Pick, number: int) -> str:
    """Which questions of a choice a paper asks."""
    asking = {question.name for question in exam.questions if question.asks(np.array([number]))[0]}
    mine, others = [n for n in pick.questions if n in asking], [n for n in pick.questions if n not in asking]
    return f"This paper asks {listed(mine)}; {listed(others)} {'is' if len(others) == 1 else 'are'} not asked."
