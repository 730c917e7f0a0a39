"""Texts with holes: `<<name>>`, `<<name: 2 decimals>>`, `<<if s > 1>>…<<else>>…<<end>>`, `[[answer]]`.

A text is parsed once into pieces; a renderer fills the holes for each variant. There are no loops and no
assignments: a text only shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from quizgen.errors import QuizgenError
from quizgen.language.expr import Expression, compile_expression
from quizgen.language.tolerance import leading_exponent, round_half_up

MAX_DEPTH = 10  # of <<if …>> inside <<if …>>
_MARK = re.compile(r"<<(?P<hole>.*?)>>|\[\[(?P<place>[^\[\]]*)\]\]|(?P<math>\$\$|(?<!\\)\$)|(?P<open><<)", re.DOTALL)
_FORMAT = re.compile(
    r"(?P<value>.*?):\s*(?P<format>table|pixels|plain|working|drawing(?: for (?P<input>.+?))?|"
    r"(?P<digits>\d{1,2}) (?P<unit>decimals?|figures?))\s*",
    re.DOTALL,
)
_ALONE = {
    "working": "A working brings its own: write it outside of $...$, as a paragraph of its own.",
    "drawing": "Write it outside of $...$, as a paragraph of its own.",
    "pixels": "Write it outside of $...$, as a paragraph of its own; inside, <<it>> is a matrix.",
}


@dataclass(frozen=True)
class Words:
    """Text that stands as written, from a line on."""

    text: str
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Digits:
    """A number of decimals or figures to print."""

    unit: str
    count: int

    def shown(self, number: float) -> str:
        """The number, rounded with halves away from zero, without an exponent unless it is very small or large."""
        array = np.array([float(number)])
        places = (
            np.array([self.count]) if self.unit == "decimal" else self.count - 1 - leading_exponent(array, self.count)
        )
        rounded = float(round_half_up(array, places)[0])
        decimals = max(0, int(places[0]))
        if self.unit == "figure" and (decimals > self.count + 4 or places[0] < -9):
            return f"{rounded:.{self.count - 1}e}"
        return f"{rounded:.{decimals}f}" if rounded else f"{0:.{decimals}f}"


@dataclass(frozen=True)
class Hole:
    """A value to be shown; `math` says whether it stands inside `$…$`, `input` for which image a network is drawn."""

    value: Expression
    format: str
    digits: Digits | None
    math: bool
    line: int
    input: Expression | None = None

    @property
    def sizes(self) -> Expression | None:
        """What a drawing with sizes shows: height, width and channels after each layer."""
        return compile_expression(f"shapes({self.value.source}, {self.input.source})") if self.input else None

    @property
    def formulas(self) -> tuple[Expression, ...]:
        """Everything that is shown."""
        return (self.value, self.input, self.sizes) if self.input and self.sizes else (self.value,)


@dataclass(frozen=True)
class Place:
    """The place where the student answers."""

    answer: str
    line: int


@dataclass(frozen=True)
class Choice:
    """One text or another, by a condition on the variant."""

    condition: Expression
    then: tuple[Piece, ...]
    otherwise: tuple[Piece, ...]
    line: int


Piece = Words | Hole | Place | Choice


@dataclass(frozen=True)
class Template:
    """A parsed text: its pieces in order, and the file it comes from."""

    pieces: tuple[Piece, ...]
    file: str
    line: int = 1

    def walk(self) -> Iterator[Piece]:
        """Visit every piece, those inside choices too."""
        yield from _walk(self.pieces)


def parse_template(text: str, file: str, first_line: int = 1) -> Template:
    """Parse a text; raises QuizgenError with file and line for an open or unknown mark."""
    parser = _Parser(text, file, first_line)
    pieces, ended_by = parser.pieces()
    if ended_by:
        raise QuizgenError(f"<<{ended_by}>> without an <<if …>> before it", where=parser.here())
    if parser.math:
        raise QuizgenError(
            f"a {parser.math} that opens mathematics is never closed", where=f"{file}:{parser.math_line}"
        )
    return Template(pieces, file, first_line)


def _walk(pieces: tuple[Piece, ...]) -> Iterator[Piece]:
    for piece in pieces:
        yield piece
        if isinstance(piece, Choice):
            yield from _walk(piece.then)
            yield from _walk(piece.otherwise)


class _Parser:
    """One pass over a text; `math` is the dollar sign that is open, if any."""

    def __init__(self, text: str, file: str, first_line: int) -> None:
        self.text, self.file, self.first_line = text, file, first_line
        self.position = self.depth = 0
        self.math = ""
        self.math_line = first_line

    def here(self) -> str:
        return f"{self.file}:{self.line}"

    @property
    def line(self) -> int:
        return self.first_line + self.text.count("\n", 0, self.position)

    def pieces(self) -> tuple[tuple[Piece, ...], str]:
        """Read up to the end of the text, or to an <<else>> or <<end>>, which is told."""
        found: list[Piece] = []
        start, first = self.position, self.line
        while match := _MARK.search(self.text, self.position):
            self.position = match.start()
            if match["math"]:
                self._toggle(match["math"])
                self.position = match.end()
                continue
            if words := self.text[start : match.start()]:
                found.append(Words(words, first))
            if match["open"]:
                raise QuizgenError("a << that is never closed by >>", where=self.here())
            here = self.line
            self.position = start = match.end()
            inside = " ".join((match["hole"] if match["hole"] is not None else match["place"]).split())
            if match["place"] is not None:
                found.append(Place(inside, here))
            elif inside in ("else", "end"):
                return tuple(found), inside
            elif inside.startswith("if "):
                found.append(self._choice(inside[3:], here))
                start = self.position
            else:
                found.append(self._hole(inside, here))
            first = self.line
        if words := self.text[start:]:
            found.append(Words(words, first))
        self.position = len(self.text)
        return tuple(found), ""

    def _choice(self, condition: str, line: int) -> Choice:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise QuizgenError(f"<<if …>> inside <<if …>>, deeper than {MAX_DEPTH}", where=f"{self.file}:{line}")
        compiled = compile_expression(condition, where=f"{self.file}:{line}")
        then, ended_by = self.pieces()
        otherwise: tuple[Piece, ...] = ()
        if ended_by == "else":
            otherwise, ended_by = self.pieces()
        self.depth -= 1
        if ended_by == "else":
            raise QuizgenError("a second <<else>>", where=self.here())
        if ended_by != "end":
            raise QuizgenError("an <<if …>> that is never closed by <<end>>", where=f"{self.file}:{line}")
        return Choice(compiled, then, otherwise, line)

    def _hole(self, inside: str, line: int) -> Hole:
        if "<<" in inside:
            raise QuizgenError("a << that is never closed by >>", where=f"{self.file}:{line}")
        match = _FORMAT.fullmatch(inside)
        source, shown = (match["value"], match["format"]) if match else (inside, "")
        if not match and ":" in inside:
            wanted = inside.rpartition(":")[2].strip()
            raise QuizgenError(
                f"the format '{wanted}' is not known",
                where=f"{self.file}:{line}",
                hint="Formats are: 2 decimals, 3 figures, table, drawing, pixels, plain, working.",
            )
        if match and match["digits"] == "0" and match["unit"].startswith("figure"):
            raise QuizgenError("0 figures show nothing", where=f"{self.file}:{line}")
        kind = shown.partition(" ")[0]
        if kind in _ALONE and self.math:
            raise QuizgenError(
                f"<<{inside}>> stands inside mathematics", where=f"{self.file}:{line}", hint=_ALONE[kind]
            )
        value = compile_expression(source, where=f"{self.file}:{line}")
        if match and kind == "drawing":
            drawn_for = compile_expression(match["input"], where=f"{self.file}:{line}") if match["input"] else None
            return Hole(value, kind, None, False, line, drawn_for)
        digits = Digits(match["unit"].rstrip("s"), int(match["digits"])) if match and match["digits"] else None
        return Hole(value, shown, digits, bool(self.math), line)

    def _toggle(self, sign: str) -> None:
        """Enter or leave mathematics."""
        if not self.math:
            self.math, self.math_line = sign, self.line
        elif self.math == sign:
            self.math = ""
