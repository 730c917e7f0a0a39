"""Results <-> databases of marks, SQLite or PostgreSQL, with many exams in one."""

from quizgen.database.address import Address, address_of
from quizgen.database.figures import exam_in, figures_of, marks_of
from quizgen.database.loading import Loaded, load_results, opened, refuse_unusable
from quizgen.database.telling import figures_lines, student_lines

__all__ = [
    "Address",
    "Loaded",
    "address_of",
    "exam_in",
    "figures_lines",
    "figures_of",
    "load_results",
    "marks_of",
    "opened",
    "refuse_unusable",
    "student_lines",
]
