"""A dossier as one HTML page."""

from __future__ import annotations

from html import escape

from quizgen.booklets.asking import field_text
from quizgen.booklets.model import Field
from quizgen.dossier.model import AnswerShown, Dossier, Listing, Numbers, QuestionShown, Shown, Tried, Verbatim
from quizgen.render.filling import Asked
from quizgen.render.html import html_filled, html_of
from quizgen.render.page import page
from quizgen.render.words import words_of

_STYLE = """<style>
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1rem; margin: .8rem 0; }
.facts dt { color: var(--quiet); } .facts dd { margin: 0; min-width: 0; }
.answer .facts dd { display: flex; flex-wrap: wrap; gap: .2rem .9rem; }
.answer .facts dd > span { max-width: 100%; overflow-x: auto; } .paper, section { overflow-x: auto; }
table.numbers { display: inline-table; margin: .1rem .6rem .1rem 0; width: auto; }
table.numbers td { text-align: right; font-variant-numeric: tabular-nums; padding: .05rem .4rem; }
table.numbers td mark { background: none; color: var(--bad); font-weight: 700; text-decoration: underline; }
.wide td { overflow-wrap: anywhere; }
tr.spoke > * { background: var(--soft); font-weight: 600; } tr.spoke table.numbers td { font-weight: 400; }
.reckoned { font-weight: 600; } .intro, .note { color: var(--quiet); }
.paper { border: 1px solid var(--line); padding: .2rem 1rem; }
@media (max-width: 32rem) { .facts { grid-template-columns: minmax(0, 1fr); } }
@media print { .facts, .paper { break-inside: auto; } table.numbers td mark { font-weight: 700; } }
</style>
"""


def as_page(told: Dossier) -> str:
    """The whole page; nothing in it that a stranger wrote is mark-up."""
    parts = [
        _listing(told.points, 2),
        f"<p>{escape(told.reckoned)}</p>\n" if told.reckoned else "",
        _listing(told.handed_in, 2),
        _listing(told.refused, 2),
        *(_question(told, question) for question in told.questions),
        *(_listing(listing, 2) for listing in (told.decisions, told.corrections, told.log)),
        _rules(told),
    ]
    body = f"{_STYLE}{_head(told)}<main>\n{''.join(parts)}</main>"
    return page(f"{told.title}: {told.student}, {told.exam}", body, told.language)


def _head(told: Dossier) -> str:
    facts = "".join(f"<dt>{escape(label)}</dt><dd>{_shown(value)}</dd>\n" for label, value in told.facts)
    return (
        f'<header>\n<h1>{escape(told.title)}</h1>\n<p class="intro">{escape(told.intro)}</p>\n'
        f'<dl class="facts">\n{facts}</dl>\n<p class="total">{escape(told.total)}</p>\n</header>\n'
    )


def _listing(listing: Listing, level: int) -> str:
    head = f"<h{level}>{escape(listing.heading)}</h{level}>\n"
    if not listing.rows:
        return f"{head}<p>{escape(listing.empty)}</p>\n" if listing.empty else ""
    note = f'<p class="note">{escape(listing.note)}</p>\n' if listing.note else ""
    rows = ["".join(f"<td>{_shown(cell)}</td>" for cell in row) for row in listing.rows]
    return head + _table(listing.columns, [f"<tr>{row}</tr>" for row in rows]) + note


def _table(columns: tuple[str, ...], rows: list[str]) -> str:
    heads = "".join(f'<th scope="col">{escape(column)}</th>' if column else "<td></td>" for column in columns)
    body = "\n".join(rows)
    head = f"<thead><tr>{heads}</tr></thead>"
    return f'<div class="wide" tabindex="0"><table>\n{head}\n<tbody>\n{body}\n</tbody>\n</table></div>\n'


def _question(told: Dossier, question: QuestionShown) -> str:
    name, section = escape(question.name), question.section
    text = html_filled(section.text, {field.answer.name: _place(field, told.language) for field in section.fields})
    answers = "".join(_answer(told, answer) for answer in question.answers)
    heading = f"<h3>{escape(told.words['answers'])}</h3>\n" if answers else ""
    order = f'<p class="note">{escape(question.order)}</p>\n' if question.order else ""
    return (
        f'<section aria-labelledby="{name}">\n<h2 id="{name}">{name} · {escape(question.title)}: '
        f"{escape(question.points)}</h2>\n"
        f"<h3>{escape(told.words['question'])} <code>{escape(section.tag)}</code></h3>\n"
        f'<div class="paper">\n{text}</div>\n{heading}{order}{answers}</section>\n'
    )


def _place(field: Field, language: str) -> str:
    """What stands in the place of an answer: what is asked."""
    asked = html_of(field_text(field, words_of(language))).removeprefix("<p>").removesuffix("</p>\n")
    return f"<p>{asked}</p>\n" if Asked(field.answer).alone else asked


def _answer(told: Dossier, answer: AnswerShown) -> str:
    facts = "".join(
        f"<dt>{escape(label)}</dt><dd>{' '.join(map(_fact, values))}</dd>\n" for label, values in answer.facts
    )
    tried = ""
    if answer.tried:
        rows = [_tried(i, one) for i, one in enumerate(answer.tried, start=1)]
        tried = f"<p>{escape(told.words['in-order'])}</p>\n" + _table(("", *told.tried_columns), rows)
    concluded = "".join(f"<p>{escape(sentence)}</p>\n" for sentence in answer.concluded)
    return (
        f'<div class="answer {escape(answer.kind.split()[0])}">\n<h4>{escape(answer.name)}: '
        f'<span class="outcome">{escape(answer.outcome)}</span>, {escape(answer.points)}</h4>\n'
        f'<dl class="facts">\n{facts}</dl>\n{tried}{concluded}'
        f'<p class="reckoned">{escape(answer.reckoned)}</p>\n</div>\n'
    )


def _fact(value: Shown) -> str:
    """One of several values side by side; a wide one can be scrolled by keyboard, too."""
    focus = ' tabindex="0"' if isinstance(value, Numbers) else ""
    return f"<span{focus}>{_shown(value)}</span>"


def _tried(number: int, one: Tried) -> str:
    css = ' class="spoke"' if one.spoke else ""
    cells = f"<td>{escape(one.what)}</td><td>{_shown(one.value)}</td><td>{escape(one.verdict)}</td>"
    return f'<tr{css}><th scope="row">{number}</th>{cells}</tr>'


def _shown(value: Shown) -> str:
    match value:
        case str():
            return escape(value)
        case Verbatim(text=text):
            return f"<code>{escape(text)}</code>" if text else ""
        case Numbers(rows=rows):
            lines = ("".join(f"<td>{_cell(*cell)}</td>" for cell in row) for row in rows)
            return f'<table class="numbers"><tbody>{"".join(f"<tr>{line}</tr>" for line in lines)}</tbody></table>'


def _cell(text: str, differs: bool) -> str:
    return f"<mark>{escape(text)}</mark>" if differs else escape(text)


def _rules(told: Dossier) -> str:
    parts = "".join(
        f"<h3>{escape(heading)}</h3>\n<ul>\n{''.join(f'<li>{escape(said)}</li>{chr(10)}' for said in sentences)}</ul>\n"
        for heading, sentences in told.rules.parts
    )
    return f'<h2>{escape(told.rules.title)}</h2>\n<p class="note">{escape(told.rules.note)}</p>\n{parts}'
