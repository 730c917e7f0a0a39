"""A student's feedback as Markdown."""

from __future__ import annotations

from quizgen.render.escaping import escaped
from quizgen.report.feedback import CORRECTED, UNASKED, AnswerTold, Feedback, QuestionTold, Spoken, Voice


def as_markdown(told: Feedback) -> str:
    """The whole text; nothing in it that a stranger wrote is mark-up."""
    name = f" {escaped(told.name)}" if told.name else ""
    paper = f", paper `{told.paper}`" if told.paper else ""
    lines = [
        f"# {escaped(told.title)}",
        "",
        f"Student **{escaped(told.student)}**{name}{paper}: **{told.points:g} of {told.worth:g} points**",
        "",
    ]
    if told.carried:
        lines += [f"Credit was carried, right from your own earlier figures: {', '.join(told.carried)}.", ""]
    for question in told.questions:
        lines += _question(question)
    for name in told.unasked:
        lines += [f"{name} {UNASKED}", ""]
    return "\n".join(lines)


def _question(told: QuestionTold) -> list[str]:
    head = f"## {told.name} · {escaped(told.title)}: {told.points:g} of {told.worth:g} points"
    return [
        *(head, "", *_corrected(told), "### Your question", "", told.text),
        *("### Your answers", "", *map(_answer, told.answers), ""),
        *("### Worked solution", "", told.solution, ""),
    ]


def _corrected(told: QuestionTold) -> list[str]:
    number = told.name.removeprefix("Q")
    return [line for why in told.corrected for line in (f"Question {number} {CORRECTED} {escaped(why)}", "")]


def _answer(told: AnswerTold) -> str:
    said = "".join(map(_spoken, told.said))
    return f"- **{told.name}** ({told.points:g} of {told.worth:g}): *{told.outcome}*.{said}"


def _spoken(spoken: Spoken) -> str:
    match spoken:
        case Voice.THEIRS, text:
            return escaped(text)
        case Voice.VALUE, text:
            return f"`{text.replace('`', ' ')}`"
        case _, text:
            return text
