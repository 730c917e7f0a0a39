"""GIFT: a text with a question per box, for platforms that know no Cloze. Points cannot be said in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from io import TextIOWrapper
from itertools import chain
from typing import BinaryIO

from quizgen.exam.model import Exam, Question
from quizgen.export.body import body_of
from quizgen.export.choices import choices_of, is_chosen
from quizgen.export.formats import WITHOUT_FORMULAS, Format
from quizgen.export.items import Asked, Box, Item, Slip
from quizgen.export.labels import asked_alone, elsewhere, solution_of, told
from quizgen.export.margins import margin_of, printed
from quizgen.export.moodle import MANNERS, below_top, no_wildcard
from quizgen.export.options import Options
from quizgen.export.packages import xml_text
from quizgen.export.spellings import spellings_of
from quizgen.export.unsupported import LeftOut, choices_lost, unless_empty

_SPECIAL = "\\~=#{}:"  # the stroke first: it stands before the others then
_PLACE = re.compile(r"<place (\d+)/>")  # a stranger's < is an entity


def write_gift(exam: Exam, items: Iterator[Iterator[Item]], options: Options, out: BinaryIO) -> list[str]:
    """Write a question for each box of each variant; which answers were left out."""
    left_out = LeftOut("gift", WITHOUT_FORMULAS, options)
    text = TextIOWrapper(out, encoding="utf-8", newline="\n", write_through=True)
    for question, mine in zip(exam.questions, items, strict=True):
        asked = unless_empty(one for item in mine for one in _questions(exam, options, item, left_out.asked(item)))
        if asked is not None:
            text.writelines(chain([_category(exam, question)], asked))
    text.detach()
    return left_out.told() + choices_lost(exam, "the platform")


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
    text = xml_text(text)
    for sign in _SPECIAL:
        text = text.replace(sign, f"\\{sign}")
    return _in_a_line(text)


def _in_a_line(text: str) -> str:
    """A text without the ends of its lines, and the space around them."""
    return " ".join(words for line in text.splitlines() if (words := line.strip()))


def _questions(exam: Exam, options: Options, item: Item, asked: Sequence[Asked]) -> Iterator[str]:
    """The questions of a variant; their text, but for what stands in the places of the answers, is written once."""
    names = [one.field.answer.name for one in item.answers]
    marks = {name: f"<place {number}/>" for number, name in enumerate(names)}
    parts = _PLACE.split(gift_text(body_of(item, marks, options.mathematics)))
    others = [gift_text(elsewhere(one)) for one in item.answers]
    solution = _solution(options, item)
    for one in asked:
        for number, box in enumerate(box for box in one.boxes if box.inside):
            mine = names.index(one.field.answer.name)
            labels = [*others[:mine], gift_text(asked_alone(one, box)), *others[mine + 1 :]]
            html = "".join(part if i % 2 == 0 else labels[int(part)] for i, part in enumerate(parts))
            title = gift_text(f"{item.section.tag} {box.name.partition('.')[2]}")
            asking = _Asking(exam, options, item, one, box)
            ending = solution if not number else ""  # of an array with its first cell
            # behind each question a blank line: without it the next would not be read
            yield f"::{title}::[html]{html}{{\n{_answers(asking)}{ending}}}\n\n"


def _answers(asking: _Asking) -> str:
    box = asking.box
    if asking.asked.field.answer.by_hand:
        return ""
    if is_chosen(box, asking.options.choices):
        choices = choices_of(asking.item, asking.asked, box, asking.exam.grader, asking.options.choices)
        signs = ((f"{'=' if choice.right else '~'}{_offered(choice.text)}", choice.slip) for choice in choices)
        return "".join(f"{sign}{asking.told(slip)}\n" for sign, slip in signs)
    if not box.is_number:
        return "".join(f"={gift_text(no_wildcard(text))}\n" for text in spellings_of(box))
    right = margin_of(box)
    wrong = box.telling if asking.options.feedback == "mistakes" else ()
    lines = [f"%0%{printed(slip.value)}:{right.margin}{asking.told(slip)}" for slip in wrong]
    return "\n".join(["#", *(f"={line}" for line in [f"{right.value}:{right.margin}", *lines]), ""])


def _offered(text: str) -> str:
    """A choice: at its beginning `%50%` would be half of the points, and `[plain]` a kind of text."""
    html = escape(text.strip())
    return gift_text(f"&#{ord(html[0])};{html[1:]}" if html[:1] in ("%", "[") else html)


def _solution(options: Options, item: Item) -> str:
    """What is said after every attempt."""
    if options.feedback != "solution":
        return ""
    return f"####{gift_text(solution_of(item, options.mathematics))}\n"


def _category(exam: Exam, question: Question) -> str:
    return f"$CATEGORY: {_in_a_line(xml_text(below_top(exam, question)))}\n\n"


GIFT = Format("gift", "Moodle and others", ".txt", WITHOUT_FORMULAS, MANNERS, write_gift)
