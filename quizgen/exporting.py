"""An exam folder -> a file that a learning platform imports, as the exam stands after its revisions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from quizgen.exam.model import Exam, Question
from quizgen.exam.private import private_file
from quizgen.export.formats import Format
from quizgen.export.items import items_of
from quizgen.export.options import Options
from quizgen.export.parity import manners_told, parity_lines
from quizgen.export.table import format_of
from quizgen.revisions import standing_exam

TRIED = 50  # variants of a question that parity looks at
_TIMING = (
    "feedback stands in the file: a platform shows it right after an attempt, and who sits later may hear of it. "
    "Open the review when everybody is done"
)
_LMS = "docs/lms.md has the clicks"
_GRADED = f"import the file ({_LMS}); after the exam download the {{report}}, then: quizgen grade FILE"
_NEXT = {  # for platforms whose file of responses `grade` reads
    "moodle": _GRADED.format(report="report 'Responses' with question text ticked"),
    "gift": _GRADED.format(report="report 'Responses' with question text ticked"),
    "canvas": _GRADED.format(report="Student Analysis"),
    "blackboard": _GRADED.format(report="results of the test"),
    "brightspace": _GRADED.format(report="Attempt Details"),
}
_TABLE = (
    f"import the file ({_LMS}); after the exam bring the answers into a table that quizgen reads: docs/submissions.md"
)


@dataclass(frozen=True)
class Exported:
    """A file that was written: how many variants of how many questions, what was left out, what to know of it."""

    file: Path
    platform: str
    variants: int
    questions: int
    left_out: tuple[str, ...]
    notes: tuple[str, ...]


def export_exam(folder: Path, name: str, options: Options, out: Path | None = None) -> Exported:
    """Write the file of a format, for its owner's eyes only: it holds the answers.

    Raises CannotExport for an answer that the format cannot ask, QuizgenError for feedback that it has no place for,
    and then writes nothing.
    """
    chosen = format_of(name)
    chosen.check_feedback(options.feedback)
    exam = _read(folder)
    place = out or place_of(name)
    slips = chosen.tells_mistakes or bool(options.choices) or options.feedback == "mistakes"
    with private_file(place) as file:
        items = (
            items_of(exam, question, options.pool, slips=slips, solutions=_solved(question, options))
            for question in exam.questions
        )
        left_out = chosen.write(exam, items, options, file)
    return Exported(
        file=place,
        platform=chosen.platform,
        variants=len(exam.distinct[: options.pool]),
        questions=len(exam.questions),
        left_out=tuple(left_out),
        notes=_notes(chosen, options),
    )


def place_of(name: str) -> Path:
    """The file that is written for a format if nobody says which."""
    chosen = format_of(name)
    return Path(f"export-{chosen.name}{chosen.ending}")


def parity_of(folder: Path, name: str, options: Options) -> Iterator[str]:
    """The typed answers that the platform would judge otherwise than quizgen, in the first 50 variants."""
    chosen, exam = format_of(name), _read(folder)
    none = True
    for question in exam.questions:
        items = items_of(exam, question, min(options.pool or exam.n, TRIED), solutions=False)
        for line in parity_lines(items, exam.grader, chosen, options):
            none = False
            yield line
    if none:
        yield f"{chosen.platform}: no number is typed that would be judged otherwise than here"


def _solved(question: Question, options: Options) -> bool:
    """Whether worked solutions are shown to anybody: they take longer than all the rest."""
    return options.feedback == "solution" or any(answer.by_hand for answer in question.problem.answers)


def _notes(chosen: Format, options: Options) -> tuple[str, ...]:
    numbers = () if options.choices else manners_told(chosen)
    timing = (_TIMING,) if options.feedback else ()
    return (*numbers, *timing, f"next: {_NEXT.get(chosen.name, _TABLE)}")


def _read(folder: Path) -> Exam:
    exam = standing_exam(folder).exam
    return exam.in_language(exam.language)
