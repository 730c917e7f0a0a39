"""An exam -> booklets, a block of papers at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from quizgen.bank.blueprint import Pick
from quizgen.booklets.asking import asks_of
from quizgen.booklets.model import Booklet, Cover, Field, Right, Section
from quizgen.booklets.rules import rules_of
from quizgen.errors import QuizgenError
from quizgen.exam.model import Exam, Paper, Question, heading_of
from quizgen.exam.tags import write_tag, write_tags
from quizgen.exam.wishes import NO_WISHES, Wishes, wishes_of
from quizgen.problem.grader import Grader
from quizgen.problem.kinds import TOLERANT
from quizgen.problem.model import Answer
from quizgen.render.filling import filled
from quizgen.render.numbers import latex, worked
from quizgen.render.spelled import spelled
from quizgen.render.words import Wording, words_of
from quizgen.world.worlds import world

TOGETHER = 256  # papers whose texts are in memory at once


def bind(
    exam: Exam, numbers: Sequence[int] | None = None, *, solutions: bool = False, language: str = ""
) -> Iterator[Booklet]:
    """The booklets of some papers (all, if none are named), with right answers and `solutions` for the key.

    They are in the language that the roster asks for, else in `language`, else in the exam's own.
    """
    papers = np.arange(1, exam.n + 1) if numbers is None else np.array(numbers, dtype=np.intp)
    holders = exam.named
    wishes = {number: _wishes(holders[number]) for number in papers.tolist() if number in holders}
    spoken = [
        words_of((number in wishes and wishes[number].language) or language or exam.language).language
        for number in papers.tolist()
    ]
    editions = {code: _Edition(exam, code, holders, wishes, solutions=solutions) for code in dict.fromkeys(spoken)}
    for start in range(0, len(papers), TOGETHER):
        block, codes = papers[start : start + TOGETHER], np.array(spoken[start : start + TOGETHER])
        bound = {
            booklet.number: booklet for code in editions for booklet in editions[code].booklets(block[codes == code])
        }
        yield from (bound[number] for number in block.tolist())


def _wishes(paper: Paper) -> Wishes:
    """What the roster asks for a student; raises QuizgenError with the student's name."""
    try:
        return wishes_of(paper.details)
    except QuizgenError as error:
        raise error.at(f"the roster's '{paper.student}'") from None


class _Edition:
    """An exam in one language, with what is the same in all its booklets."""

    def __init__(
        self,
        exam: Exam,
        language: str,
        holders: Mapping[int, Paper],
        wishes: Mapping[int, Wishes],
        *,
        solutions: bool,
    ) -> None:
        self.exam = exam.in_language(language)
        self.words = words_of(language)
        self.holders, self.wishes, self.solutions = holders, wishes, solutions
        self.rules = rules_of(exam.grader, language, exam)
        self.fields = {question.name: fields_of(question, exam.grader, self.words) for question in exam.questions}

    def booklets(self, numbers: np.ndarray) -> Iterator[Booklet]:
        """The booklets of some papers."""
        exam = self.exam
        sections = [
            sections_of(exam.code, question, numbers, self.fields[question.name], self.words, solutions=self.solutions)
            for question in exam.questions
        ]
        asked = [question.asks(numbers) for question in exam.questions]
        for row, number in enumerate(numbers.tolist()):
            yield Booklet(
                exam=exam.id,
                number=number,
                tag=write_tag(exam.code, number),
                language=self.words.language,
                cover=self._cover(number),
                sections=tuple(mine[row] for mine, asks in zip(sections, asked, strict=True) if asks[row]),
                wishes=self.wishes.get(number, NO_WISHES),
                revision=exam.revision,
            )

    def _cover(self, number: int) -> Cover:
        exam, paper = self.exam, self.holders.get(number)
        extra = self.wishes.get(number, NO_WISHES).extra
        return Cover(
            title=exam.title,
            date=exam.date,
            points=exam.total,
            minutes=exam.minutes and exam.minutes + extra.minutes(exam.minutes),
            aids=exam.aids,
            rules=self.rules.short,
            chosen=tuple(self._chosen(pick, number) for pick in exam.picks),
            student=paper.student if paper else "",
            name=paper.details.get("name", "") if paper else "",
            practice=exam.seed is not None,
        )

    def _chosen(self, pick: Pick, number: int) -> str:
        """Which questions of a choice a paper asks."""
        asking = {question.name for question in self.exam.questions if question.asks(np.array([number]))[0]}
        mine, others = [n for n in pick.questions if n in asking], [n for n in pick.questions if n not in asking]
        listed = self.words.listed
        return self.words.say("asks", n=len(others), asked=listed(mine), others=listed(others))


def fields_of(question: Question, grader: Grader, words: Wording) -> tuple[Field, ...]:
    """The fields of a question: the same for every paper."""
    return tuple(
        Field(
            name=heading_of(question.name, answer.name),
            answer=answer,
            points=question.points[answer.name],
            asks=asks_of(answer, grader, words),
            shape=tuple(int(size) for size in question.expected[answer.name].largest) if answer.cells else (),
            working=answer.working or question.working,
        )
        for answer in question.problem.answers
    )


def sections_of(
    code: str,
    question: Question,
    numbers: np.ndarray,
    fields: tuple[Field, ...],
    words: Wording,
    *,
    solutions: bool,
) -> list[Section]:
    """A question as each of some papers asks it; `code` is the exam's."""
    problem = question.problem
    truth = world(problem, question.take(numbers))
    texts = filled(problem.question, problem, truth)
    solved = filled(problem.solution, problem, truth) if solutions else [None] * len(texts)
    papers = numbers.tolist()
    tags = write_tags(code, papers, question.name)
    return [
        Section(
            name=question.name,
            title=problem.title,
            points=question.total,
            minutes=question.minutes,
            tag=tag,
            language=words.language,
            text=text,
            fields=fields,
            right=tuple(_right(question, answer, number) for answer in problem.answers) if solutions else (),
            solution=solution,
        )
        for number, tag, text, solution in zip(papers, tags, texts, solved, strict=True)
    ]


def _right(question: Question, answer: Answer, number: int) -> Right:
    cells = question.right(answer.name, number)
    tex = latex(cells, worked) if answer.kind in TOLERANT and cells.size else ""
    return Right(heading_of(question.name, answer.name), spelled(answer, cells), tex)
