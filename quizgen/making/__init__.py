"""Bank and blueprint -> an exam folder: variants, booklets, answer key, a blank sheet for the answers."""

from quizgen.making.drawing import draw_questions, specimen
from quizgen.making.exams import MANY, Wanted, make_exam, write_new_exam

__all__ = ["MANY", "Wanted", "draw_questions", "make_exam", "specimen", "write_new_exam"]
