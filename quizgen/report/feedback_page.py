"""A student's feedback as one HTML page."""

from __future__ import annotations

from html import escape

from quizgen.render.html import html_of
from quizgen.render.page import page
from quizgen.report.feedback import CORRECTED, UNASKED, AnswerTold, Feedback, QuestionTold, Spoken, Voice


def as_page(told: Feedback) -> str:
    """The whole page; nothing in it that a stranger wrote is mark-up."""
    questions = "\n".join(map(_question, told.questions))
    unasked = "".join(f"\n<p>{escape(question)} {UNASKED}</p>" for question in told.unasked)
    return page(
        f"{told.title}: {told.student}", f"{_head(told)}\n<main>\n{_points(told)}\n{questions}{unasked}\n</main>"
    )


def _head(told: Feedback) -> str:
    name = f" {escape(told.name)}" if told.name else ""
    paper = f", paper <code>{escape(told.paper)}</code>" if told.paper else ""
    return (
        f"<header>\n<h1>{escape(told.title)}</h1>\n"
        f"<p>Student <strong>{escape(told.student)}</strong>{name}{paper}</p>\n"
        f'<p class="total">{told.points:g} of {told.worth:g} points</p>\n</header>'
    )


def _points(told: Feedback) -> str:
    """The points of each question, and where credit was carried."""
    rows = "\n".join(
        f'<tr><th scope="row"><a href="#{escape(q.name)}">{escape(q.name)}</a></th><td>{escape(q.title)}</td>'
        f'<td class="number">{q.points:g}</td><td class="number">{q.worth:g}</td></tr>'
        for q in told.questions
    )
    carried = f"<p>Credit was carried, right from your own earlier figures: {escape(', '.join(told.carried))}.</p>"
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Question", "Title", "Points", "of"))
    table = (
        f'<div class="wide"><table>\n<caption>Points</caption>\n<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table></div>"
    )
    return f"{table}\n{carried}" if told.carried else table


def _question(told: QuestionTold) -> str:
    name = escape(told.name)
    number = name.removeprefix("Q")
    corrected = "".join(
        f'<p class="corrected">Question {number} {CORRECTED} {escape(why)}</p>\n' for why in told.corrected
    )
    return (
        f'<section aria-labelledby="{name}">\n'
        f'<h2 id="{name}">{name} · {escape(told.title)}: {told.points:g} of {told.worth:g} points</h2>\n'
        f"{corrected}<h3>Your question</h3>\n{html_of(told.text)}"
        f"<h3>Your answers</h3>\n{''.join(map(_answer, told.answers))}"
        f"<h3>Worked solution</h3>\n{html_of(told.solution)}</section>"
    )


def _answer(told: AnswerTold) -> str:
    said = "".join(map(_spoken, told.said)).strip()
    return (
        f'<div class="answer {escape(told.outcome)}">\n<h4>{escape(told.name)}: '
        f'<span class="outcome">{escape(told.outcome)}</span>, {told.points:g} of {told.worth:g}</h4>\n'
        f"{f'<p>{said}</p>' if said else ''}\n</div>\n"
    )


def _spoken(spoken: Spoken) -> str:
    voice, text = spoken
    return f"<code>{escape(text)}</code>" if voice is Voice.VALUE else escape(text)
