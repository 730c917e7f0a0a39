"""The report and the lists for staff, written into a folder of results; without matplotlib the lists alone."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from quizgen.exam.model import Exam
from quizgen.problem.grader import Grader
from quizgen.report.findings import find
from quizgen.report.gathered import Gathered
from quizgen.report.staff import write_lists

NO_CHARTS = "no report.html: its charts need matplotlib. pip install 'quizgen[report]', then grade again"


def write_report(
    exam: Exam, grader: Grader, gathered: Gathered, place: Path, *, absent: int, simulated: bool = False
) -> list[str]:
    """Write report.html and `staff/` into a folder of results; gives notices for whoever grades.

    `absent`: how many of the roster are absent or excused. Without matplotlib there is no report.html, and the notice
    says how to get it.
    """
    findings = find(exam, gathered, absent)
    write_lists(findings, gathered, place / "staff")
    if find_spec("matplotlib") is None:
        return [NO_CHARTS]
    from quizgen.report.page import report_page

    (place / "report.html").write_text(report_page(findings, grader, simulated), encoding="utf-8", newline="\n")
    return []
