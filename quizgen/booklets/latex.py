r"""A booklet, and its key, as a LaTeX document of its own; pdfLaTeX, LuaLaTeX and XeLaTeX set it."""

from __future__ import annotations

from collections.abc import Iterable

from quizgen.booklets.asking import counted, worth
from quizgen.booklets.model import Booklet, Cover, Field, Right, Section
from quizgen.problem.kinds import BY_HAND
from quizgen.render.latex import PREAMBLE, latex_filled, latex_math, tabular
from quizgen.render.latex_signs import in_a_line

_ADVICE = (
    "Each wrong step is paid for once: later answers are judged from your own earlier figures, so go on with what you "
    "have. Write matrices row by row. Round only what you write down, to the precision asked."
)
_MACROS = r"""\usepackage{fancyhdr}
\pagestyle{fancy}
\fancyhf{}
\setlength{\headheight}{15pt}
\setlength{\fboxsep}{0pt}
\newcommand{\answerbox}[1]{\fbox{\rule{0pt}{8mm}\rule{#1}{0pt}}} % of this width
\newcommand{\ruled}{\par\vspace{8mm}\hrule} % a line to write on
"""
_LINE = 160.0  # millimetres that a grid may take
_TOGETHER = 25  # rows of a grid, or lines, that are kept on one page with what they are for
_CELL = 14.0  # millimetres that a cell has, where there is room
_WIDTHS = {"integer": 40, "number": 40, "shape": 60, "location": 50, "formula": 110}  # millimetres, by kind


def as_latex(booklet: Booklet) -> str:
    """What is handed out; nothing in it betrays an answer."""
    return _document(booklet, "Paper", [_cover(booklet), *map(_question, booklet.sections)])


def key_as_latex(booklet: Booklet) -> str:
    """The right answers and the worked solutions."""
    head = rf"\section*{{Key to paper {in_a_line(booklet.tag)} {_who(booklet.cover)}}}"
    return _document(booklet, "Key to paper", [head, *map(_solution, booklet.sections)])


def _document(booklet: Booklet, what: str, parts: Iterable[str]) -> str:
    """A document around its parts; title and tag stand at the top of each page, the page's number at its foot."""
    head = rf"\fancyhead[L]{{{in_a_line(booklet.cover.title)}}}\fancyhead[R]{{{what} \texttt{{{booklet.tag}}}}}"
    lines = [
        r"\documentclass[11pt,a4paper]{article}",
        PREAMBLE + _MACROS + head,
        r"\fancyfoot[C]{\thepage{} of \pageref{last}}",
        r"\begin{document}",
        *parts,
        r"\label{last}",
        r"\end{document}",
    ]
    return "\n".join(lines) + "\n"


def _cover(booklet: Booklet) -> str:
    """The top of a booklet."""
    cover = booklet.cover
    blank = r"Name: \rule{70mm}{0.4pt}\quad Student id: \rule{40mm}{0.4pt}"
    told = [rf"Paper \texttt{{{booklet.tag}}}", *filter(None, [in_a_line(cover.date)])]
    paragraphs = [
        rf"{{\LARGE\bfseries {in_a_line(cover.title)}\par}}",
        r" $\cdot$ ".join([*told, worth(cover.points, cover.minutes, r" $\cdot$ ")]),
        _who(cover) or blank,
        _points(booklet),
        *map(in_a_line, cover.chosen),
        *([f"Allowed aids: {in_a_line('; '.join(cover.aids))}."] if cover.aids else []),
        _ADVICE,
        *([r"\emph{A practice sheet: drawn from a public seed, not a secret.}"] if cover.practice else []),
    ]
    return "\n\n".join(paragraphs) + "\n"


def _points(booklet: Booklet) -> str:
    """A table of the questions and their points, with room for those that are given."""
    rows = [f"{section.name} & {counted(section.points, 'point')} &" for section in booklet.sections]
    total = rf"\hline total & {counted(booklet.cover.points, 'point')} &"
    body = "".join(rf"{row} \\ " + "\n" for row in [*rows, total])
    return tabular(r"l|r|p{25mm}", r"\textbf{question} & \textbf{worth} & \textbf{points} \\ \hline" + "\n" + body)


def _who(cover: Cover) -> str:
    """A student's id and name, as far as they are known."""
    return rf"\textbf{{{in_a_line(cover.student)}}} {in_a_line(cover.name)}".strip() if cover.student else ""


def _question(section: Section) -> str:
    fields = {field.answer.name: _field(field) for field in section.fields}
    title = rf"{section.name} $\cdot$ {in_a_line(section.title)} ({worth(section.points, section.minutes, ', ')})"
    text = latex_filled(section.text, fields)
    return f"\\section*{{\\raggedright {title}}}\n\n\\texttt{{{section.tag}}}\\nopagebreak\n\n{text}"


def _solution(section: Section) -> str:
    """A question's right answers and worked solution."""
    assert section.solution is not None
    values = "".join(map(_right, section.right))
    text = latex_filled(section.solution, {})
    return f"\\section*{{{section.name} $\\cdot$ {in_a_line(section.title)}}}\n\n{values}{text}"


def _right(right: Right) -> str:
    value = latex_math(right.tex) if right.tex else in_a_line(right.text)
    return rf"\fitted{{\textbf{{{in_a_line(right.name)}}} = {value}}}" + "\n\n"


def _field(field: Field) -> str:
    """What stands where the student answers: the column's name, points, kind and precision, and room for it."""
    told = f"{counted(field.points, 'point')}; {field.asks}"
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
