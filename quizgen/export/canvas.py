"""Canvas: a content package with a quiz in QTI 1.2; a question group per problem gives each student one variant.

A group picks questions, not sets of them: whatever belongs to a variant has to be one question. So a variant with one
box is a numerical question with a margin, and one with several is a question with blanks, which Canvas compares letter
by letter: right numbers are listed in all their spellings, and the marks that count are those that quizgen gives to
the Student Analysis.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from html import escape
from itertools import chain
from typing import BinaryIO

from lxml import etree

from quizgen.exam.model import Exam
from quizgen.export.brackets import boxes_of, marked, worth
from quizgen.export.choices import choices_of, is_chosen
from quizgen.export.decimals import as_typed, decimals_asked, within
from quizgen.export.formats import WITHOUT_FORMULAS, Format, Manners
from quizgen.export.items import Asked, Box, Item
from quizgen.export.labels import solution_of, told
from quizgen.export.numerals import MOST, texts_of
from quizgen.export.options import Options
from quizgen.export.packages import Dialect, Package, Resource, packed_into, xml_text
from quizgen.export.qti12 import (
    Element,
    add_by_hand,
    add_comment,
    add_equal,
    add_field,
    add_options,
    add_processing,
    add_range,
    decimal,
    item_of,
    shares,
)
from quizgen.export.unsupported import ESSAY_ALONE, LeftOut, choices_lost, marked_later
from quizgen.problem.kinds import BY_HAND
from quizgen.render.numbers import worked
from quizgen.render.words import words_of

NAME = "canvas"
DECIMALS = 4  # of a number that Canvas keeps
MANNERS = Manners(
    closed=True,
    comma="wrong",
    fraction="wrong",
    garbage="read",
    note="Numbers are kept to 4 decimals; the blanks of a question with several boxes are compared letter by letter.",
)
_SMALLEST = 10.0**-DECIMALS
_NOTHING = 5e-16  # what is left of 0.3 - 0.1 - 0.2
_QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
_QUIZ = "http://canvas.instructure.com/xsd/cccv1p0"
_MANIFEST = Dialect("http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1", "IMS Content", "1.1.3")
_META = "associatedcontent/imscc_xmlv1p1/learning-application-resource"
_ONE = "response1"  # the box of a question with one


def write_canvas(exam: Exam, items: Iterator[Iterator[Item]], options: Options, out: BinaryIO) -> list[str]:
    """Write the package; gives what was left out, and where Canvas will mark otherwise than we do."""
    quiz, name = _Quiz(exam, options), f"g{exam.id}"
    with packed_into(out) as package:
        total = _write_quiz(package, quiz, name, items)
        package.add(f"{name}/assessment_meta.xml", _settings(exam, name, total, options))
        resource = Resource(name, "imsqti_xmlv1p2", f"{name}/{name}.xml", needs=(f"{name}_meta",))
        meta = Resource(f"{name}_meta", _META, f"{name}/assessment_meta.xml")
        package.add_manifest(_MANIFEST, f"{name}_manifest", (resource, meta))
    return quiz.lines


def _write_quiz(package: Package, quiz: _Quiz, name: str, items: Iterator[Iterator[Item]]) -> Fraction:
    """Write the quiz, a group per question; gives the points of a whole paper."""
    total = Fraction(0)
    with (
        package.member(f"{name}/{name}.xml") as stream,
        etree.xmlfile(stream, encoding="utf-8") as xml,
    ):
        xml.write_declaration()
        with (
            # What is written inside has no namespace of its own, and so stands in this one.
            xml.element("questestinterop", nsmap=_unprefixed(_QTI)),
            xml.element("assessment", {"ident": name, "title": xml_text(quiz.exam.title)}),
            xml.element("section", {"ident": "root_section"}),
        ):
            for question, mine in zip(quiz.exam.questions, items, strict=True):
                title = xml_text(f"{question.name} {question.problem.title}")
                said = {"ident": f"{name}_{question.name}", "title": title}
                total += _write_group(xml, quiz, said, ((item, kept) for item in mine if (kept := quiz.asked(item))))
    return total


def _write_group(
    xml: etree._IncrementalFileWriter, quiz: _Quiz, said: dict[str, str], variants: Iterator[tuple[Item, list[Asked]]]
) -> Fraction:
    """Write the group of a question, if it has a variant in which Canvas can ask anything; gives its points."""
    first = next(variants, None)
    if first is None:
        return Fraction(0)
    points = worth(first[1])
    with xml.element("section", said):
        xml.write(_pick_one(points))
        for item, asked in chain([first], variants):
            xml.write(quiz.question(item, asked))
    return points  # the same for all variants


def _pick_one(points: Fraction) -> Element:
    """What makes a section a group of which each student gets one question.

    The points are the group's: Canvas does not take them from the questions in it.
    """
    ordering = etree.Element("selection_ordering")
    selection = etree.SubElement(ordering, "selection")
    etree.SubElement(selection, "selection_number").text = "1"
    extension = etree.SubElement(selection, "selection_extension")
    etree.SubElement(extension, "points_per_item").text = decimal(points)
    return ordering


@dataclass(frozen=True)
class _Part:
    """A box that is asked: what it offers or accepts, and the number of a right one among these."""

    texts: Sequence[str]
    right: int = 0


class _Quiz:
    """How an exam's variants become questions, and what is to be told of that."""

    def __init__(self, exam: Exam, options: Options) -> None:
        self.exam, self._options = exam, options
        self._left_out = LeftOut(NAME, WITHOUT_FORMULAS, options, _why_not)
        self._blanks: dict[str, None] = {}  # the questions that are asked as such
        self._more: dict[str, None] = {}  # answers of which more is right than Canvas is told

    def asked(self, item: Item) -> list[Asked]:
        """The answers that Canvas can ask."""
        return self._left_out.asked(item)

    def question(self, item: Item, asked: Sequence[Asked]) -> Element:
        """A variant as a question of the kind that keeps it whole; the same kind for all variants of a problem."""
        if len(boxes_of(item.answers)) == 1:
            return self._single(item, asked[0])
        boxes = boxes_of(asked)
        chosen = all(_chosen(box, self._options) for _, box in boxes)
        if not chosen:
            self._blanks[item.question] = None
        return self._parted(item, asked, chosen=chosen)

    @property
    def lines(self) -> list[str]:
        """Everything that is to be told."""
        lines = self._left_out.told()
        lines += choices_lost(self.exam, "Canvas")
        blanks = "blanks, which Canvas compares letter by letter and weighs alike"
        lines += marked_later(self._blanks, blanks, "Student Analysis", self._options)
        lines += [f"{name}: more numbers are right than the {MOST} that Canvas is told" for name in self._more]
        return lines

    def _spelled(self, one: Asked, box: Box) -> _Part:
        """A box that is compared letter by letter, with what it accepts."""
        found = texts_of(one, box)
        if not found.all_told:
            self._more[one.field.name] = None
        return _Part(found.texts)

    def _offered(self, item: Item, one: Asked, box: Box) -> _Part:
        """A box of which one of several texts is chosen."""
        choices = choices_of(item, one, box, self.exam.grader, self._options.choices)
        right = next(i for i, choice in enumerate(choices) if choice.right)
        return _Part([choice.text for choice in choices], right)

    def _single(self, item: Item, one: Asked) -> Element:
        """A question with one box."""
        box = one.boxes[0]
        kind = "multiple_choice_question" if _chosen(box, self._options) else _kind_of(box)
        text = marked(item, [one], self._options.mathematics).bare
        made, presentation = item_of(item.section.tag, item.section.title, kind, one.field.points, text)
        comment = self._comment(item, [one])
        if _chosen(box, self._options):
            offered = self._offered(item, one, box)
            add_options(presentation, _ONE, _idents("option", offered.texts))
            add_equal(add_processing(made, comment), _ONE, [f"option_{offered.right + 1}"], "100", "Set")
        else:
            add_field(presentation, _ONE, "Decimal" if box.is_number else "String")
            self._accept(add_processing(made, comment), one, box)
        add_comment(made, comment)
        return made

    def _accept(self, processing: Element, one: Asked, box: Box) -> None:
        """What is right in the box of a question with one."""
        if box.is_number:
            add_range(processing, _ONE, within(box, DECIMALS))
        elif box.kind == BY_HAND:
            add_by_hand(processing)
        else:
            add_equal(processing, _ONE, self._spelled(one, box).texts, "100", "Set")

    def _parted(self, item: Item, asked: Sequence[Asked], *, chosen: bool) -> Element:
        """A question with several boxes, named in brackets in its text."""
        kind = "multiple_dropdowns_question" if chosen else "fill_in_multiple_blanks_question"
        text = marked(item, asked, self._options.mathematics)
        start = text.start()
        made, presentation = item_of(item.section.tag, item.section.title, kind, worth(asked), text.named(start))
        names = [f"{start}{i}" for i in range(1, len(text.boxes) + 1)]
        parts = [self._offered(item, *both) if chosen else self._spelled(*both) for both in text.boxes]
        for name, part in zip(names, parts, strict=True):
            add_options(presentation, f"response_{name}", _idents(name, part.texts), name)
        comment = self._comment(item, asked)
        processing = add_processing(made, comment)
        for name, part, share in zip(names, parts, shares(len(parts)), strict=True):
            add_equal(processing, f"response_{name}", [f"{name}_{part.right + 1}"], share, "Add")
        add_comment(made, comment)
        return made

    def _comment(self, item: Item, asked: Sequence[Asked]) -> str:
        """What is shown after an attempt, whatever was answered: nothing, the worked solution, or usual mistakes.

        Canvas has no comment on a wrong number: each number that it is told counts as right.
        """
        if self._options.feedback == "solution":
            return solution_of(item, self._options.mathematics)
        if self._options.feedback != "mistakes":
            return ""
        said: dict[str, None] = {}
        for one, box in boxes_of(asked):
            for slip in box.slips:
                given = one.field.name if one.field.answer.cells else f"{box.name} = {_short(slip.value)}"
                said[f"<li>{escape(given)}: {told(slip, self._options.mathematics)}</li>\n"] = None
        title = escape(words_of(item.section.language).say("export-mistakes"))
        return f"<p>{title}</p>\n<ul>\n{''.join(said)}</ul>\n" if said else ""


def _short(number: float) -> str:
    """A mistaken number, whole ones with all digits."""
    return worked(number) if number.is_integer() else f"{number:.6g}"


def _chosen(box: Box, options: Options) -> bool:
    """Whether the answer to a box is one of several texts."""
    return is_chosen(box, options.choices)


def _why_not(item: Item, one: Asked, options: Options) -> str:
    """Why Canvas cannot ask an answer; nothing if it can."""
    alone = len(boxes_of(item.answers)) == 1
    if one.field.answer.by_hand and not alone:
        return ESSAY_ALONE
    box = one.boxes[0]
    if not alone or not box.is_number or _chosen(box, options):
        return ""
    if decimals_asked(one.field.answer, box) > DECIMALS:
        return f"Canvas keeps {DECIMALS} decimals; ask for fewer, or in a smaller unit"
    if _NOTHING < abs(box.right) < _SMALLEST:
        return f"{item.section.tag} is {box.right:.3g}, and Canvas keeps {DECIMALS} decimals; ask in a smaller unit"
    return ""


def _types(item: Item, options: Options) -> bool:
    """Whether numbers are typed: also as blanks, where not all boxes of a question can be dropdowns."""
    able = (one for one in item.answers if one.field.answer.kind in WITHOUT_FORMULAS)
    boxes = boxes_of([one for one in able if not _why_not(item, one, options)])
    return not all(_chosen(box, options) for _, box in boxes)


def _kind_of(box: Box) -> str:
    """Canvas's name for a question with one box to type into."""
    if box.is_number:
        return "numerical_question"
    return "essay_question" if box.kind == BY_HAND else "short_answer_question"


def _idents(name: str, texts: Sequence[str]) -> list[tuple[str, str]]:
    return [(f"{name}_{i}", text) for i, text in enumerate(texts, start=1)]


def _settings(exam: Exam, name: str, total: Fraction, options: Options) -> bytes:
    """The quiz's settings: one attempt; results stay hidden, for what counts is marked afterwards."""
    settings = {
        "title": xml_text(exam.title),
        "shuffle_answers": "false",
        "scoring_policy": "keep_highest",
        "hide_results": "" if options.feedback else "always",
        "quiz_type": "assignment",
        "points_possible": decimal(total),
        "show_correct_answers": "false",
        "time_limit": str(int(exam.minutes)) if exam.minutes else "",
        "allowed_attempts": "1",
    }
    quiz = etree.Element(f"{{{_QUIZ}}}quiz", {"identifier": name}, nsmap=_unprefixed(_QUIZ))
    for setting, value in settings.items():
        if value:
            etree.SubElement(quiz, f"{{{_QUIZ}}}{setting}").text = value
    data: bytes = etree.tostring(quiz, encoding="utf-8", xml_declaration=True)
    return data


def right_in_canvas(item: Item, asked: Asked, box: Box, text: str) -> bool:
    """Whether Canvas takes a typed number as right: within the margin, or one of the texts that it was told."""
    if len(boxes_of(item.answers)) > 1:
        return text.strip().lower() in texts_of(asked, box).texts
    found, number = within(box, DECIMALS), as_typed(text) or Decimal(0)  # what it cannot read is 0 to it
    return found.low <= round(number, DECIMALS) <= found.high


def _unprefixed(namespace: str) -> dict[str, str]:
    return {None: namespace}  # type: ignore[dict-item]  # lxml's stubs know prefixed ones only


CANVAS = Format(
    name=NAME,
    platform="Canvas (classic quizzes)",
    ending=".zip",
    kinds=WITHOUT_FORMULAS,
    manners=MANNERS,
    write=write_canvas,
    judge=right_in_canvas,
    why_not=_why_not,
    types=_types,
)
