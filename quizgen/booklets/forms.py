"""The forms a booklet can be written in: a name, an ending, and how booklet and key are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from quizgen.booklets.model import Booklet
from quizgen.errors import QuizgenError, did_you_mean

USUAL = "md,html"


@dataclass(frozen=True)
class Form:
    """A form of one text for each booklet, and one for its key."""

    name: str
    booklet: Callable[[Booklet], str]
    key: Callable[[Booklet], str]


def _markdown() -> Form:
    from quizgen.booklets.markdown import as_markdown, key_as_markdown

    return Form("md", as_markdown, key_as_markdown)


def _html() -> Form:
    from quizgen.booklets.page import as_page
    from quizgen.booklets.solved import key_as_page

    return Form("html", as_page, key_as_page)


def _latex() -> Form:
    from quizgen.booklets.latex import as_latex, key_as_latex

    return Form("tex", as_latex, key_as_latex)


_FORMS: dict[str, Callable[[], Form]] = {"md": _markdown, "html": _html, "tex": _latex}


def forms_of(text: str) -> tuple[Form, ...]:
    """The forms that a text names, `md,html`, or the usual ones; raises QuizgenError for one that there is not."""
    names = list(dict.fromkeys(name.strip().lower() for name in (text or USUAL).split(",")))
    for name in names:
        if name not in _FORMS:
            hint = did_you_mean(name, _FORMS) or f"Say {', '.join(_FORMS)}, or several with commas between."
            raise QuizgenError(f"booklets cannot be written as '{name}'", hint=hint, exit_code=2)
    return tuple(_FORMS[name]() for name in names)
