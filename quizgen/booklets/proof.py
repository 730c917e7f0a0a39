"""What a second examiner reads: one whole paper, and of each question the easiest and the hardest variant, solved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from quizgen.booklets.binding import bind, fields_of, sections_of
from quizgen.booklets.forms import Printing
from quizgen.booklets.model import Booklet, Section
from quizgen.booklets.payload import Look, Mode, payload
from quizgen.booklets.pdf import TEMPLATE
from quizgen.draw.evenness import work
from quizgen.exam.model import Exam, Question
from quizgen.exam.private import write_private
from quizgen.exam.wishes import NO_WISHES
from quizgen.press import pages_of, refuse_without_typst, typeset
from quizgen.render.words import Wording, words_of
from quizgen.world.worlds import world


def write_proof(exam: Exam, staff: Path, printing: Printing) -> Path:
    """Write `proof.pdf`, for the owner's eyes only: it holds right answers."""
    refuse_without_typst()
    booklet, notes = proof_of(exam)
    look = Look(paper=printing.paper)
    pages = pages_of(typeset(payload(booklet, Mode.PROOF, look, notes=notes), TEMPLATE))
    pdf = typeset(payload(booklet, Mode.PROOF, look, codes=pages, notes=notes), TEMPLATE)
    write_private(staff / "proof.pdf", pdf)
    return staff / "proof.pdf"


def proof_of(exam: Exam) -> tuple[Booklet, tuple[str, ...]]:
    """A paper of middling work, with the easiest and the hardest variant after each of its questions, and what each is.

    Of a choice, the questions that this paper does not ask are there as well.
    """
    took = {question.name: work(world(question.problem, question.params)) for question in exam.questions}
    total = sum((took[q.name] * q.asks(np.arange(1, exam.n + 1)) for q in exam.questions), np.zeros(exam.n))
    number = int(np.argsort(total, kind="stable")[(exam.n - 1) // 2]) + 1
    booklet = next(iter(bind(exam, [number], solutions=True)))
    words = words_of(booklet.language)
    spoken = exam.in_language(words.language)
    told = [part for q in spoken.questions for part in _variants(spoken, q, took[q.name], number, words)]
    sections, notes = tuple(section for section, _ in told), tuple(note for _, note in told)
    about = (words.say("proof-paper", tag=booklet.tag),)
    cover = replace(booklet.cover, student="", name="", minutes=exam.minutes, chosen=about)
    return replace(booklet, cover=cover, sections=sections, wishes=NO_WISHES), notes


def _variants(
    exam: Exam, question: Question, took: np.ndarray, specimen: int, words: Wording
) -> Iterator[tuple[Section, str]]:
    """The variants of a question that are shown, each with what it is and the operations that it takes by hand."""
    numbers = np.arange(1, exam.n + 1)[question.asks(np.arange(1, exam.n + 1))]
    order = numbers[np.argsort(took[numbers - 1], kind="stable")].tolist()
    roles = {"specimen": specimen} if specimen in order else {}
    if not order:  # of a choice among few papers, perhaps none asks it
        return
    if took[order[0] - 1] < took[order[-1] - 1] or not roles:
        roles |= {"least-work": order[0], "most-work": order[-1]}
    fields = fields_of(question, exam.grader, words)
    for number in dict.fromkeys(roles.values()):
        section = sections_of(exam.code, question, np.array([number]), fields, words, solutions=True)[0]
        names = ", ".join(words.say(role) for role, held in roles.items() if held == number)
        yield section, f"{names} · {words.say('operations', n=Fraction(took[number - 1]).limit_denominator(1000))}"
