"""GIFT: a text with a question per box, for platforms that know no Cloze. Points cannot be said in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from io import TextIOWrapper
from typing import BinaryIO

from quizgen.exam.model import Exam, Question
from quizgen.export.body import body_of
from quizgen.export.choices import choices_of
from quizgen.export.formats import Format
from quizgen.export.items import Asked, Box, Item, Slip
from quizgen.export.labels import asked_alone, elsewhere, solution_of, told
from quizgen.export.margins import margin_of, printed
from quizgen.export.moodle import KINDS, MANNERS, below_top, no_wildcard
from quizgen.export.options import Options
from quizgen.export.packages import xml_text
from quizgen.export.spellings import spellings_of
from quizgen.export.unsupported import LeftOut

_SPECIAL = re.compile(r"[\\~=#{}:]")
_SPACE = re.compile(r"\s*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]\s*")


def write_gift(exam: Exam, items: Iterator[Iterator[Item]], options: Options, out: BinaryIO) -> list[str]:
    """Write a question for each box of each variant; which answers were left out."""
    left_out = LeftOut("gift", KINDS, options)
    text = TextIOWrapper(out, encoding="utf-8", newline="\n", write_through=True)
    for question, mine in zip(exam.questions, items, strict=True):
        text.write(_category(exam, question))
        for item in mine:
            for asked in left_out.asked(item):
                for box in asked.boxes:
                    if box.inside:
                        text.write(_question(_Asking(exam, options, item, asked, box)))
    text.detach()
    return left_out.lines


@dataclass(frozen=True)
class _Asking:
    """A box of a variant, and how it is asked."""

    exam: Exam
    options: Options
    item: Item
    asked: Asked
    box: Box

    def told(self, slip: Slip | None) -> str:
        """What is said of a mistake, if that is wanted."""
        wanted = slip and self.options.feedback == "mistakes"
        return f"#{gift_text(told(slip, self.options.mathematics))}" if wanted and slip else ""


def gift_text(text: str) -> str:
    r"""A text in a line, in which no sign is one of GIFT's.

    >>> print(gift_text("a = {1}:\n~x #2"))
    a \= \{1\}\: \~x \#2
    """
    return _SPACE.sub(" ", _SPECIAL.sub(lambda sign: f"\\{sign[0]}", xml_text(text))).strip()


def _question(asking: _Asking) -> str:
    """A question and the blank line behind it, without which the next one would not be read."""
    item, box = asking.item, asking.box
    places = {one.field.answer.name: elsewhere(one) for one in item.answers}
    places[asking.asked.field.answer.name] = asked_alone(asking.asked, box)
    title = f"{item.section.tag} {box.name.partition('.')[2]}"
    html = gift_text(body_of(item, places, asking.options.mathematics))
    return f"::{gift_text(title)}::[html]{html}{{\n{_answers(asking)}{_solution(asking)}}}\n\n"


def _answers(asking: _Asking) -> str:
    box = asking.box
    if asking.asked.field.answer.by_hand:
        return ""
    if box.kind == "choice" or (asking.options.choices and box.is_number):
        choices = choices_of(asking.item, asking.asked, box, asking.exam.grader, asking.options.choices)
        signs = ((f"{'=' if choice.right else '~'}{gift_text(escape(choice.text))}", choice.slip) for choice in choices)
        return "".join(f"{sign}{asking.told(slip)}\n" for sign, slip in signs)
    if not box.is_number:
        return "".join(f"={gift_text(no_wildcard(text))}\n" for text in spellings_of(box))
    right = margin_of(box)
    wrong = box.slips if asking.options.feedback == "mistakes" else ()
    lines = [f"%0%{printed(slip.value)}:{right.margin}{asking.told(slip)}" for slip in wrong]
    return "\n".join(["#", *(f"={line}" for line in [f"{right.value}:{right.margin}", *lines]), ""])


def _solution(asking: _Asking) -> str:
    """What is said after every answer."""
    if asking.options.feedback != "solution":
        return ""
    return f"####{gift_text(solution_of(asking.item, asking.options.mathematics))}\n"


def _category(exam: Exam, question: Question) -> str:
    return f"$CATEGORY: {_SPACE.sub(' ', xml_text(below_top(exam, question)))}\n\n"


GIFT = Format("gift", "Moodle and others", ".txt", KINDS, MANNERS, write_gift)
