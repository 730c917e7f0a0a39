"""Lines of a worked solution as Markdown: sums and products, chains of equals signs, a line for each cell.

Mathematics is TeX between `$$`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import starmap

from quizgen.render.shown import Place, Shown, Work, guarded, places

FULL_CELLS = 16  # of a value that are computed before everybody's eyes; then "and so on"
MAX_TERMS = 36  # of a sum that are written down
LONG_SUM = 8  # terms; of a longer sum those that are 0 are left away
LINE_WIDTH = 90  # characters, about, after which a line is broken

_BREAK = " \\\\\n"
_NARROW = re.compile(r"\\(?!cdot)[a-zA-Z]+|[{}()\\]")
_SIGN = re.compile(r" (?=[+-] )")


class Saying(str):
    """An explanation in words, a paragraph or part of one: in a solution it is said once."""

    __slots__ = ()


ZEROS_LEFT_OUT = Saying("Terms that are 0 are left out of long sums.")


def product(*factors: str) -> str:
    """Some numbers multiplied."""
    return r" \cdot ".join(map(guarded, factors))


def total(terms: Sequence[str]) -> str:
    """Some terms added up, in their order; negative numbers are taken off, very long sums are cut."""
    if not terms:
        return "0"
    text = terms[0]
    for term in terms[1:MAX_TERMS]:
        text += f" - {term[1:]}" if term.startswith("-") else f" + {term}"
    return text + (r" + \dots" if len(terms) > MAX_TERMS else "")


def series(cells: Sequence[str], between: str = ", ") -> str:
    """Some numbers in a row; very long rows are cut."""
    return between.join([*cells[:MAX_TERMS], *([r"\dots"] if len(cells) > MAX_TERMS else [])])


def terms_left(cells: Sequence[str]) -> tuple[list[str], list[str]]:
    """The terms of a sum that are written down, and what is to be said if not all of them are."""
    kept = [cell for cell in cells if cell != "0"] if len(cells) > LONG_SUM else list(cells)
    return kept, [ZEROS_LEFT_OUT] if len(kept) < len(cells) else []


def display(tex: str) -> str:
    """A line of mathematics of its own."""
    return f"$$ {tex} $$"


def aligned(rows: Sequence[str]) -> str:
    """Lines of mathematics below each other; each holds one `&`."""
    if len(rows) == 1 and _BREAK not in rows[0]:
        return display(rows[0].replace("&&", r"\quad").replace("&", "", 1))
    return display("\\begin{aligned}\n" + _BREAK.join(rows) + "\n\\end{aligned}")


def line(left: str, *middle: str, result: Shown) -> str:
    """What is computed, how, and the result."""
    text = _chain(left, middle, result.tex, result.is_rounded())
    return aligned([text]) if _BREAK in text else display(text)


def ending(work: Work) -> str:
    """The whole result, after its cells."""
    return line(work.whole, result=work.laid)


def cell_lines(work: Work, how: Callable[[Place], Sequence[str]]) -> list[str]:
    """How each cell is computed, a line for each, up to FULL_CELLS; then the whole result."""
    if not work.result.cells.ndim:
        return [line(work.left, *how(()), result=work.result)]
    rows = [
        _chain(work.cell(place), how(place), work.result[place], work.result.is_rounded(place), "&")
        for place in _told_places(work)
    ]
    return [*listed(rows, work.result.cells.size), ending(work)]


def sum_lines(
    work: Work,
    says: Sequence[str],
    products: Callable[[Place], Iterable[tuple[str, str]]],
    more: Callable[[Place], Sequence[str]] = lambda _: (),
) -> list[str]:
    """A line for each cell that is a sum of products, and of further terms; of long sums without those that are 0."""
    found = {place: list(products(place)) for place in _told_places(work)}
    kept = {
        place: [both for both in pairs if "0" not in both] if len(pairs) > LONG_SUM else pairs
        for place, pairs in found.items()
    }
    left_out = any(len(kept[place]) < len(pairs) for place, pairs in found.items())
    lines = cell_lines(work, lambda place: [total([*starmap(product, kept[place]), *more(place)])])
    return [*map(Saying, says), *([ZEROS_LEFT_OUT] if left_out else []), *lines]


def _told_places(work: Work) -> tuple[Place, ...]:
    """The cells of the result that have a line of their own."""
    return places(work.result.cells.shape)[:FULL_CELLS]


def listed(rows: Sequence[str], cells: int) -> list[str]:
    """Lines below each other; where there are more cells than lines, that it goes on like this."""
    return [aligned(rows), *(["And so on for the other cells:"] if cells > len(rows) else [])]


def _chain(left: str, middle: Sequence[str], result: str, rounded: bool, mark: str = "") -> str:
    """Texts joined by equals signs, repetitions left away; a rounded result is only about equal."""
    steps = [text for i, text in enumerate(middle) if i == 0 or text != middle[i - 1]]
    if steps and steps[-1] == result:
        steps.pop()
    parts = [f"= {step}" for step in steps]
    parts.append(rf"\approx {result}" if rounded else f"= {result}")
    text = f"{left} {mark}{' '.join(parts)}"
    return text if len(text) <= LINE_WIDTH or r"\begin" in text or _width(text) <= LINE_WIDTH else _broken(left, parts)


def _broken(left: str, parts: Sequence[str]) -> str:
    """A long chain on several lines: each begins with an equals sign, or with the sign of a term."""
    lines = [left]
    for part in parts:
        for i, piece in enumerate(_terms(part)):
            if part is parts[0] and i == 0:
                lines[-1] += f" &{piece}"
            elif _width(lines[-1]) + _width(piece) < LINE_WIDTH:
                lines[-1] += f" {piece}"
            else:
                lines.append(rf"&\quad {piece}" if i else f"&{piece}")
    return _BREAK.join(lines)


def _terms(text: str) -> list[str]:
    """A sum cut before each sign that stands in no parentheses."""
    terms: list[str] = []
    depth = 0
    for piece in _SIGN.split(text):
        terms[-1:] = [f"{terms[-1]} {piece}"] if depth else [*terms[-1:], piece]
        depth += sum(piece.count(sign) for sign in "({") - sum(piece.count(sign) for sign in ")}")
    return terms


def _width(tex: str) -> int:
    """About how many characters a line of mathematics is wide."""
    return len(_NARROW.sub("", tex)) - 3 * tex.count(r"\cdot")
