"""Results -> the gradebooks and the feedback uploads of learning management systems."""

from quizgen.gradebook.bundles import Bundle, canvas_bundle, feedback_files, moodle_bundle
from quizgen.gradebook.exported import Table, Way, read_table, written
from quizgen.gradebook.filling import Filled, fill_in
from quizgen.gradebook.formats import FORMATS, format_of, new_table
from quizgen.gradebook.results import Record, Results, read_results

__all__ = [
    "FORMATS",
    "Bundle",
    "Filled",
    "Record",
    "Results",
    "Table",
    "Way",
    "canvas_bundle",
    "feedback_files",
    "fill_in",
    "format_of",
    "moodle_bundle",
    "new_table",
    "read_results",
    "read_table",
    "written",
]
