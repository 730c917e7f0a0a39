r"""Texts as LaTeX, in which nothing that a stranger wrote acts: signs are escaped, formulas are plain ones.

The document around them brings the macros of `PREAMBLE`. The packages are those of every TeX installation, and the
engine may be pdfLaTeX, LuaLaTeX or XeLaTeX.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from quizgen.render.contents import Asked, Content, Layers, Pixels, Shapes
from quizgen.render.filling import Filled
from quizgen.render.formulas import NotPlainError, plain_formula
from quizgen.render.latex_signs import in_a_line, prose
from quizgen.render.marks import clean, mark
from quizgen.render.tree import (
    Alone,
    Block,
    Break,
    Code,
    Emphasis,
    Formula,
    Heading,
    Inline,
    Items,
    Link,
    Listing,
    Number,
    Paragraph,
    Quote,
    Rule,
    Strong,
    Table,
    Text,
    Tree,
    between_marks,
    rendered,
)

PREAMBLE = r"""\usepackage{amsmath,amssymb,array,graphicx}
\usepackage[margin=22mm]{geometry}
\setcounter{MaxMatrixCols}{100}
\ifdefined\Umathcode\else % pdfLaTeX: accents of more languages, where these fonts are installed
  \IfFileExists{lmodern.sty}{\usepackage[T1]{fontenc}\usepackage{lmodern}}{}
\fi
% A letter by its number and itself: where the engine or the font has none, its number.
\def\Tone{T1}
\newcommand{\signnumber}[1]{\texttt{U+#1}}
\newcommand{\sign}[2]{\ifdefined\Umathcode
  \iffontchar\font"#1 #2\else\signnumber{#1}\fi
  \else\ifx\encodingdefault\Tone
    \ifcsname u8:\detokenize{#2}\endcsname#2\else\signnumber{#1}\fi
  \else\signnumber{#1}\fi\fi}
% What is wider than the line or longer than the page shrinks to it.
\newsavebox{\widebox}
\newcommand{\fitted}[1]{\sbox{\widebox}{#1}%
  \ifdim\dimexpr\ht\widebox+\dp\widebox>0.9\textheight\sbox{\widebox}{\resizebox{!}{0.9\textheight}{\usebox{\widebox}}}\fi
  \ifdim\wd\widebox>\linewidth\resizebox{\linewidth}{!}{\usebox{\widebox}}\else\usebox{\widebox}\fi}
% In the cell of a table, or in a line of its own.
\newcommand{\incell}[2]{\ifhmode\ifinner#1\else#2\fi\else#2\fi}
\newcommand{\formula}[1]{\incell{\fitted{$\displaystyle #1$}}{\[\fitted{$\displaystyle #1$}\]}}
\newcommand{\shown}[1]{\incell{\fitted{#1}}{\begin{center}\fitted{#1}\end{center}}}
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.6\baselineskip}
\setlength{\emergencystretch}{3em}
"""
_DEEPEST = 4  # lists within each other that LaTeX can set
_WIDE = 40  # letters of a cell that has to break into lines
_ALIGNED = {"right": "r", "center": "c"}


def latex_of(text: str) -> str:
    r"""A Markdown text as LaTeX: what TeX would act on is shown as text.

    >>> print(latex_of(r"**So** $a < b$, 50% \input{x}"), end="")
    \textbf{So} $a < b$, 50\% \textbackslash{}input\{x\}
    <BLANKLINE>
    """
    return latex_filled(Filled(clean(text), ()), {})


def latex_filled(variant: Filled, fields: Mapping[str, str]) -> str:
    """A filled text as LaTeX; where an answer is asked, the LaTeX of `fields` stands."""
    return rendered(variant.text, variant.contents, latex_tree, partial(_put, fields))


def latex_math(tex: str, *, display: bool = False) -> str:
    r"""A formula between its signs; what is no plain formula is shown as it was written.

    >>> latex_math(r"\frac{1}{2}"), latex_math(r"\input{x}")
    ('$\\frac{1}{2}$', '\\texttt{\\textbackslash{}input\\{x\\}}')
    """
    try:
        formula = plain_formula(tex) or "{}"
    except NotPlainError:
        return rf"\texttt{{{in_a_line(tex)}}}" + "\n\n" * display
    return f"\\formula{{{formula}}}\n\n" if display else f"${formula}$"


def latex_layers(layers: Layers) -> str:
    """A network as a table, one layer a row."""
    rows = [[str(number), text] for number, text in enumerate(layers.rows, start=1)]
    return _rows([["", layers.heading], *rows])


def latex_shapes(shapes: Shapes) -> str:
    """A network's shapes as a table: each layer with its output, where that is told."""
    if not shapes.has_sizes:
        return latex_layers(shapes.table)
    rows = [[str(number or ""), row.label, row.size] for number, row in enumerate(shapes.rows)]
    return _rows([["", *shapes.headings], *rows])


def _rows(rows: list[list[str]]) -> str:
    """Rows of words under a heading; the first column holds numbers."""
    head, *others = [" & ".join(map(in_a_line, row)) for row in rows]
    body = "".join(rf"{row} \\" + "\n" for row in others)
    return tabular("r" + "l" * (len(rows[0]) - 1), rf"{head} \\ \hline" + "\n" + body)


def tabular(columns: str, rows: str) -> str:
    """A table in a line of its own, as wide as the line at most."""
    return f"\\shown{{\\begin{{tabular}}{{{columns}}}\n{rows}\\end{{tabular}}}}\n\n"


def latex_tree(tree: Tree) -> str:
    """A tree as LaTeX; its marks stay."""
    return _blocks(tree, 0)


def _put(fields: Mapping[str, str], content: Formula | Number | Content) -> str:
    match content:
        case Formula():
            return latex_math(content.tex, display=content.display)
        case Number(text=text):
            return f"${text}$" if text.startswith("-") else text
        case Asked(answer=answer):
            return fields[answer.name]
        case Layers():
            return latex_layers(content)
        case Shapes():
            return latex_shapes(content)
        case Pixels():
            return latex_math(content.tex, display=True)


def _blocks(blocks: Tree, depth: int) -> str:
    return "".join(_block(block, depth) for block in blocks)


def _block(block: Block, depth: int) -> str:
    match block:
        case Paragraph(of=words):
            return f"{_words(words)}\n\n"
        case Alone(number=number):
            return mark(number)
        case Heading(level=level, of=words):
            return rf"\{'subsection' if level == 1 else 'subsubsection'}*{{{_words(words)}}}" + "\n\n"
        case Items():
            return _items(block, depth + 1)
        case Table():
            return _table(block)
        case Quote(of=blocks):
            return _blocks(blocks, depth) if depth >= _DEEPEST else _quoted(blocks, depth + 1)
        case Listing(text=text):
            lines = (_escaped(line.replace(" ", "\u00a0")) for line in text.rstrip("\n").split("\n"))
            return "".join(rf"\texttt{{{line}}}\par{{}}" + "\n" for line in lines) + "\n"
        case Rule():
            return "\\hrulefill\n\n"


def _quoted(blocks: Tree, depth: int) -> str:
    return "\\begin{quote}\n" + _blocks(blocks, depth).rstrip("\n") + "\n\\end{quote}\n\n"


def _items(items: Items, depth: int) -> str:
    """A list with its own numbers; a very deep one goes on as paragraphs."""
    numbers = [r"\textbullet" if items.first is None else f"{items.first + i}." for i in range(len(items.items))]
    texts = [_blocks(item, depth).rstrip("\n") for item in items.items]
    if depth > _DEEPEST:
        return "".join(f"{number} {text}\n\n" for number, text in zip(numbers, texts, strict=True))
    rows = "".join(f"\\item[{number}] {text}\n" for number, text in zip(numbers, texts, strict=True))
    return f"\\begin{{itemize}}\n{rows}\\end{{itemize}}\n\n"


def _table(table: Table) -> str:
    """A table; a column with sentences in it breaks them into lines."""
    columns = "".join(
        f"p{{{0.8 / len(table.aligns):.2f}\\linewidth}}" if _is_wide(table, i) else _ALIGNED.get(align, "l")
        for i, align in enumerate(table.aligns)
    )
    head = " & ".join(rf"\textbf{{{_words(words)}}}" for words in table.head)
    rows = "".join(" & ".join(map(_words, row)) + r" \\" + "\n" for row in table.rows)
    return tabular(columns, rf"{head} \\ \hline" + "\n" + rows)


def _is_wide(table: Table, column: int) -> bool:
    return any(len(_words(row[column])) > _WIDE for row in (table.head, *table.rows))


def _words(inlines: tuple[Inline, ...]) -> str:
    return "".join(map(_inline, inlines))


def _inline(inline: Inline) -> str:
    match inline:
        case Text(text=text):
            return _escaped(text)
        case Strong(of=words):
            return rf"\textbf{{{_words(words)}}}"
        case Emphasis(of=words):
            return rf"\emph{{{_words(words)}}}"
        case Code(text=text):
            return rf"\texttt{{{_escaped(text)}}}"
        case Link(to=to, of=words):
            return _words(words) if _words(words) == _escaped(to) else rf"{_words(words)} (\texttt{{{in_a_line(to)}}})"
        case Break():
            return "\\newline{}\n"


def _escaped(text: str) -> str:
    return between_marks(text, prose)
