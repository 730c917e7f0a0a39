"""The forms a booklet can be written in: a name, an ending, and how booklet and key are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from quizgen.booklets.model import Booklet
from quizgen.errors import QuizgenError, did_you_mean
from quizgen.exam.wishes import Wishes

USUAL = "md,html"


@dataclass(frozen=True)
class Form:
    """A form of one text for each booklet, and one for its key."""

    name: str
    booklet: Callable[[Booklet], str]
    key: Callable[[Booklet], str]


@dataclass(frozen=True)
class Printing:
    """How booklets are printed.

    `paper`: a4 or us-letter. `duplex`: each is padded to an even number of pages, all to the same. `answer_sheets`:
    sheets with nothing but the fields are printed as well. `processes`: how many are set at a time; None leaves it to
    the machine.
    """

    paper: str = "a4"
    duplex: bool = True
    answer_sheets: bool = False
    processes: int | None = None


@dataclass(frozen=True)
class Forms:
    """What booklets are written as: some forms of text; and how they are printed, if they are."""

    texts: tuple[Form, ...]
    printing: Printing | None = None

    def texts_for(self, wishes: Wishes) -> tuple[Form, ...]:
        """The forms of text that a student's booklet is written in: these, and the one that the roster asks for."""
        asked = wishes.format
        if asked not in _TEXTS or any(form.name == asked for form in self.texts):
            return self.texts
        return (*self.texts, _TEXTS[asked]())

    def refuse_unprinted(self, wishes: Wishes, where: str) -> None:
        """Raise QuizgenError where the roster asks for a PDF, and none are made."""
        if wishes.format == "pdf" and not self.printing:
            raise QuizgenError("'format' is 'pdf', and no PDFs are made", where=where, hint="Say --to pdf, too.")


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


_TEXTS: dict[str, Callable[[], Form]] = {"md": _markdown, "html": _html, "tex": _latex}
_PAPERS = {"a4": "a4", "letter": "us-letter"}


def forms_of(text: str, paper: str = "a4", *, simplex: bool = False, answer_sheets: bool = False) -> Forms:
    """The forms that a text names, `md,pdf`, or the usual ones.

    `paper`: a4 or letter; `simplex`: printed on one side. Raises QuizgenError for a form that there is not, and for PDF
    where what it needs is not installed.
    """
    known = (*_TEXTS, "pdf")
    names = list(dict.fromkeys(name.strip().lower() for name in (text or USUAL).split(",")))
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or f"Say {', '.join(known)}, or several with commas between."
            raise QuizgenError(f"booklets cannot be written as '{name}'", hint=hint, exit_code=2)
    size = paper_size(paper)
    if "pdf" in names:
        from quizgen.press import refuse_without_typst

        refuse_without_typst()
    elif answer_sheets:
        raise QuizgenError("answer sheets are printed", hint="Say --to pdf, too.", exit_code=2)
    printing = Printing(size, duplex=not simplex, answer_sheets=answer_sheets) if "pdf" in names else None
    return Forms(tuple(_TEXTS[name]() for name in names if name in _TEXTS), printing)


def paper_size(name: str) -> str:
    """The paper of PDFs by the name that people say, `a4` or `letter`, as the template calls it."""
    if name not in _PAPERS:
        raise QuizgenError(f"there is no paper '{name}'", hint=f"Say {' or '.join(_PAPERS)}.", exit_code=2)
    return _PAPERS[name]
