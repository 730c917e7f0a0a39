"""A stranger's text inside Markdown."""

from __future__ import annotations

_ESCAPES = str.maketrans({sign: "\\" + sign for sign in "\\`*_{}[]()#+!|~$"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"})


def escaped(text: str) -> str:
    """A text from a stranger, with nothing in it that Markdown or HTML would act on.

    >>> escaped("[x](y) & $z$")
    '\\\\[x\\\\]\\\\(y\\\\) &amp; \\\\$z\\\\$'
    """
    return " ".join(text.translate(_ESCAPES).split())
