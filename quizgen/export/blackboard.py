"""Blackboard: text files for "Upload questions", one for each pool, tabs between their fields.

Its QTI packages know no numbers at all and no more than one blank, and questions with response processing are skipped;
the text files know numbers with a tolerance and questions with up to ten blanks, in old courses and in Ultra ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO

from quizgen.exam.model import Exam, Question
from quizgen.export.brackets import boxes_of, in_a_line, marked, typed_together
from quizgen.export.choices import choices_of, is_chosen
from quizgen.export.decimals import MOST_DECIMALS, Within, as_typed, decimals_asked, plain, within
from quizgen.export.formats import WITHOUT_FORMULAS, Format, Manners
from quizgen.export.items import Asked, Box, Item
from quizgen.export.numerals import texts_of
from quizgen.export.options import Options
from quizgen.export.packages import Package, packed_into, xml_text
from quizgen.export.unsupported import ESSAY_ALONE, LeftOut, choices_lost, marked_later
from quizgen.problem.kinds import BY_HAND
from quizgen.render.words import number as written

NAME = "blackboard"
MANNERS = Manners(
    closed=True,
    comma="wrong",
    fraction="wrong",
    note="The blanks of a question with several boxes are compared letter by letter.",
)
MOST_BLANKS = 10  # of a question
TOGETHER = 250  # questions in a file: with more, uploads into Ultra courses break off


def write_blackboard(exam: Exam, items: Iterator[Iterator[Item]], options: Options, out: BinaryIO) -> list[str]:
    """Write a zip of text files; gives what was left out, and what Blackboard will mark otherwise than we do."""
    upload = _Upload(exam, options)
    pools: list[str] = []
    with packed_into(out) as package:
        for question, mine in zip(exam.questions, items, strict=True):
            pools += _write_pool(package, question, (line for item in mine if (line := upload.record(item))))
        package.add("pools.txt", "".join(f"{line}\r\n" for line in pools).encode())
    return upload.lines


def _write_pool(package: Package, question: Question, records: Iterator[str]) -> Iterator[str]:
    """Write the files of a question; gives what is to be known of each."""
    number = 0
    while first := next(records, ""):
        number += 1
        name = f"{question.name}-{number}.txt"
        with package.member(name) as stream:
            for record in chain([first], islice(records, TOGETHER - 1)):
                stream.write(f"{record}\r\n".encode())
        yield f"{name}: {question.name} {_clean(question.problem.title)}, {written(question.total)} points a question"


class _Upload:
    """How an exam's variants become records, and what is to be told of that."""

    def __init__(self, exam: Exam, options: Options) -> None:
        self._exam, self._options = exam, options
        self._left_out = LeftOut(NAME, WITHOUT_FORMULAS, options, _why_not)
        self._blanks: dict[str, None] = {}  # the questions that are asked as such

    def record(self, item: Item) -> str:
        """A variant as a line of a file, or nothing if there is nothing that can be asked."""
        asked = self._left_out.asked(item)
        if not asked:
            return ""
        if len(boxes_of(item.answers)) == 1:
            return self._single(item, asked[0])
        self._blanks[item.question] = None
        text = marked(item, asked, self._options.mathematics)
        fields = ["FIB_PLUS", _clean(text.escaped().named("b"))]
        for number, (one, box) in enumerate(text.boxes, start=1):
            fields += [*([""] if number > 1 else []), f"b{number}", *texts_of(one, box).texts]
        return "\t".join(fields)

    @property
    def lines(self) -> list[str]:
        """Everything that is to be told."""
        lines = self._left_out.told()
        lines += choices_lost(self._exam, "Blackboard")
        blanks = "blanks, which Blackboard compares letter by letter and weighs alike"
        lines += marked_later(self._blanks, blanks, "download", self._options)
        return lines

    def _single(self, item: Item, one: Asked) -> str:
        """A question with one box."""
        box, html = one.boxes[0], _clean(marked(item, [one], self._options.mathematics).bare)
        if is_chosen(box, self._options.choices):
            choices = choices_of(item, one, box, self._exam.grader, self._options.choices)
            offered = [(_clean(choice.text), "correct" if choice.right else "incorrect") for choice in choices]
            return "\t".join(["MC", html, *chain.from_iterable(offered)])
        if box.is_number:
            found = _tolerance(one, box)
            return "\t".join(["NUM", html, plain(found.right), plain(found.reach)])
        if box.kind == BY_HAND:
            return "\t".join(["ESS", html, ""])
        return "\t".join(["FIB", html, *texts_of(one, box, 20).texts])


def _why_not(item: Item, one: Asked, _options: Options) -> str:
    """Why Blackboard cannot ask an answer; nothing if it can."""
    most = sum(len(other.boxes) for other in item.answers)
    if most > MOST_BLANKS:
        return f"'{item.problem}' has {most} boxes, and a question of Blackboard's text files at most {MOST_BLANKS}"
    if one.field.answer.by_hand and most > 1:
        return ESSAY_ALONE
    return ""


def _tolerance(asked: Asked, box: Box) -> Within:
    """A number and its tolerance, a little wider than ours."""
    return within(box, min(MOST_DECIMALS, decimals_asked(asked.field.answer, box) + 2))


def _clean(text: str) -> str:
    """A text as a field of a line."""
    return in_a_line(xml_text(text))


def right_in_blackboard(item: Item, asked: Asked, box: Box, text: str) -> bool:
    """Whether Blackboard takes a typed number as right: within the tolerance, or one of the texts that it was told."""
    if len(boxes_of(item.answers)) > 1:
        return text.strip().lower() in texts_of(asked, box).texts
    found, number = _tolerance(asked, box), as_typed(text)
    return number is not None and found.low <= number <= found.high


BLACKBOARD = Format(
    name=NAME,
    platform="Blackboard",
    ending=".zip",
    kinds=WITHOUT_FORMULAS,
    manners=MANNERS,
    write=write_blackboard,
    judge=right_in_blackboard,
    why_not=_why_not,
    types=typed_together,
    feedback=frozenset(),
)
