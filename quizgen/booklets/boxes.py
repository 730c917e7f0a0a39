"""Where a student types an answer on a page: boxes whose number and width depend on the kind, never on the value."""

from __future__ import annotations

from html import escape

from quizgen.booklets.asking import counted
from quizgen.booklets.model import Field
from quizgen.booklets.wording import WORDS

_PLAIN = 'autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false" inputmode="text"'
_LONG = ("shape", "location", "vector", "matrix")  # kinds of several numbers in one box
_LINES = 2  # of a formula


def box_of(field: Field) -> str:
    """An answer's name, what is asked, and a box or a grid of boxes, tied together for screen readers."""
    name, asks = escape(field.name), f"{field.name}-asks"
    worth = escape(f"{counted(field.points, 'point')}; {field.asks}")
    told = f'<span class="asks" id="{asks}">{worth}</span>'
    if field.answer.cells:
        label = f"{field.name}-name"
        head = f'<span class="field-name" id="{label}">{name}</span>{told}'
        return (
            f'<div class="field" role="group" aria-labelledby="{label}" aria-describedby="{asks}">\n'
            f'<span class="field-head">{head}</span>\n{_grid(field)}</div>\n'
        )
    tag = "div" if field.answer.lines else "span"
    head = f'<span class="field-head"><label for="box-{name}">{name}</label>{told}</span>'
    end = "\n" if field.answer.lines else ""
    return f'<{tag} class="field">{head}{_single(field)}</{tag}>{end}'


def _single(field: Field) -> str:
    """One box: lines for words and formulas, a list for a choice."""
    answer, name = field.answer, escape(field.name)
    common = f'id="box-{name}" name="{name}" data-box="{name}" aria-describedby="{name}-asks"'
    match answer.kind:
        case "choice":
            options = "".join(f"<option>{escape(option)}</option>" for option in answer.options)
            return f'<select {common}><option value="">{escape(WORDS["choose"])}</option>{options}</select>'
        case "formula" | "by hand":
            plain = _PLAIN if answer.kind == "formula" else 'autocomplete="off"'
            return f'<textarea {common} rows="{max(_LINES, answer.lines)}" {plain}></textarea>'
    width = "long" if answer.kind in _LONG else "short"
    return f'<input {common} class="{width}" {_PLAIN}>'


def _grid(field: Field) -> str:
    """A box for each cell of the largest right answer in the exam, the same for every student."""
    columns = field.shape[-1]
    boxes = "\n".join(
        f'<input name="{cell}" data-box="{field.name}" aria-label="{_label(field, i, columns)}" {_PLAIN}>'
        for i, cell in enumerate(field.cells)
    )
    return f'<div class="cells" data-columns="{columns}" style="--columns:{columns}">\n{boxes}\n</div>\n'


def _label(field: Field, place: int, columns: int) -> str:
    row, column = divmod(place, columns)
    word = WORDS["cell" if len(field.shape) == 2 else "entry"]
    return escape(word.format(name=field.name, row=row + 1, column=column + 1))
