"""Moodle XML: a category per question, one Cloze question per variant, an essay for each answer marked by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import chain
from typing import BinaryIO

import numpy as np
from lxml import etree

from quizgen.exam.model import Exam, Question
from quizgen.export import cloze
from quizgen.export.body import body_of
from quizgen.export.choices import choices_of, is_chosen
from quizgen.export.cloze import Alternative
from quizgen.export.formats import WITHOUT_FORMULAS, Format, Manners
from quizgen.export.items import Asked, Box, Item, Slip
from quizgen.export.labels import elsewhere, labelled, solution_of, told
from quizgen.export.margins import margin_of, printed
from quizgen.export.options import Options
from quizgen.export.packages import xml_text
from quizgen.export.spellings import spellings_of
from quizgen.export.unsupported import LeftOut, choices_lost, unless_empty
from quizgen.problem.kinds import TOLERANT
from quizgen.problem.model import Answer
from quizgen.render.words import words_of

MANNERS = Manners(
    closed=True,
    comma="thousands",
    fraction="leading",
    exponent="read",
    power="read",
    spaces="read",
    minus="wrong",
    behind="leading",
    garbage="wrong",
    note="On a site whose language writes 1,5 the comma is read as a decimal mark.",
)
_TITLE = 160  # characters of a title; Moodle's names have room for 255
_WIDE = {"shape": 24, "location": 12}  # characters, as long as the longest spelling
_FIELD = re.compile(r"<field (\d+)/>")


def write_moodle(exam: Exam, items: Iterator[Iterator[Item]], options: Options, out: BinaryIO) -> list[str]:
    """Write a question bank; which answers were left out."""
    left_out = LeftOut("moodle", WITHOUT_FORMULAS, options)
    with etree.xmlfile(out, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element("quiz"):
            for question, mine in zip(exam.questions, items, strict=True):
                writing = _Writing(exam, options, _widths(question, options))
                asked = unless_empty(one for item in mine for one in writing.questions(item, left_out.asked(item)))
                for element in chain([_category(exam, question)], asked) if asked else ():
                    xml.write(element, pretty_print=True)
    return left_out.told() + choices_lost(exam, "Moodle")


@dataclass(frozen=True)
class _Writing:
    """What all variants of a question are written with; `widths`: answer -> what pads its boxes."""

    exam: Exam
    options: Options
    widths: dict[str, str]

    def questions(self, item: Item, asked: Sequence[Asked]) -> Iterator[etree._Element]:
        """A variant: what can be typed or chosen in one Cloze question, the rest as essays."""
        essays = [one for one in asked if one.field.answer.by_hand]
        if boxed := [one for one in asked if not one.field.answer.by_hand]:
            yield self._cloze(item, boxed)
        for one in essays:
            yield self._essay(item, one)

    def _cloze(self, item: Item, asked: Sequence[Asked]) -> etree._Element:
        boxes = [(one, box) for one in asked for box in one.boxes if box.inside]
        weights = cloze.weights(box.points for _, box in boxes)
        fields = [self._field(item, *both, weight) for both, weight in zip(boxes, weights, strict=True)]
        numbers = {box.name: number for number, (_, box) in enumerate(boxes)}
        places = {one.field.answer.name: elsewhere(one) for one in item.answers}
        places |= {one.field.answer.name: labelled(one, lambda b: f"<field {numbers[b.name]}/>") for one in asked}
        text = cloze.html_outside(body_of(item, places, self.options.mathematics))
        text = _FIELD.sub(lambda found: fields[int(found[1])], text)  # a stranger's < is an entity: no text holds one
        question = self._question("cloze", item, text)
        return _ended(question, item, item.section.tag)

    def _field(self, item: Item, asked: Asked, box: Box, weight: int) -> str:
        if is_chosen(box, self.options.choices):
            choices = choices_of(item, asked, box, self.exam.grader, self.options.choices)
            return cloze.field(
                weight,
                "MULTICHOICE_V",
                [
                    Alternative(
                        cloze.html_inside(escape(choice.text)), 100 if choice.right else 0, self._told(choice.slip)
                    )
                    for choice in choices
                ],
            )
        pad = self.widths[asked.field.answer.name]
        if not box.is_number:
            right = [Alternative(no_wildcard(text), 100) for text in spellings_of(box)]
            return cloze.field(weight, "SHORTANSWER", [*right, Alternative(pad, 0)])
        return cloze.field(weight, "NUMERICAL", [*self._numbers(box), Alternative(f"{pad}:0", 0)])

    def _numbers(self, box: Box) -> list[Alternative]:
        """The right number, and with feedback on mistakes what they give."""
        right = margin_of(box)
        found = [Alternative(f"{right.value}:{right.margin}", 100)]
        if self.options.feedback == "mistakes":
            for slip in box.telling:
                margin = "0.01" if right.margin == "0" and slip.value != int(slip.value) else right.margin
                found.append(Alternative(f"{printed(slip.value)}:{margin}", 0, self._told(slip)))
        return found

    def _told(self, slip: Slip | None) -> str:
        """What is said of a mistake, if that is wanted."""
        return told(slip, self.options.mathematics) if slip and self.options.feedback == "mistakes" else ""

    def _essay(self, item: Item, asked: Asked) -> etree._Element:
        name = asked.field.answer.name
        places = {one.field.answer.name: elsewhere(one) for one in item.answers}
        places[name] = labelled(asked, lambda _: escape(words_of(asked.language).say("export-essay")))
        question = self._question("essay", item, body_of(item, places, self.options.mathematics))
        _leaf(question, "defaultgrade", printed(float(asked.field.points)))
        _leaf(question, "responseformat", "plain")
        _leaf(question, "responserequired", "0")
        _leaf(question, "responsefieldlines", str(max(5, asked.field.answer.lines)))
        _leaf(question, "attachments", "0")
        _leaf(question, "attachmentsrequired", "0")
        _html(question, "graderinfo", solution_of(item, self.options.mathematics))
        return _ended(question, item, f"{item.section.tag}-{name}")

    def _question(self, kind: str, item: Item, text: str) -> etree._Element:
        question = etree.Element("question", {"type": kind})
        _named(question, "name", f"{item.section.tag} {escape(item.section.title[:_TITLE], quote=False)}")
        _html(question, "questiontext", text)
        solution = self.options.feedback == "solution"
        _html(question, "generalfeedback", solution_of(item, self.options.mathematics) if solution else "")
        _leaf(question, "penalty", "0.3333333")
        _leaf(question, "hidden", "0")
        return question


def _widths(question: Question, options: Options) -> dict[str, str]:
    """For each answer what pads its boxes, so that they are equally wide in all variants, and betray no digits."""
    return {answer.name: _padding(question, answer, options) for answer in question.problem.answers}


def _padding(question: Question, answer: Answer, options: Options) -> str:
    if answer.kind not in TOLERANT:
        return "_" * _WIDE.get(answer.kind, 0)
    if options.feedback == "mistakes":  # whatever the mistakes give
        return cloze.padding(cloze.LONGEST)
    cells = question.expected[answer.name].cells
    return cloze.padding(max(map(len, map(cloze.stored, np.unique(cells[np.isfinite(cells)]).tolist())), default=0))


def _category(exam: Exam, question: Question) -> etree._Element:
    """Where the variants of a question go: below the exam's own category."""
    element = etree.Element("question", {"type": "category"})
    _named(element, "category", below_top(exam, question))
    _html(element, "info", f"<p>{escape(question.problem.name)}</p>")
    _leaf(element, "idnumber", f"{exam.code}-{question.name}")
    return element


def no_wildcard(text: str) -> str:
    """A short answer in which a star is a star, and does not stand for anything."""
    return text.replace("*", "\\*")


def below_top(exam: Exam, question: Question) -> str:
    """The path of a question's category in a course; a stroke in a title is written twice."""
    steps = (f"{exam.title[:_TITLE]} ({exam.code})", f"{question.name} {question.problem.title[:_TITLE]}")
    return "/".join(["$course$/top", *(escape(step, quote=False).replace("/", "//") for step in steps)])


def _ended(question: etree._Element, item: Item, idnumber: str) -> etree._Element:
    """The question with its identifier and tags."""
    _leaf(question, "idnumber", idnumber[:100])
    tags = etree.SubElement(question, "tags")
    for tag in ("quizgen", item.section.tag.split("-")[0], item.question, item.problem):
        _named(tags, "tag", tag)
    return question


def _leaf(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = xml_text(text)


def _named(parent: etree._Element, name: str, text: str) -> None:
    _leaf(etree.SubElement(parent, name), "text", text)


def _html(parent: etree._Element, name: str, html: str) -> None:
    inner = etree.SubElement(etree.SubElement(parent, name, {"format": "html"}), "text")
    if html:
        inner.text = etree.CDATA(xml_text(html).replace("]]>", "]]&gt;"))


MOODLE = Format("moodle", "Moodle", ".xml", WITHOUT_FORMULAS, MANNERS, write_moodle)
