"""Any file of answers that people have -> sheets: rows of students with the texts they typed."""

from quizgen.submissions.dialects import read_sheet, read_sheets
from quizgen.submissions.sheet import Layout, Sheet
from quizgen.submissions.table import Reject, Table, read_table

__all__ = ["Layout", "Reject", "Sheet", "Table", "read_sheet", "read_sheets", "read_table"]
