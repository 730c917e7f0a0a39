"""Texts with holes -> what people read. One target so far: Markdown."""

from quizgen.render.markdown import fill, table_of

__all__ = ["fill", "table_of"]
