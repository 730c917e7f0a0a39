"""Brightspace: CSV files for the question library, one for each section of questions.

The library's CSV knows neither numbers nor blanks, but short answers that a pattern judges, and a pattern can know an
interval exactly. A variant with several boxes is one line of text, with semicolons between; it is right as a whole or
not at all there, and quizgen takes it apart again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from html import escape
from typing import BinaryIO

from quizgen.exam.model import Exam, Question
from quizgen.export.brackets import boxes_of, in_a_line, marked, typed_together, worth
from quizgen.export.choices import choices_of, is_chosen
from quizgen.export.decimals import MOST_DECIMALS, decimals_asked, within
from quizgen.export.formats import WITHOUT_FORMULAS, Format, Manners
from quizgen.export.items import Asked, Box, Item
from quizgen.export.labels import solution_of
from quizgen.export.options import Options
from quizgen.export.packages import Package, packed_into, xml_text
from quizgen.export.patterns import interval_pattern, text_pattern
from quizgen.export.qti12 import decimal
from quizgen.export.spellings import spellings_of
from quizgen.export.unsupported import ESSAY_ALONE, LeftOut, choices_lost, marked_later, unless_empty
from quizgen.problem.kinds import BY_HAND
from quizgen.render.words import words_of

NAME = "brightspace"
MANNERS = Manners(
    closed=True,
    comma="read",
    fraction="wrong",
    exponent="wrong",
    minus="read",
    note="A pattern judges what is typed. A question with several boxes is one line, right as a whole or not at all.",
)
MOST_BOXES = 20  # in a line: more, nobody types without a slip
_WIDTH = 60  # columns of the field
_LINE = "1; 2; 3"


def write_brightspace(exam: Exam, items: Iterator[Iterator[Item]], options: Options, out: BinaryIO) -> list[str]:
    """Write a zip of CSV files; gives what was left out, and what Brightspace will mark otherwise than we do."""
    library = _Library(exam, options)
    with packed_into(out) as package:
        for question, mine in zip(exam.questions, items, strict=True):
            asked = unless_empty(rows for item in mine if (rows := library.rows(item)))
            if asked is not None:
                _write_section(package, question, asked)
    return library.lines


def _write_section(package: Package, question: Question, asked: Iterator[Sequence[Sequence[str]]]) -> None:
    with package.member(f"{question.name}.csv") as stream:
        stream.write("\ufeff".encode())  # by which Brightspace knows UTF-8
        for rows in asked:
            stream.write(_as_csv(rows))


def _as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """The rows of a question, and a blank one behind them."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([*rows, []])
    return xml_text(out.getvalue()).encode()


class _Library:
    """How an exam's variants become questions, and what is to be told of that."""

    def __init__(self, exam: Exam, options: Options) -> None:
        self._exam, self._options = exam, options
        self._left_out = LeftOut(NAME, WITHOUT_FORMULAS, options, _why_not)
        self._lines: dict[str, None] = {}  # the questions that are asked as one line of several numbers

    def rows(self, item: Item) -> list[list[str]]:
        """A variant as rows, none if there is nothing that can be asked."""
        asked = self._left_out.asked(item)
        if not asked:
            return []
        if len(boxes_of(item.answers)) == 1:
            return self._single(item, asked[0])
        self._lines[item.question] = None
        text = marked(item, asked, self._options.mathematics)
        pattern = r"\s*;\s*".join(_pattern(*both) for both in text.boxes)
        html = text.numbered + _in_a_line(item, len(text.boxes))
        return [*self._head("SA", item, html, worth(asked)), *_judged(pattern), *self._feedback(item)]

    @property
    def lines(self) -> list[str]:
        """Everything that is to be told."""
        lines = self._left_out.told()
        lines += choices_lost(self._exam, "Brightspace")
        one_line = "one line with semicolons, right as a whole or not at all in Brightspace"
        lines += marked_later(self._lines, one_line, "export of attempts", self._options)
        return lines

    def _single(self, item: Item, one: Asked) -> list[list[str]]:
        """A question with one box."""
        box, points = one.boxes[0], one.field.points
        html = marked(item, [one], self._options.mathematics).bare
        if is_chosen(box, self._options.choices):
            choices = choices_of(item, one, box, self._exam.grader, self._options.choices)
            offered = [
                ["Option", "100" if choice.right else "0", escape(choice.text), "HTML", ""] for choice in choices
            ]
            return [*self._head("MC", item, html, points), *offered, *self._feedback(item)]
        if box.kind == BY_HAND:
            return [*self._head("WR", item, html, points), *self._feedback(item)]
        return [*self._head("SA", item, html, points), *_judged(_pattern(one, box)), *self._feedback(item)]

    def _head(self, kind: str, item: Item, html: str, points: Fraction) -> list[list[str]]:
        return [
            ["NewQuestion", kind, "", "", ""],
            ["ID", item.section.tag, "", "", ""],
            ["Title", f"{item.question} {item.section.title}", "", "", ""],
            ["QuestionText", in_a_line(html), "HTML", "", ""],
            ["Points", decimal(points), "", "", ""],
            ["Difficulty", "1", "", "", ""],
        ]

    def _feedback(self, item: Item) -> list[list[str]]:
        solution = solution_of(item, self._options.mathematics) if self._options.feedback == "solution" else ""
        return [["Feedback", in_a_line(solution), "HTML", "", ""]] if solution else []


def _in_a_line(item: Item, count: int) -> str:
    """How several numbers are written into one field."""
    says = words_of(item.section.language).say("export-line", count=count, example=_LINE)
    return f"<p>{escape(says).replace(_LINE, f'<code>{_LINE}</code>')}</p>"


def _why_not(item: Item, one: Asked, _options: Options) -> str:
    """Why Brightspace cannot ask an answer; nothing if it can."""
    most = sum(len(other.boxes) for other in item.answers)
    if most > MOST_BOXES:
        return f"'{item.problem}' has {most} boxes, and in Brightspace's one field {MOST_BOXES} are enough to type"
    if one.field.answer.by_hand and most > 1:
        return ESSAY_ALONE
    if most > 1 and any(";" in option for option in one.field.answer.options):
        return "an option holds a semicolon, which parts the answers of a line"
    return ""


def _judged(pattern: str) -> list[list[str]]:
    """A field of one line, and the pattern of what is right in it."""
    return [["InputBox", "1", str(_WIDTH), "", ""], ["Answer", "100", rf"^\s*{pattern}\s*$", "regexp", ""]]


def _pattern(one: Asked, box: Box) -> str:
    """The pattern of what is right in a box."""
    if box.is_number:
        ends = within(box, min(MOST_DECIMALS, decimals_asked(one.field.answer, box) + 2))
        return interval_pattern(ends.low, ends.high)
    return f"(?:{'|'.join(text_pattern(text) for text in spellings_of(box))})"


def right_in_brightspace(_item: Item, asked: Asked, box: Box, text: str) -> bool:
    """Whether the pattern of a box takes a typed number as right."""
    return re.fullmatch(_pattern(asked, box), text.strip()) is not None


BRIGHTSPACE = Format(
    name=NAME,
    platform="Brightspace",
    ending=".zip",
    kinds=WITHOUT_FORMULAS,
    manners=MANNERS,
    write=write_brightspace,
    judge=right_in_brightspace,
    why_not=_why_not,
    types=typed_together,
    feedback=frozenset(("solution",)),
)
