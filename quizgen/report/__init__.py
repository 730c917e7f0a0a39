"""Marks -> what people read: grades.csv, marks.csv (or marks.parquet), rejects.csv, feedback, a summary, the report."""

from quizgen.report.feedback import feedback
from quizgen.report.feedback_markdown import as_markdown
from quizgen.report.feedback_page import as_page
from quizgen.report.gathered import Gathered
from quizgen.report.marks import marks_of, write_marks
from quizgen.report.publishing import write_report
from quizgen.report.summary import Summary, Tally
from quizgen.report.tables import grades_of, grades_table, rejects_table

__all__ = [
    "Gathered",
    "Summary",
    "Tally",
    "as_markdown",
    "as_page",
    "feedback",
    "grades_of",
    "grades_table",
    "marks_of",
    "rejects_table",
    "write_marks",
    "write_report",
]
