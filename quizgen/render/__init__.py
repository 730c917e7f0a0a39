"""Texts with holes -> what people read. Targets: Markdown, HTML, LaTeX."""

from quizgen.render.filling import Filled, filled
from quizgen.render.markdown import fill

__all__ = ["Filled", "fill", "filled"]
