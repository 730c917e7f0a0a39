r"""Open edX: a course as OLX, with a problem bank for each question that shows a learner one of its variants.

Studio imports the tarball (Tools, Import). `itembank` is what Studio calls a Problem Bank (Sumac, December 2024, and
later); it draws one of its problems for each learner, and needs no library beside the course. Formulas stay TeX between
`\(` and `\)`, which edX typesets. edX counts each box of a problem alike, and tells nobody which mistake was made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from html import escape
from typing import BinaryIO

from quizgen.exam.model import Exam
from quizgen.export.body import body_of
from quizgen.export.choices import Choice, choices_of, is_chosen
from quizgen.export.formats import Format, Manners
from quizgen.export.items import Asked, Box, Item
from quizgen.export.labels import elsewhere, hint, labelled, solution_of
from quizgen.export.olx_formulas import edx_formula
from quizgen.export.options import Options
from quizgen.export.packages import xml_text
from quizgen.export.qti_boxes import lower_end, upper_end
from quizgen.export.spellings import spellings_of
from quizgen.export.tarballs import Tarball, tarred_into
from quizgen.export.unsupported import LeftOut, choices_lost
from quizgen.problem.grader import Grader
from quizgen.problem.kinds import BY_HAND, KINDS

_NO_FORMULA = "edX compares formulas of single numbers only"
_VARIABLE = re.compile(r"\$(?=\w)")  # edX would put values of its own there
_BREAK = "\u200b"  # has no width
_COURSE = "exam"
KINDS_ASKED = frozenset(KINDS) - {BY_HAND}


def write_course(exam: Exam, items: Iterator[Iterator[Item]], options: Options, out: BinaryIO) -> list[str]:
    """Write a course, problem by problem as they come; gives what was left out.

    Raises CannotExport for what edX cannot ask, unless that may be left out.
    """
    left_out = LeftOut("olx", KINDS_ASKED, options, _why_not)
    banks: dict[str, list[str]] = {}  # question -> tags of its variants
    with tarred_into(out) as course:
        for variants in items:
            for item in variants:
                kept = left_out.asked(item)
                if not kept:
                    continue
                banks.setdefault(item.question, []).append(item.section.tag)
                problem = _problem(item, kept, exam.grader, options)
                course.add(f"course/problem/{item.section.tag}.xml", problem.encode())
        _add_outline(course, exam, banks)
    return left_out.told() + choices_lost(exam, "Open edX")


def _problem(item: Item, kept: list[Asked], grader: Grader, options: Options) -> str:
    """The file of a variant."""
    places = {asked.field.answer.name: elsewhere(asked) for asked in item.answers}
    for asked in kept:
        response = partial(_response, item, asked, grader, options.choices)
        places[asked.field.answer.name] = labelled(asked, response)
    numbers = any(box.is_number for asked in kept for box in asked.boxes) and not options.choices
    body = body_of(item, places, "tex") + (hint(item, "export-point") if numbers else "")
    solution = solution_of(item, "tex") if options.feedback == "solution" else ""
    told = f'<solution>\n<div class="detailed-solution">\n{solution}</div>\n</solution>\n' if solution else ""
    weight = float(sum(asked.field.points for asked in kept))
    title = _quoted(f"{item.section.title} ({item.section.tag})")
    shows = "finished" if solution else "never"
    says = f'display_name="{title}" weight="{weight:g}" showanswer="{shows}" rerandomize="never"'
    return xml_text(f"<problem {says}>\n{_VARIABLE.sub('$' + _BREAK, body + told)}</problem>\n")


def _why_not(_item: Item, asked: Asked, _options: Options) -> str:
    """Why an answer cannot be asked; empty if it can."""
    formula = asked.field.answer.formula
    return _NO_FORMULA if formula is not None and not edx_formula(formula.source) else ""


def _response(item: Item, asked: Asked, grader: Grader, choices: int, box: Box) -> str:
    """A box with what it accepts; `choices`: so many for each number."""
    label = _quoted(box.name)
    line = f'<textline label="{label}" size="{10 if box.is_number else 30}" inline="1"/>'
    if is_chosen(box, choices):
        chosen = _options(choices_of(item, asked, box, grader, choices))
        chooser = f'<optioninput label="{label}" inline="1">{chosen}</optioninput>'
        return f'<optionresponse inline="1">{chooser}</optionresponse>'
    if box.is_number:
        return f'<numericalresponse inline="1" {_accepts(box)}{line}</numericalresponse>'
    if (formula := asked.field.answer.formula) is not None:
        return _formula(formula.source, tuple(formula.symbols), line)
    first, *others = spellings_of(box)
    more = "".join(f'<additional_answer answer="{_quoted(other)}"/>' for other in others)
    return f'<stringresponse inline="1" answer="{_quoted(first)}" type="ci">{more}{line}</stringresponse>'


def _options(choices: tuple[Choice, ...]) -> str:
    """What is to choose from."""
    return "".join(f'<option correct="{choice.right}">{_quoted(choice.text)}</option>' for choice in choices)


def _accepts(box: Box) -> str:
    """What a number may be: a closed range, or that number only."""
    low, high = lower_end(box.low), upper_end(box.high)
    if low != high:
        return f'answer="[{low},{high}]">'
    return f'answer="{low}"><responseparam type="tolerance" default="0"/>'


def _formula(source: str, symbols: tuple[str, ...], line: str) -> str:
    """A formula, compared on numbers between 1 and 3 that edX draws."""
    low, high = (",".join([end] * len(symbols)) for end in ("1", "3"))
    samples = f"{','.join(symbols)}@{low}:{high}#10"
    tolerance = '<responseparam type="tolerance" default="0.00001"/>'
    answer = _quoted(edx_formula(source))
    said = f'inline="1" type="cs" samples="{samples}" answer="{answer}"'
    return f"<formularesponse {said}>{tolerance}{line}</formularesponse>"


def _add_outline(course: Tarball, exam: Exam, banks: dict[str, list[str]]) -> None:
    """The files above the problems: a unit for each question, with its problem bank."""
    for name, tags in banks.items():
        problems = "".join(f'<problem url_name="{tag}"/>\n' for tag in tags)
        bank = f'<itembank url_name="bank-{name}" display_name="{name}" max_count="1">\n{problems}</itembank>\n'
        course.add(f"course/vertical/{name}.xml", f'<vertical display_name="{name}">\n{bank}</vertical>\n'.encode())
    title = _quoted(exam.title)
    units = "".join(f'<vertical url_name="{name}"/>\n' for name in banks)
    root = f'<course url_name="{_COURSE}" org="quizgen" course="{exam.code}"/>\n'
    outline = {
        "course.xml": root,
        f"course/{_COURSE}.xml": f'<course display_name="{title}">\n<chapter url_name="{_COURSE}"/>\n</course>\n',
        f"chapter/{_COURSE}.xml": f'<chapter display_name="{title}">\n<sequential url_name="{_COURSE}"/>\n</chapter>\n',
        f"sequential/{_COURSE}.xml": f'<sequential display_name="{title}">\n{units}</sequential>\n',
    }
    for name, text in outline.items():
        course.add(f"course/{name}", text.encode())


def _quoted(text: str) -> str:
    """A text between quotation marks, in which edX finds nothing of its own."""
    return escape(xml_text(_VARIABLE.sub("$" + _BREAK, text)))


OLX = Format(
    name="olx",
    platform="Open edX",
    ending=".tar.gz",
    kinds=KINDS_ASKED,
    manners=Manners(
        closed=True,
        comma="refused",
        fraction="read",
        power="read",
        spaces="refused",
        minus="refused",
        behind="refused",
        garbage="refused",
        note="Every box of a problem counts alike: its points are spread evenly over its boxes.",
    ),
    write=write_course,
    feedback=frozenset(("solution",)),
    why_not=_why_not,
)
