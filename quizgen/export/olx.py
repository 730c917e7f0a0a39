r"""Open edX: a course as OLX, with a problem bank for each question that shows a learner one of its variants.

Studio imports the tarball (Tools, Import). `itembank` is what Studio calls a Problem Bank (Sumac, December 2024, and
later); it draws one of its problems for each learner, and needs no library beside the course. Formulas stay TeX between
`\(` and `\)`, which edX typesets. edX counts each box of a problem alike, and tells nobody which mistake was made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import BinaryIO

from quizgen.booklets.asking import counted
from quizgen.errors import QuizgenError
from quizgen.exam.model import Exam
from quizgen.export.body import body_of, html_body
from quizgen.export.formats import Format, Manners, refusal
from quizgen.export.items import Asked, Box, Item
from quizgen.export.olx_formulas import edx_formula
from quizgen.export.options import Options
from quizgen.export.packages import xml_text
from quizgen.export.qti_boxes import lower_end, upper_end
from quizgen.export.tarballs import Tarball, tarred_into
from quizgen.export.wording import spellings
from quizgen.problem.kinds import BY_HAND, KINDS

_NO_ESSAYS = "its problems have no essays; ask it in an open response of your own"
_NO_FORMULA = "edX compares formulas of single numbers only"
_VARIABLE = re.compile(r"\$(?=\w)")  # edX would put values of its own there
_NUMBERS = "<p><em>Numbers: write decimals with a point, as in 0.5.</em></p>\n"
_COURSE = "exam"


def write_course(exam: Exam, items: Iterator[Iterator[Item]], options: Options, out: BinaryIO) -> list[str]:
    """Write a course, problem by problem as they come; gives what was left out.

    Raises CannotExport for what edX cannot ask, unless that may be left out.
    """
    if options.feedback == "mistakes":
        raise QuizgenError(
            "edX has no feedback on a wrong number", hint="Say --feedback solution, or give quizgen's feedback later."
        )
    left_out: dict[str, None] = {}
    banks: dict[str, list[str]] = {}  # question -> tags of its variants
    with tarred_into(out) as course:
        for variants in items:
            for item in variants:
                shown, problem = _problem(item, options, left_out)
                if shown:
                    banks.setdefault(item.question, []).append(item.section.tag)
                    course.add(f"course/problem/{item.section.tag}.xml", problem.encode())
        if not banks:
            raise QuizgenError("nothing of this exam can be asked in edX", hint="Formulas alone make no course.")
        _add_outline(course, exam, banks)
    return list(left_out)


def _problem(item: Item, options: Options, left_out: dict[str, None]) -> tuple[bool, str]:
    """Whether anything is asked, and the file of a variant."""
    places = {}
    for asked in item.answers:
        why = _why_not(asked)
        if why:
            error = refusal("OLX", item, asked, why)
            if not options.skip_unsupported:
                raise error
            left_out[error.what] = None
        places[asked.field.answer.name] = "<em>(not asked here)</em>" if why else _place(asked)
    kept = [asked for asked in item.answers if not _why_not(asked)]
    body = body_of(item, places, "tex") + (_NUMBERS if any(box.is_number for a in kept for box in a.boxes) else "")
    solution = ""
    if options.feedback == "solution" and item.section.solution is not None:
        worked = html_body(item.section.solution, {}, "tex")
        solution = f'<solution>\n<div class="detailed-solution">\n{worked}</div>\n</solution>\n'
    title = _quoted(f"{item.section.title} ({item.section.tag})")
    weight = float(sum(asked.field.points for asked in kept))
    shows = "finished" if solution else "never"
    says = f'display_name="{title}" weight="{weight:g}" showanswer="{shows}" rerandomize="never"'
    return bool(kept), xml_text(f"<problem {says}>\n{_VARIABLE.sub('$' + chr(0x200B), body + solution)}</problem>\n")


def _why_not(asked: Asked) -> str:
    """Why an answer cannot be asked; empty if it can."""
    answer = asked.field.answer
    if answer.kind == BY_HAND:
        return _NO_ESSAYS
    return _NO_FORMULA if answer.formula is not None and not edx_formula(answer.formula.source) else ""


def _place(asked: Asked) -> str:
    """The place of an answer: its boxes, with what is asked, how exactly, for how many points."""
    field = asked.field
    says = f"<em>({escape(counted(field.points, 'point'))}; {escape(field.asks)})</em>"
    if not field.answer.cells:
        return f"{_response(asked, asked.boxes[0])} {says}"
    width = field.shape[-1]
    rows = [asked.boxes[start : start + width] for start in range(0, len(asked.boxes), width)]
    lines = ("".join(f"<td>{_response(asked, box)}</td>" for box in row if box.inside) for row in rows)
    return f"<p>{says}</p>\n<table><tbody>{''.join(f'<tr>{line}</tr>' for line in lines if line)}</tbody></table>\n"


def _response(asked: Asked, box: Box) -> str:
    """A box with what it accepts."""
    label = _quoted(box.name)
    line = f'<textline label="{label}" size="{10 if box.is_number else 30}" inline="1"/>'
    if box.options:
        options = "".join(
            f'<option correct="{option == box.texts[0]}">{escape(option)}</option>' for option in box.options
        )
        chosen = f'<optioninput label="{label}" inline="1">{options}</optioninput>'
        return f'<optionresponse inline="1">{chosen}</optionresponse>'
    if box.is_number:
        return f'<numericalresponse inline="1" {_accepts(box)}{line}</numericalresponse>'
    if (formula := asked.field.answer.formula) is not None:
        return _formula(formula.source, tuple(formula.symbols), line)
    first, *others = (word for text in box.texts for word in spellings(box.kind, text))
    more = "".join(f'<additional_answer answer="{_quoted(other)}"/>' for other in dict.fromkeys(others))
    return f'<stringresponse inline="1" answer="{_quoted(first)}" type="ci">{more}{line}</stringresponse>'


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
    """The files above the problems: a unit for each question, with its problem bank; a bank more around a choice."""
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
    return escape(xml_text(_VARIABLE.sub("$" + chr(0x200B), text)))


OLX = Format(
    name="olx",
    platform="Open edX",
    ending=".tar.gz",
    kinds=frozenset(KINDS) - {BY_HAND},
    manners=Manners(
        closed=True,
        comma="refused",
        fraction="read",
        note="Every box of a problem counts alike: its points are spread evenly over its boxes.",
    ),
    write=write_course,
)
