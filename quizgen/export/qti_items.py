"""An item as QTI: an XML file with the question, its boxes, and how it marks them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape

from quizgen.export.body import Mathematics, body_of, html_body
from quizgen.export.items import Asked, Item
from quizgen.export.labels import elsewhere, hint, labelled, solution_of
from quizgen.export.options import Options
from quizgen.export.qti_boxes import LONGEST, entries_of
from quizgen.export.qti_flow import flow
from quizgen.export.qti_names import Version, quoted, spelled_tag
from quizgen.export.qti_scoring import SOLUTION, Part, outcomes, processing
from quizgen.problem.grader import Grader
from quizgen.render.filling import Filled
from quizgen.render.marks import clean

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def parts_of(item: Item, asked: Sequence[Asked], grader: Grader, options: Options) -> tuple[Part, ...]:
    """Those answers of an item that are asked, with their boxes."""
    numbers = {one.field.name: number for number, one in enumerate(item.answers, start=1)}
    return tuple(Part(numbers[one.field.name], one, entries_of(item, one, grader, options.choices)) for one in asked)


def item_xml(version: Version, item: Item, parts: tuple[Part, ...], options: Options) -> str:
    """The file of an item."""
    root = spelled_tag("assessmentItem", version.dashed)
    late = "time-dependent" if version.dashed else "timeDependent"
    title = quoted(f"{item.section.title} ({item.section.tag})")
    declared = "".join(entry.declared(version) for part in parts for entry in part.entries)
    body = version.element("itemBody", flow(_question(version, item, parts, options), version))
    return (
        f'{HEAD}<{root} {version.root} identifier="{item_identifier(item)}" title="{title}" adaptive="false" '
        f'{late}="false" xml:lang="{item.section.language}">{declared}{outcomes(version, parts, options)}\n{body}\n'
        f"{processing(version, parts, options)}{_feedback(version, item, parts, options)}</{root}>\n"
    )


def item_identifier(item: Item) -> str:
    """The tag of a variant as an identifier: it begins with a letter and is short enough for every player."""
    identifier = f"I-{item.section.tag}"
    assert len(identifier) <= LONGEST
    return identifier


def _question(version: Version, item: Item, parts: tuple[Part, ...], options: Options) -> str:
    """The question as HTML, interactions in the places of its answers."""
    places = {asked.field.answer.name: elsewhere(asked) for asked in item.answers}
    places |= {part.asked.field.answer.name: _place(version, part) for part in parts}
    typed = any(entry.box.is_number and not entry.choices for part in parts for entry in part.entries)
    return body_of(item, places, options.mathematics) + (hint(item, "export-point-only") if typed else "")


def _place(version: Version, part: Part) -> str:
    """The place of an answer: what is asked, how exactly, for how many points; and its boxes."""
    alone = not part.asked.field.answer.cells
    shown = {entry.box.name: entry.shown(version, alone=alone) for entry in part.entries}
    return labelled(part.asked, lambda box: shown[box.name])


def _feedback(version: Version, item: Item, parts: tuple[Part, ...], options: Options) -> str:
    """What is told after an attempt: the mistakes that were made, or the worked solution."""
    found = []
    if options.feedback == "solution" and (solution := solution_of(item, options.mathematics)):
        found.append(_modal(version, SOLUTION, SOLUTION, item.section.title, flow(solution, version)))
    if options.feedback == "mistakes":
        for part in parts:
            told = {part.mistake_of(wrong.note): wrong for wrong in reversed(part.asked.wrongs)}
            for identifier, wrong in sorted(told.items()):
                says = _told(version, part.asked.field.name, wrong.title, wrong.says, options.mathematics)
                found.append(_modal(version, part.feedback, identifier, wrong.title, says))
    return "".join(found)


@lru_cache(maxsize=1024)  # all variants say the same
def _told(version: Version, name: str, title: str, says: str, mathematics: Mathematics) -> str:
    """What is told of a mistake: in which answer it was made, what it is called, and how to see it."""
    heading = f"<p><code>{escape(name)}</code>: <strong>{escape(title)}</strong></p>\n"
    return flow(heading + html_body(Filled(clean(says), ()), {}, mathematics), version)


def _modal(version: Version, outcome: str, identifier: str, title: str, content: str) -> str:
    """A feedback that is shown when an outcome names it."""
    content = version.element("contentBody", content) if version.dashed else content
    said = {"outcomeIdentifier": outcome, "identifier": identifier, "showHide": "show", "title": title}
    return version.element("modalFeedback", content, **said)
