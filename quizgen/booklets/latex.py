r"""A booklet, and its key, as a LaTeX document of its own; pdfLaTeX, LuaLaTeX and XeLaTeX set it."""

from __future__ import annotations

from collections.abc import Iterable

from quizgen.booklets.asking import worth
from quizgen.booklets.model import Booklet, Cover, Field, Right, Section
from quizgen.problem.kinds import BY_HAND
from quizgen.render.latex import PREAMBLE, latex_filled, latex_math, tabular
from quizgen.render.latex_signs import in_a_line
from quizgen.render.words import Wording, words_of

_MACROS = r"""\usepackage{fancyhdr}
\pagestyle{fancy}
\fancyhf{}
\setlength{\headheight}{24pt}
\setlength{\fboxsep}{0pt}
\newcommand{\answerbox}[1]{\fbox{\rule{0pt}{8mm}\rule{#1}{0pt}}} % of this width
\newcommand{\ruled}{\par\vspace{8mm}\hrule} % a line to write on
"""
_LARGE = r"""\ifdefined\Umathcode\else\usepackage{fix-cm}\fi % large print: 18 pt
\AtBeginDocument{\raggedright}
\renewcommand{\normalsize}{\fontsize{18}{23}\selectfont}
\renewcommand{\Large}{\fontsize{21}{26}\selectfont}
\renewcommand{\LARGE}{\fontsize{25}{30}\selectfont}
"""
_LINE = 160.0  # millimetres that a grid may take
_TOGETHER = 25  # rows of a grid, or lines, that are kept on one page with what they are for
_CELL = 14.0  # millimetres that a cell has, where there is room
_WIDTHS = {"integer": 40, "number": 40, "shape": 60, "location": 50, "formula": 110}  # millimetres, by kind
_DOT = r" $\cdot$ "


def as_latex(booklet: Booklet) -> str:
    """What is handed out; nothing in it betrays an answer."""
    return _document(booklet, [_cover(booklet), *map(_question, booklet.sections)])


def key_as_latex(booklet: Booklet) -> str:
    """The right answers and the worked solutions."""
    key = in_a_line(words_of(booklet.language).say("key", tag=booklet.tag))
    return _document(booklet, [rf"\section*{{{key} {_who(booklet.cover)}}}", *map(_solution, booklet.sections)])


def _document(booklet: Booklet, parts: Iterable[str]) -> str:
    """A document around its parts; title and tag stand at the top of each page, the page's number at its foot."""
    marked = in_a_line(booklet.marked) + _DOT if booklet.revision else ""
    head = rf"\fancyhead[L]{{{in_a_line(booklet.cover.title)}}}\fancyhead[R]{{{marked}\texttt{{{booklet.tag}}}}}"
    pages = words_of(booklet.language).say("page", page="@", pages="@@")
    foot = in_a_line(pages).replace("@@", r"\pageref{last}").replace("@", r"\thepage{}")
    lines = [
        r"\documentclass[11pt,a4paper]{article}",
        PREAMBLE + _MACROS + (_LARGE if booklet.wishes.large else "") + head,
        rf"\fancyfoot[C]{{{foot}}}",
        r"\begin{document}",
        *parts,
        r"\label{last}",
        r"\end{document}",
    ]
    return "\n".join(lines) + "\n"


def _cover(booklet: Booklet) -> str:
    """The top of a booklet."""
    cover, words = booklet.cover, words_of(booklet.language)
    name, student = in_a_line(words.say("name")), in_a_line(words.say("student-id"))
    paper = rf"{in_a_line(words.say('paper'))} \texttt{{{booklet.tag}}}"
    told = [booklet.marked, cover.date, worth(cover.points, cover.minutes, " · ", words)]
    rules = "".join(rf"\item {in_a_line(rule)}" + "\n" for rule in cover.rules)
    paragraphs = [
        rf"{{\LARGE\bfseries {in_a_line(cover.title)}\par}}",
        _DOT.join([paper, *map(in_a_line, filter(None, told))]),
        _who(cover) or rf"{name}: \rule{{70mm}}{{0.4pt}}\quad {student}: \rule{{40mm}}{{0.4pt}}",
        _place(booklet, words),
        _points(booklet, words),
        *map(in_a_line, cover.chosen),
        rf"{in_a_line(words.say('aids'))}: {in_a_line('; '.join(cover.aids))}." if cover.aids else "",
        "\\begin{itemize}\n" + rules + "\\end{itemize}" if rules else "",
        rf"\emph{{{in_a_line(words.say('practice-sheet'))}}}" if cover.practice else "",
    ]
    return "\n\n".join(filter(None, paragraphs)) + "\n"


def _place(booklet: Booklet, words: Wording) -> str:
    """Room and seat, where they are known."""
    told = (("room", booklet.wishes.room), ("seat", booklet.wishes.seat))
    return _DOT.join(f"{in_a_line(words.say(key))}: {in_a_line(text)}" for key, text in told if text)


def _points(booklet: Booklet, words: Wording) -> str:
    """A table of the questions and their points, with room for those that are given."""
    question, points, total = (in_a_line(words.say(key)) for key in ("question", "points-heading", "total"))
    rows = [(section.name, section.points) for section in booklet.sections]
    body = "".join(rf"{name} & {in_a_line(words.say('points', n=worth))} & \\" + "\n" for name, worth in rows)
    last = rf"\hline {total} & {in_a_line(words.say('points', n=booklet.cover.points))} & \\" + "\n"
    return tabular("l|r|p{25mm}", rf"\textbf{{{question}}} & \textbf{{{points}}} & \\ \hline" + "\n" + body + last)


def _who(cover: Cover) -> str:
    """A student's id and name, as far as they are known."""
    return rf"\textbf{{{in_a_line(cover.student)}}} {in_a_line(cover.name)}".strip() if cover.student else ""


def _question(section: Section) -> str:
    words = words_of(section.language)
    fields = {field.answer.name: _field(field, words) for field in section.fields}
    told = in_a_line(worth(section.points, section.minutes, ", ", words))
    title = rf"{section.name}{_DOT}{in_a_line(section.title)} ({told})"
    text = latex_filled(section.text, fields)
    return f"\\section*{{\\raggedright {title}}}\n\n\\texttt{{{section.tag}}}\\nopagebreak\n\n{text}"


def _solution(section: Section) -> str:
    """A question's right answers and worked solution."""
    assert section.solution is not None
    values = "".join(map(_right, section.right))
    text = latex_filled(section.solution, {})
    return f"\\section*{{\\raggedright {section.name}{_DOT}{in_a_line(section.title)}}}\n\n{values}{text}"


def _right(right: Right) -> str:
    value = latex_math(right.tex) if right.tex else in_a_line(right.text)
    return rf"\fitted{{\textbf{{{in_a_line(right.name)}}} = {value}}}" + "\n\n"


def _field(field: Field, words: Wording) -> str:
    """What stands where the student answers: the column's name, points, kind and precision, and room for it."""
    told = f"{words.say('points', n=field.points)}; {field.asks}"
    label = rf"\textbf{{{in_a_line(field.name)}}} ({in_a_line(told)}):"
    space = rf"\vspace{{{field.working:g}cm}}" if field.working else ""
    room = rf"\raggedright {label} {_room(field)}\par"
    rows = field.answer.lines or (field.shape[0] if len(field.shape) == 2 else 1)
    together = rf"\begin{{minipage}}{{\linewidth}}{room}\end{{minipage}}" if rows <= _TOGETHER else f"{{{room}}}"
    return rf"\par\nopagebreak{together}\par" + space


def _room(field: Field) -> str:
    """Room for an answer, by its kind."""
    answer = field.answer
    if answer.kind == BY_HAND:
        return r"\ruled" * answer.lines + "\n\n"
    if answer.options:
        return r"\quad ".join(rf"$\square$~{in_a_line(option)}" for option in answer.options)
    if field.shape:
        return "\\nopagebreak\n\n" + _grid(*(field.shape if len(field.shape) == 2 else (1, *field.shape)))
    return rf"\answerbox{{{_WIDTHS.get(answer.kind, 40)}mm}}"


def _grid(rows: int, columns: int) -> str:
    """A box for each cell."""
    width = min(_CELL, _LINE / columns - 1)
    row = r"\rule{0pt}{7mm}" + " &" * (columns - 1) + r" \\ \hline" + "\n"
    return tabular(rf"|*{{{columns}}}{{@{{}}p{{{width:.4g}mm}}@{{}}|}}", r"\hline" + "\n" + row * rows)
