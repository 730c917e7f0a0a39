"""A booklet, and its key, as Markdown."""

from __future__ import annotations

from quizgen.booklets.asking import field_text, worth
from quizgen.booklets.model import Booklet, Cover, Field, Section
from quizgen.render.escaping import escaped
from quizgen.render.markdown import written
from quizgen.render.words import Wording, words_of


def as_markdown(booklet: Booklet) -> str:
    """What is handed out; nothing in it betrays an answer."""
    return "\n".join([_head(booklet), *map(_question, booklet.sections)])


def key_as_markdown(booklet: Booklet) -> str:
    """The right answers and the worked solutions."""
    key = words_of(booklet.language).say("key", tag=booklet.tag)
    marked = f" · {booklet.marked}" if booklet.revision else ""
    head = f"# {key}{marked} {_who(booklet.cover)}".rstrip() + "\n"
    return "\n".join([head, *map(solution, booklet.sections)])


def specimen_as_markdown(section: Section) -> str:
    """A question, what is right, and why."""
    return f"# {section.title}\n\n{question(section)}\n{solution(section)}"


def question(section: Section) -> str:
    """A question's text with the places to answer in."""
    words = words_of(section.language)
    return written(section.text, {field.answer.name: _place(field, words) for field in section.fields})


def solution(section: Section) -> str:
    """A question's right answers and worked solution."""
    assert section.solution is not None
    values = [f"- **{right.name}** = {right.text}" for right in section.right]
    text = written(section.solution, {})
    return "\n".join([f"## {section.name} · {escaped(section.title)}", "", *values, "", text])


def _question(section: Section) -> str:
    told = worth(section.points, section.minutes, ", ", words_of(section.language))
    title = f"{section.name} · {escaped(section.title)} ({told})"
    return f"---\n\n## {title}\n\n`{section.tag}`\n\n{question(section)}"


def _head(booklet: Booklet) -> str:
    """The top of a booklet."""
    cover, words = booklet.cover, words_of(booklet.language)
    student = _who(cover) or f"{words.say('name')}: {'_' * 20}  {words.say('student-id')}: {'_' * 12}"
    dated = "".join(f" · {escaped(text)}" for text in (booklet.marked, cover.date) if text)
    aids = f"{words.say('aids')}: {escaped('; '.join(cover.aids))}." if cover.aids else ""
    parts = [
        f"# {escaped(cover.title)}",
        f"{words.say('paper')} `{booklet.tag}`{dated} · {worth(cover.points, cover.minutes, ' · ', words)} · {student}",
        *cover.chosen,
        aids,
        "\n".join(f"- {escaped(rule)}" for rule in cover.rules),
        f"*{words.say('practice-sheet')}*" if cover.practice else "",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _who(cover: Cover) -> str:
    """A student's id and name, as far as they are known."""
    return f"**{escaped(cover.student)}** {escaped(cover.name)}".strip() if cover.student else ""


def _place(field: Field, words: Wording) -> str:
    """What stands where the student answers: the column's name, points, kind and precision."""
    head, lines = f"{field_text(field, words)}: ", field.answer.lines
    return head + "______________" if not lines else head + "\n" + "\n\n".join(["_" * 60] * lines)
