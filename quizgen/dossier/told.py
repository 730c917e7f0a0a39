"""A case -> its dossier, in the words of the student's language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from html import unescape
from pathlib import Path

import numpy as np

from quizgen.bank.folders import read_text
from quizgen.booklets.binding import fields_of, sections_of
from quizgen.booklets.rules import rules_of
from quizgen.decisions import PAPER
from quizgen.dossier.answers import Answers, near
from quizgen.dossier.case import Case
from quizgen.dossier.history import History, history_of, tag_of
from quizgen.dossier.model import Dossier, Listing, QuestionShown, Row, Rules, Shown, Verbatim
from quizgen.exam.model import Question, heading_of
from quizgen.render.words import number, words_of

_RULES = "rules.md"
_ESCAPED = re.compile(r"\\(.)")


def dossier_of(case: Case) -> Dossier:
    """Everything that can be said of one student's paper."""
    return _Telling(case).dossier()


class _Telling:
    """A case while it is told; `exam` has texts in the student's language, `asked` holds questions as first printed."""

    def __init__(self, case: Case) -> None:
        self.case, self.words = case, words_of(case.language)
        self.say, self.exam = self.words.say, case.exam.in_language(case.language)
        self.asked = {question.name: question for question in case.drawn.in_language(case.language).questions}
        self.history: History = history_of(case)

    def dossier(self) -> Dossier:
        """The whole of it."""
        case, say = self.case, self.say
        return Dossier(
            language=self.words.language,
            title=say("dossier-title"),
            exam=case.exam.title,
            student=case.student,
            name=case.details.get("name", ""),
            tag=tag_of(case),
            intro=say("dossier-intro"),
            total=self._total(),
            reckoned=self._reckoned(),
            facts=tuple(self._facts()),
            points=self._points(),
            handed_in=self._handed_in(),
            refused=self._refused(),
            tried_columns=(say("dossier-tried"), say("dossier-gives"), say("dossier-verdict")),
            questions=tuple(self._questions()),
            decisions=self._decisions(),
            corrections=self._corrections(),
            log=self._log(),
            rules=self._rules(),
            words={key: say(f"dossier-{key}") for key in ("question", "answers", "points", "in-order", "spoke")},
        )

    def _facts(self) -> Iterator[tuple[str, Shown]]:
        case, say = self.case, self.say
        yield say("dossier-student"), Verbatim(case.student)
        if name := case.details.get("name", ""):
            yield say("name"), name
        if case.pseudonym:
            yield say("dossier-pseudonym"), Verbatim(case.pseudonym)
        yield say("dossier-exam"), f"{case.exam.title} ({case.exam.id})"
        yield say("paper"), Verbatim(tag_of(case)) if tag_of(case) else say("dossier-pool")
        if former := case.exam.former.get(case.student, ()):
            yield say("dossier-former"), ", ".join(f"{paper:03d}" for paper in former)
        yield say("dossier-status"), say(f"dossier-status-{case.status}")
        yield say("dossier-grader"), f"{case.grader.name} ({case.grader.digest[:12]})"

    def _total(self) -> str:
        if self.case.graded is None:
            return self.say(f"dossier-status-{self.case.status}")
        total = Fraction(str(self.case.graded.total.rounded(self.case.grader.round_to)[0]))
        return self.say("dossier-of", points=number(total), worth=number(self.case.graded.worth.fraction(0)))

    def _reckoned(self) -> str:
        """How the parts add up, and that they are rounded once."""
        graded = self.case.graded
        if graded is None:
            return ""
        terms = [part.points.fraction(0) for part in graded.parts if part.asked[0] or part.points.floats[0]]
        step = self.case.grader.round_to
        total = Fraction(str(graded.total.rounded(step)[0]))
        summed = " + ".join(map(number, terms))
        said = self.say("dossier-sum", sum=summed, exact=near(graded.total.fraction(0)), step=number(step), total=total)
        worth = graded.worth.fraction(0)
        grade = self.case.grader.grade(float(total / worth)) if worth else ""
        return f"{said} {self.say('dossier-grade', grade=grade)}" if grade else said

    def _points(self) -> Listing:
        rows: list[Row] = []
        for question in self.exam.questions:
            if self.case.variant(question):
                got, worth = self._points_of(question)
                rows.append((question.name, question.problem.title, "" if got is None else near(got), number(worth)))
        say = self.say
        columns = (say("question"), say("dossier-subject"), say("dossier-points"), say("dossier-possible"))
        return Listing(say("dossier-points"), columns, tuple(rows))

    def _points_of(self, question: Question) -> tuple[Fraction | None, Fraction]:
        """The points of a question, None if nothing is marked, and how many it counts for this student."""
        if (graded := self.case.graded) is None:
            return None, question.total
        return graded.of_question(question.name).fraction(0), graded.worth_of(question.name).fraction(0)

    def _handed_in(self) -> Listing:
        say = self.say
        columns = ("run", "file", "line-heading", "attempt", "time", "status", "counts")
        rows: list[Row] = []
        for one in self.history.taken_in:
            row = one.row
            place = (Verbatim(one.run), Verbatim(str(row.files[0])), str(row.lines[0]), str(row.attempts[0]))
            status = say(f"dossier-status-{row.status[0] or 'marked'}")
            counts = say("yes") if one.counts else say("dossier-replaced")
            rows.append((*place, str(row.times[0]), status, counts))
        headings = tuple(say(f"dossier-{column}") for column in columns)
        return Listing(say("dossier-handed-in"), headings, tuple(rows), say("dossier-no-rows"))

    def _refused(self) -> Listing:
        say = self.say
        rows: list[Row] = []
        for one in self.history.refused:
            text = Verbatim(one.text) if one.text else say("dossier-unshown")
            later = say("dossier-settled") if one.settled else ""
            rows.append((Verbatim(one.run), Verbatim(one.file), one.line, one.reason, text, later))
        columns = tuple(
            say(f"dossier-{column}") for column in ("run", "file", "line-heading", "reason", "row", "later")
        )
        return Listing(say("dossier-refused"), columns, tuple(rows), say("dossier-none-refused"))

    def _questions(self) -> Iterator[QuestionShown]:
        """The questions of the paper; over the first answers stands how the rules follow each other."""
        order = self.say("dossier-how-to-read")
        for question in self.exam.questions:
            if self.case.variant(question):
                told = self._question(question)
                yield replace(told, order=order) if told.answers else told
                order = "" if told.answers else order

    def _question(self, question: Question) -> QuestionShown:
        """A question as the paper asks it, with what became of its answers."""
        case, asked = self.case, self.asked[question.name]
        fields = fields_of(asked, case.drawn.grader, self.words)
        some = np.array([case.variant(question)])
        section = sections_of(case.exam.code, asked, some, fields, self.words, solutions=False)[0]
        telling = Answers(case, self.history, self.words, {field.answer.name: field.asks for field in fields})
        parts = [part for part in (case.graded.parts if case.graded else ()) if part.question.name == question.name]
        got, worth = self._points_of(question)
        points = self.words.say("points", n=worth)
        if got is not None:
            points = self.say("dossier-of", points=near(got), worth=number(worth))
        shown = tuple(telling.shown(part, question) for part in parts)
        return QuestionShown(question.name, question.problem.title, points, section, shown)

    def _decisions(self) -> Listing:
        say, clean = self.say, self.case.others.without
        rows: list[Row] = []
        for one in self.history.decisions:
            about = say("dossier-sheet") if one.question == PAPER else heading_of(one.question, one.answer)
            rows.append((about, Verbatim(one.given), clean(one.told), clean(one.reason), clean(one.by)))
        columns = tuple(say(f"dossier-{column}") for column in ("answer", "text", "decided-heading", "reason", "by"))
        return Listing(say("dossier-decisions"), columns, tuple(rows), say("dossier-none-decided"))

    def _corrections(self) -> Listing:
        say, clean = self.say, self.case.others.without
        rows: list[Row] = []
        for one in self.history.corrections:
            floors = [floor for floor in one.floors if floor.student == self.case.student and floor.points]
            kept = ", ".join(f"{heading_of(f.question, f.answer)}: {number(f.points)}" for f in floors)
            files = ", ".join(one.files)
            rows.append((f"{one.number:03d}", one.at, clean(one.by), clean(one.reason), files, kept))
        columns = tuple(say(f"dossier-{column}") for column in ("number", "time", "by", "reason", "files", "floors"))
        return Listing(say("dossier-corrections"), columns, tuple(rows), say("dossier-none-corrected"))

    def _log(self) -> Listing:
        say = self.say
        rows = tuple(
            (str(one.number), one.at, one.by, one.what, one.said, Verbatim(one.proof)) for one in self.history.logged
        )
        columns = tuple(say(f"dossier-{column}") for column in ("number", "time", "by", "what", "said", "proof"))
        return Listing(say("dossier-log"), columns, rows, say("dossier-none-logged"), say("dossier-proof-note"))

    def _rules(self) -> Rules:
        """The rules that were published; those of the grader where another one marked, or none were published."""
        case = self.case
        path = case.folder / _RULES
        marked = rules_of(case.grader, self.words.language, case.exam)
        if case.as_published and path.exists():
            return Rules(marked.title, _parts_of(path), self.say("dossier-rules-published"))
        return Rules(marked.title, marked.parts, self.say("dossier-rules-of-grader", grader=case.grader.name))


def _parts_of(path: Path) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The headings and sentences of rules.md."""
    parts: list[tuple[str, list[str]]] = []
    for line in read_text(path).splitlines():
        if line.startswith("## "):
            parts.append((_plain(line[3:]), []))
        elif line.startswith("- ") and parts:
            parts[-1][1].append(_plain(line[2:]))
    return tuple((heading, tuple(sentences)) for heading, sentences in parts)


def _plain(text: str) -> str:
    """A line of rules.md without the signs that keep Markdown away."""
    return unescape(_ESCAPED.sub(r"\1", text.strip()))
