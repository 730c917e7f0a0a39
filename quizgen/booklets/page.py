"""A booklet as a page to answer in: one file that asks the network for nothing, keeps what is typed, and saves it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from html import escape
from pathlib import Path

from quizgen.booklets.asking import counted
from quizgen.booklets.boxes import box_of
from quizgen.booklets.model import Booklet, Cover, Section
from quizgen.booklets.wording import SCRIPT_WORDS, TYPING_WORDS, WORDS
from quizgen.render.html import html_filled

_HERE = Path(__file__).parent


def as_page(booklet: Booklet) -> str:
    """What is handed out; nothing in it betrays an answer, and no box differs from student to student."""
    data = {"exam": booklet.exam, "tag": booklet.tag, "student": booklet.cover.student}
    body = [
        f'<a class="skip" href="#questions">{_word("skip")}</a>',
        _head(booklet),
        "<main>",
        _before(booklet.cover),
        f'<h2 id="questions" tabindex="-1">{_word("questions")}</h2>',
        *map(_question, booklet.sections),
        "</main>",
        _BAR,
        _DIALOG,
        data_block("words", {**TYPING_WORDS, **SCRIPT_WORDS}),
    ]
    title = f"{booklet.cover.title} · {booklet.tag}"
    script = own_file("page.js") + own_file("saving.js")
    return page(title, "\n".join(body), booklet.language, script=script, data=data)


def page(
    title: str, body: str, language: str, *, script: str = "", style: str = "", data: Mapping[str, str] | None = None
) -> str:
    """A whole page around a body that is HTML already; `data` is for the script to read, `style` goes beyond ours."""
    told = "".join(f' data-{name}="{escape(text)}"' for name, text in (data or {}).items())
    running = f"<script>{script}</script>\n" if script else ""
    return f"""<!doctype html>
<html lang="{escape(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta http-equiv="Content-Security-Policy" content="{_policy(script)}">
<link rel="icon" href="data:,">
<title>{escape(title)}</title>
<style>
{own_file("page.css")}{style}</style>
</head>
<body{told}>
{body}
{running}</body>
</html>
"""


@cache
def own_file(name: str) -> str:
    """A script or style sheet that lies beside this module."""
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def _policy(script: str) -> str:
    """Nothing is fetched from anywhere; no script runs but ours, known by its digest."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f"script-src 'sha256-{digest}'; " if script else ""
    return f"default-src 'none'; {allowed}style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def data_block(name: str, data: object) -> str:
    """Data for a script, in which no text can end the element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return f'<script type="application/json" id="{name}">{safe}</script>'


def _word(name: str, **holes: str) -> str:
    """A fixed word as HTML."""
    return escape(WORDS[name].format(**holes))


def _worth(points: Fraction, minutes: Fraction | None) -> list[str]:
    """Points, and minutes where they are stated."""
    return [counted(points, "point"), *([counted(minutes, "minute")] if minutes else [])]


def _who(cover: Cover) -> str:
    """A student's id and name, as far as they are known."""
    return f"{cover.student} {cover.name}".strip()


def _head(booklet: Booklet) -> str:
    cover = booklet.cover
    told = [WORDS["paper"].format(tag=booklet.tag), cover.date, *_worth(cover.points, cover.minutes), _who(cover)]
    spans = "".join(f"<span>{escape(text)}</span>" for text in told if text)
    return f'<header>\n<h1>{escape(cover.title)}</h1>\n<p class="about">{spans}</p>\n</header>'


def _before(cover: Cover) -> str:
    """What is read first: rules, aids, which questions are asked, and the name where nobody knows it."""
    rules = [*cover.chosen, WORDS["aids"].format(aids="; ".join(cover.aids)) if cover.aids else ""]
    rules += [WORDS[name] for name in ("rule_carry", "rule_round", "rule_numbers", "rule_grid")]
    items = "".join(f"<li>{escape(rule)}</li>\n" for rule in rules if rule)
    parts = [f"<h2>{_word('before')}</h2>", f'<ul>\n{items}<li class="no-paper">{_word("rule_save")}</li>\n</ul>']
    if cover.practice:
        parts.append(f"<p><em>{_word('practice')}</em></p>")
    if not cover.student:
        label = f'<label for="student">{_word("student")}</label>'
        box = '<input class="long" id="student" autocomplete="off" spellcheck="false" maxlength="200">'
        parts.append(f'<p class="student">{label} {box}</p>')
    parts.append(f'<p class="warning no-paper" id="no-script">{_word("no_script")}</p>')
    return "\n".join(parts)


def _question(section: Section) -> str:
    head = section_head(section, " · ".join(_worth(section.points, section.minutes)))
    boxes = {field.answer.name: box_of(field) for field in section.fields}
    text = html_filled(section.text, boxes)
    return (
        f'<section class="question" aria-labelledby="{section.name}">\n{head}\n'
        f'<p class="tag">{section.tag}</p>\n{text}</section>'
    )


def section_head(section: Section, worth: str) -> str:
    """The heading of a question, with what it is worth."""
    title = f'<h3 id="{section.name}">{section.name} · {escape(section.title)}</h3>'
    return f'<div class="question-head">{title}<span class="worth">{escape(worth)}</span></div>'


_BAR = f"""<div class="bar" id="bar" role="region" aria-label="{_word("bar")}" hidden>
<p id="counter"></p>
<button type="button" id="clear">{_word("clear")}</button>
<button type="button" id="save" class="first">{_word("save")}</button>
<p id="notice" role="status"></p>
</div>"""
_DIALOG = f"""<dialog id="clear-dialog" aria-labelledby="clear-title" aria-describedby="clear-text">
<h2 id="clear-title">{_word("clear_title")}</h2>
<p id="clear-text">{_word("clear_text")}</p>
<p id="clear-unsaved" class="warning" hidden>{_word("clear_unsaved")}</p>
<form method="dialog">
<button value="keep" class="first">{_word("clear_no")}</button>
<button value="clear">{_word("clear_yes")}</button>
</form>
</dialog>"""
