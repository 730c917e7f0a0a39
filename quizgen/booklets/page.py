"""A booklet as a page to answer in: one file that asks the network for nothing, keeps what is typed, and saves it."""

from __future__ import annotations

from html import escape

from quizgen.booklets.asking import worth
from quizgen.booklets.boxes import box_of
from quizgen.booklets.model import Booklet, Cover, Section
from quizgen.booklets.shell import data_block, own_file, page, script_words
from quizgen.render.html import html_filled
from quizgen.render.words import Wording, words_of

SAID = ("counter", "saved", "saved-nameless", "restored", "not-kept", "cleared")  # by saving.js


def as_page(booklet: Booklet) -> str:
    """What is handed out; nothing in it betrays an answer, and no box differs from student to student."""
    words = words_of(booklet.language)
    body = [
        f'<a class="skip" href="#questions">{escape(words.say("page-skip"))}</a>',
        _head(booklet, words),
        "<main>",
        _before(booklet.cover, words),
        f'<h2 id="questions" tabindex="-1">{escape(words.say("page-questions"))}</h2>',
        *(_question(section, words) for section in booklet.sections),
        "</main>",
        _bar(words),
        _dialog(words),
        data_block("words", script_words(words, SAID)),
    ]
    script = own_file("page.js") + own_file("saving.js")
    data = {"exam": booklet.exam, "tag": booklet.tag, "student": booklet.cover.student}
    title = f"{booklet.cover.title} · {booklet.tag}"
    size = "large" if booklet.wishes.large else ""
    return page(title, "\n".join(body), words.language, script=script, data=data, size=size)


def _head(booklet: Booklet, words: Wording) -> str:
    cover, wishes = booklet.cover, booklet.wishes
    told = [
        f"{words.say('paper')} {booklet.tag}",
        booklet.marked,
        cover.date,
        worth(cover.points, cover.minutes, " · ", words),
        f"{cover.student} {cover.name}".strip(),
        f"{words.say('room')} {wishes.room}" if wishes.room else "",
        f"{words.say('seat')} {wishes.seat}" if wishes.seat else "",
    ]
    spans = "".join(f"<span>{escape(text)}</span>" for text in told if text)
    return f'<header>\n<h1>{escape(cover.title)}</h1>\n<p class="about">{spans}</p>\n</header>'


def _before(cover: Cover, words: Wording) -> str:
    """What is read first: rules, aids, which questions are asked, and the name where nobody knows it."""
    aids = f"{words.say('aids')}: {'; '.join(cover.aids)}." if cover.aids else ""
    rules = [*cover.chosen, aids, *cover.rules]
    items = [f"<li>{escape(rule)}</li>" for rule in rules if rule]
    items += [f'<li class="no-paper">{escape(words.say(key))}</li>' for key in ("page-boxes", "page-keeping")]
    parts = [f"<h2>{escape(words.say('page-before'))}</h2>", "<ul>", *items, "</ul>"]
    if cover.practice:
        parts.append(f"<p><em>{escape(words.say('practice-sheet'))}</em></p>")
    if not cover.student:
        label = f'<label for="student">{escape(words.say("page-student"))}</label>'
        box = '<input class="long" id="student" autocomplete="off" spellcheck="false" maxlength="200">'
        parts.append(f'<p class="student">{label} {box}</p>')
    parts.append(f'<p class="warning no-paper" id="no-script">{escape(words.say("page-no-script"))}</p>')
    return "\n".join(parts)


def _question(section: Section, words: Wording) -> str:
    title = f'<h3 id="{section.name}">{section.name} · {escape(section.title)}</h3>'
    told = escape(worth(section.points, section.minutes, " · ", words))
    boxes = {field.answer.name: box_of(field, words) for field in section.fields}
    return (
        f'<section class="question" aria-labelledby="{section.name}">\n'
        f'<div class="question-head">{title}<span class="worth">{told}</span></div>\n'
        f'<p class="tag">{section.tag}</p>\n{html_filled(section.text, boxes)}</section>'
    )


def _bar(words: Wording) -> str:
    """What stays at the lower edge: how far, and the two buttons."""
    return f"""<div class="bar" id="bar" role="region" aria-label="{escape(words.say("page-bar"))}" hidden>
<p id="counter"></p>
<button type="button" id="clear">{escape(words.say("page-clear"))}</button>
<button type="button" id="save" class="first">{escape(words.say("page-save"))}</button>
<p id="notice" role="status"></p>
</div>"""


def _dialog(words: Wording) -> str:
    """What is asked before everything is cleared."""
    return f"""<dialog id="clear-dialog" aria-labelledby="clear-title" aria-describedby="clear-text">
<h2 id="clear-title">{escape(words.say("page-clear-title"))}</h2>
<p id="clear-text">{escape(words.say("page-clear-text"))}</p>
<p id="clear-unsaved" class="warning" hidden>{escape(words.say("page-clear-unsaved"))}</p>
<form method="dialog">
<button value="keep" class="first">{escape(words.say("page-clear-no"))}</button>
<button value="clear">{escape(words.say("page-clear-yes"))}</button>
</form>
</dialog>"""
