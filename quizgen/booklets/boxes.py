"""Where a student types an answer on a page: boxes whose number and width depend on the kind, never on the value."""

from __future__ import annotations

from html import escape

from quizgen.booklets.model import Field
from quizgen.render.words import Wording

_PLAIN = 'autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false" inputmode="text"'
_LONG = ("shape", "location")  # kinds of several numbers in one box
_LINES = 2  # of a formula


def box_of(field: Field, words: Wording) -> str:
    """An answer's name, what is asked, and a box or a grid of boxes, tied together for screen readers."""
    name, asks = escape(field.name), f"{field.name}-asks"
    worth = escape(f"{words.say('points', n=field.points)}; {field.asks}")
    told = f'<span class="asks" id="{asks}">{worth}</span>'
    if field.answer.cells:
        label = f"{field.name}-name"
        head = f'<span class="field-name" id="{label}">{name}</span>{told}'
        return (
            f'<div class="field" role="group" aria-labelledby="{label}" aria-describedby="{asks}">\n'
            f'<span class="field-head">{head}</span>\n{_grid(field, words)}</div>\n'
        )
    tag = "div" if field.answer.lines else "span"
    head = f'<span class="field-head"><label for="box-{name}">{name}</label>{told}</span>'
    end = "\n" if field.answer.lines else ""
    return f'<{tag} class="field">{head}{_single(field, words)}</{tag}>{end}'


def _single(field: Field, words: Wording) -> str:
    """One box: lines for words and formulas, a list for a choice."""
    answer, name = field.answer, escape(field.name)
    common = f'id="box-{name}" name="{name}" data-box="{name}" aria-describedby="{name}-asks"'
    match answer.kind:
        case "choice":
            options = "".join(f"<option>{escape(option)}</option>" for option in answer.options)
            return f'<select {common}><option value="">{escape(words.say("page-choose"))}</option>{options}</select>'
        case "formula" | "by hand":
            plain = _PLAIN if answer.kind == "formula" else 'autocomplete="off"'
            return f'<textarea {common} rows="{max(_LINES, answer.lines)}" {plain}></textarea>'
    width = "long" if answer.kind in _LONG else "short"
    return f'<input {common} class="{width}" {_PLAIN}>'


def _grid(field: Field, words: Wording) -> str:
    """A box for each cell of the largest right answer in the exam, the same for every student."""
    columns = field.shape[-1]
    boxes = "\n".join(
        f'<input name="{cell}" data-box="{field.name}" aria-label="{_label(field, i, columns, words)}" {_PLAIN}>'
        for i, cell in enumerate(field.cells)
    )
    return f'<div class="cells" data-columns="{columns}" style="--columns:{columns}">\n{boxes}\n</div>\n'


def _label(field: Field, place: int, columns: int, words: Wording) -> str:
    row, column = divmod(place, columns)
    if len(field.shape) == 1:
        return escape(words.say("page-entry", name=field.name, column=column + 1))
    return escape(words.say("page-cell", name=field.name, row=row + 1, column=column + 1))
