"""Problems -> a page to practise with: many variants, feedback at once, worked solutions. Its answers are in it."""

from quizgen.practice.sheet import practice_page

__all__ = ["practice_page"]
