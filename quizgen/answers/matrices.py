r"""Arrays in other notations -> the two that are read in columns: `1 2; 3 4` and `[[1, 2], [3, 4]]`.

TeX (`\begin{bmatrix}1 & 2 \\ 3 & 4\end{bmatrix}`), round and curly brackets, and what Python prints. A text that is
nothing of the kind is left as it is.
"""

from __future__ import annotations

import re

ODD = r"[(){}\\&$]|[A-DF-Za-df-z]"  # for pyarrow: what stands in no plain array
MAX_CELLS = 1_000
_ENVIRONMENT = re.compile(
    r"(?:\\left\s*\\?[\[({|.])?\s*\\begin\s*\{([pbvBV]?matrix|smallmatrix|array)\*?\}"
    r"(?:\s*\{[lcr|\s]*\}|\s*\[[lcr]\])?(.*?)\\end\s*\{\1\*?\}\s*(?:\\right\s*\\?[\])}|.])?",
    re.DOTALL,
)
_MATHS = re.compile(r"\$\$?(.*?)\$?\$|\\\[(.*)\\\]|\\\((.*)\\\)", re.DOTALL)
_CALL = re.compile(
    r"(?:[a-z]{2,12}\.)?(?:array|asarray|matrix|tensor|Matrix)\s*\((.*?)(?:,\s*(?:dtype|device)\s*=[^,()\[\]]*)*,?\s*\)",
    re.DOTALL,
)
_ROW_END = re.compile(r"\\\\(?:\s*\[[^\]]*\])?|\\cr(?![a-z])|\\tabularnewline")
_SPACING = re.compile(r"\\(?:hline|displaystyle|quad|qquad)(?![a-z])|\\[;:! ]|~")
_BRACKETS = str.maketrans({"(": "[", "{": "[", ")": "]", "}": "]"})


def respelled(text: str) -> str:
    r"""The same array in a plain notation; a text that is no array of a known notation comes back as it is.

    >>> respelled(r"\begin{bmatrix}1 & 2 \\ 3 & 4\end{bmatrix}").split("\t")
    ['1', '2;3', '4']
    >>> respelled("((1,2),(3,4))"), respelled("array([[1, 2], [3, 4]])"), respelled("two")
    ('[[1,2],[3,4]]', '[[1, 2], [3, 4]]', 'two')
    """
    inner = text.strip()
    if match := _MATHS.fullmatch(inner):
        inner = next(part for part in match.groups() if part is not None).strip()
    if match := _ENVIRONMENT.fullmatch(inner):
        return _rows(match[2], text)
    if "&" in inner or "\\\\" in inner:
        return _rows(inner, text)
    if match := _CALL.fullmatch(inner):
        inner = match[1].strip()
    return _bracketed(inner)


def _rows(body: str, text: str) -> str:
    """The body of a TeX matrix, with a tab between cells and `;` between rows; as it was if a cell is several."""
    if body.count("&") > MAX_CELLS:
        return text
    rows = [
        [_cell(cell) for cell in row.split("&")]
        for row in (_SPACING.sub(" ", part) for part in _ROW_END.split(body))
        if row.strip()
    ]
    cells = [cell for row in rows for cell in row]
    if not 0 < len(cells) <= MAX_CELLS or any(re.search(r"[\s;\[\]]", cell) for cell in cells):
        return text
    return ";".join("\t".join(row) if all(row) else ",," for row in rows)  # two commas: an empty cell


def _cell(text: str) -> str:
    """A cell without the spaces that mean nothing in TeX: after a sign, and around an operator."""
    return re.sub(r"\s*(\\cdot|\\times|[*/^×·])\s*", r"\1", re.sub(r"^([-+−])\s+", r"\1", text.strip()))


def _bracketed(text: str) -> str:
    """Brackets of Python's tuples and of other languages' lists as those of JSON, if all are of one kind."""
    for opening, closing in (("(", ")"), ("{", "}")):
        others = "[]{}" if opening == "(" else "[]()"
        if text[:1] == opening and text[-1:] == closing and not any(other in text for other in others):
            text = text.translate(_BRACKETS)
    return text
