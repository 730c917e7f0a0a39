r"""Every formula of a problem's texts must be one that every target can write; the line it stands in is told.

A formula is known only when its holes are filled, and then its line is forgotten. So the lines are written into the
template before it is filled, and read again behind: a sign of no language, the number, another sign.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from quizgen.errors import QuizgenError
from quizgen.language.template import Choice, Hole, Piece, Place, Template, Words
from quizgen.render.filling import Filled
from quizgen.render.formulas import plain_formula
from quizgen.render.tree import Formula, apart
from quizgen.render.typst_math import typst_lines

_OPENS, _CLOSES = "\ue003", "\ue004"
_LINE = re.compile(f"{_OPENS}(\\d+){_CLOSES}")
_LINE_OR_CONTENT = re.compile(f"{_LINE.pattern}|[\ue000\ue002](\\d+)\ue001")
_DOLLARS = re.compile(r"\$\$|\$")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LONGEST = 60  # letters of a formula that a message shows

TARGETS: tuple[Callable[[str], object], ...] = (plain_formula, typst_lines)
"""What writes TeX in some target, and raises ValueError or QuizgenError with the reason where it cannot."""


def with_lines(template: Template) -> Template:
    """A template that writes the line of every formula into its texts."""
    return replace(template, pieces=_with_lines(template.pieces))


def without_lines(text: str) -> str:
    """A text without these lines."""
    return _LINE.sub("", text)


def formula_defects(template: Template, texts: Iterable[Filled]) -> list[str]:
    """What no target, or not every one, can write in the texts of a template `with_lines`.

    Formulas that differ in their numbers only are tried once.
    """
    defects: dict[tuple[int, str], str] = {}
    tried: set[tuple[int, str]] = set()
    for text in texts:
        for line, tex in _formulas(text, template.line):
            key = line, _NUMBER.sub("0", tex)
            if key in tried:
                continue
            tried.add(key)
            if (reason := _refusal(tex)) and (line, reason) not in defects:
                what = f"the formula {_shown(tex)} cannot be written: {reason}"
                defects[line, reason] = str(QuizgenError(what, where=f"{template.file}:{line}"))
    return list(defects.values())


def _with_lines(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    marked: list[Piece] = []
    for piece in pieces:
        match piece:
            case Words():
                marked.append(_words_with_lines(piece))
            case Choice():
                then, otherwise = _with_lines(piece.then), _with_lines(piece.otherwise)
                marked.append(replace(piece, then=then, otherwise=otherwise))
            case Hole(format="working") | Place():  # these bring formulas of their own
                marked += [Words(_mark(piece.line)), piece]
            case Hole():
                marked.append(piece)
    return tuple(marked)


def _words_with_lines(words: Words) -> Words:
    text = words.text.replace(_OPENS, "\ufffd")

    def marked(match: re.Match[str]) -> str:
        return match[0] + _mark(words.line + text.count("\n", 0, match.start()))

    return replace(words, text=_DOLLARS.sub(marked, text))


def _mark(line: int) -> str:
    return f"{_OPENS}{line}{_CLOSES}"


def _formulas(filled: Filled, line: int) -> Iterator[tuple[int, str]]:
    """The formulas of a text with their lines: the last one told before a formula, or at its beginning."""
    skeleton, taken = apart(filled.text, filled.contents)
    for match in _LINE_OR_CONTENT.finditer(skeleton):
        if match[1]:
            line = int(match[1])
        elif isinstance(content := taken[int(match[2])], Formula):
            if own := _LINE.match(content.tex):
                line = int(own[1])
            yield line, without_lines(content.tex)


def _refusal(tex: str) -> str:
    """Why a formula cannot be written in every target; empty if it can."""
    for write in TARGETS:
        try:
            write(tex)
        except ValueError as error:
            return str(error)
        except QuizgenError as error:
            return error.what
    return ""


def _shown(tex: str) -> str:
    line = " ".join(tex.split())
    return f"${line}$" if len(line) <= _LONGEST else f"${line[:_LONGEST]}…$"
