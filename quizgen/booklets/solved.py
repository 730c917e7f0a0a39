"""Questions with right answers and worked solutions as a page: the key to a paper, a specimen of a problem."""

from __future__ import annotations

from html import escape

from quizgen.booklets.asking import field_text, worth
from quizgen.booklets.model import Booklet, Field, Right, Section
from quizgen.render.filling import Asked
from quizgen.render.html import html_filled, html_of, mathml
from quizgen.render.page import page
from quizgen.render.words import Wording, words_of


def key_as_page(booklet: Booklet) -> str:
    """The right answers and the worked solutions of a paper."""
    cover, words = booklet.cover, words_of(booklet.language)
    title = words.say("key", tag=booklet.tag)
    who = f"<p><strong>{escape(cover.student)}</strong> {escape(cover.name)}</p>\n" if cover.student else ""
    named = words.say("key", tag="\0")  # the tag is code
    heading = escape(named).replace("\0", f"<code>{escape(booklet.tag)}</code>")
    told = " · ".join(filter(None, (cover.title, booklet.marked)))
    head = f"<header>\n<h1>{heading}</h1>\n<p>{escape(told)}</p>\n{who}"
    sections = "".join(_section(section, asked=False) for section in booklet.sections)
    return page(title, f"{head}</header>\n<main>\n{sections}</main>", words.language)


def specimen_as_page(section: Section) -> str:
    """A question, what is right, and why."""
    body = f"<main>\n<h1>{escape(section.title)}</h1>\n{_section(section, asked=True)}</main>"
    return page(section.title, body, section.language)


def _section(section: Section, *, asked: bool) -> str:
    assert section.solution is not None
    words = words_of(section.language)
    name, told = escape(section.name), worth(section.points, section.minutes, ", ", words)
    question = ""
    if asked:
        text = html_filled(section.text, {field.answer.name: _place(field, words) for field in section.fields})
        question = f"<h3>{escape(words.say('question'))}</h3>\n{text}"
    return (
        f'<section aria-labelledby="{name}">\n<h2 id="{name}">{name} · {escape(section.title)} ({told})</h2>\n'
        f"{question}<h3>{escape(words.say('right-answers'))}</h3>\n{_right(section.right)}"
        f"<h3>{escape(words.say('worked-solution'))}</h3>\n{html_filled(section.solution, {})}</section>\n"
    )


def _place(field: Field, words: Wording) -> str:
    """What stands in the place of an answer: what is asked."""
    told = html_of(field_text(field, words)).removeprefix("<p>").removesuffix("</p>\n")
    return f"<p>{told}</p>\n" if Asked(field.answer).alone else told


def _right(answers: tuple[Right, ...]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(right.name)}</th>'
        f"<td>{mathml(right.tex) if right.tex else escape(right.text)}</td></tr>\n"
        for right in answers
    )
    return f'<div class="wide"><table>\n<tbody>\n{rows}</tbody>\n</table></div>\n'
