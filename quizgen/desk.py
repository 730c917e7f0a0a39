"""The marking desk: files in, results out. Reads, joins, marks everything handed in so far, and writes it whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from quizgen.errors import QuizgenError
from quizgen.exam.folder import read_exam
from quizgen.exam.locks import locked
from quizgen.exam.model import Exam
from quizgen.exam.pseudonyms import give_pseudonyms
from quizgen.grading import grade
from quizgen.ledger import (
    REHEARSAL,
    RESULTS,
    Difference,
    Standing,
    latest,
    merged,
    read_rejects,
    read_runs,
    run_id,
    same_run,
    standing,
    switched,
    write_run,
)
from quizgen.problem.grader import Grader
from quizgen.report import (
    Summary,
    Tally,
    as_markdown,
    as_page,
    feedback,
    file_names,
    grades_table,
    marks_table,
    rejects_table,
)
from quizgen.report.disguise import by_name, disguised, disguised_exam, disguised_marks
from quizgen.report.feedback import Feedback
from quizgen.report.late import Deadline, late_table
from quizgen.report.tables import neutralised
from quizgen.submissions import Reject, Sheet, read_sheet
from quizgen.submissions.attempts import one_attempt_each
from quizgen.submissions.handins import Handins, layout_of, resolve, together, without_doubles

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx")  # of the files that are taken from a folder
FEEDBACK: Mapping[str, Callable[[Feedback], str]] = {"md": as_markdown, "html": as_page}  # ending -> how it is written


@dataclass(frozen=True)
class Desk:
    """What a grading did: the summary, what was refused, what changed, and where the results are."""

    summary: Summary
    rejects: list[Reject]
    differences: list[Difference]
    notices: list[str]
    results: Path
    set_aside: list[Reject]  # attempts that do not count


def grade_files(
    folder: Path,
    files: Sequence[Path],
    grader: Grader | None = None,
    *,
    replace: bool = False,
    forms: Sequence[str] = tuple(FEEDBACK),
    pseudonymise: bool = False,
    dialect: str = "",
    attempt: str = "",
    deadline: Deadline | None = None,
) -> Desk:
    """Grade files (or folders of files) into an exam folder; nothing is written if a file cannot be read at all.

    `forms`: the kinds of feedback files to write, endings of FEEDBACK. `pseudonymise`: grades.csv and marks.csv hold
    pseudonyms instead of ids, and nothing else of the roster; feedback is for its student, and keeps the id. `dialect`
    forces one on all files; `attempt` says which of several finished ones counts (last, first, best); with a `deadline`
    those who were late are listed.
    """
    exam = read_exam(folder)
    chosen = grader or exam.grader
    paths = expanded(files)
    sheets = [read_sheet(path, layout_of(exam), dialect) for path in paths]
    simulated = _all_or_none_simulated(sheets)
    kind = REHEARSAL if simulated else RESULTS
    run = run_id([path.read_bytes() for path in paths], chosen.digest, replace, f"{attempt}{dialect and '/' + dialect}")
    with locked(folder, "another quizgen is grading in this folder"):
        before = Standing() if simulated else standing(folder)
        runs = [other for other in before.runs if not same_run(other, run)]
        earlier = read_runs(exam, folder, runs)
        now, rejects, aside, told = _joined(exam, chosen, sheets, attempt)
        now, differences, changed = merged(earlier, now, replace)
        rejects += changed
        if not simulated:
            about = {"run": run, "files": [str(path) for path in paths], "grader": chosen.name, "rows": now.n}
            run = write_run(folder, run, now, rejects + aside, about)
        current = latest([earlier, now.of_run(run)])
        refused = read_rejects(folder, runs, [str(path) for path in paths], current.students) + rejects + aside
        late = None if deadline is None else late_table(exam, current, deadline)
        students = {*current.students.tolist(), *(paper.student for paper in exam.papers)} if pseudonymise else ()
        names = give_pseudonyms(folder, students) if pseudonymise else None
        with switched(folder, kind, [*runs, run], chosen.digest) as place:
            tally = _write_results(exam, chosen, current, refused, place, forms, names)
            if late is not None:
                neutralised(late).to_csv(place / "late.csv", index=False, lineterminator="\n")
    absent = max(0, len(exam.papers) - tally.students)  # a pool of questions may serve more students than papers
    notices = [notice for sheet in sheets for notice in sheet.notices] + told
    if before.runs and before.grader != chosen.digest:
        notices.append(f"everything handed in so far is marked by '{chosen.name}' now; it was by another grader before")
    if late is not None and len(late):
        many = "1 row was" if len(late) == 1 else f"{len(late)} rows were"
        notices.append(f"{many} handed in late, or at a time that cannot be read: see late.csv. Nothing is deducted")
    return Desk(Summary(tally, exam, absent), rejects, differences, notices, folder / kind, aside)


def expanded(files: Sequence[Path]) -> list[Path]:
    """The files named, and the tables in the folders named; each once."""
    paths: list[Path] = []
    for path in files:
        if path.is_dir():
            inside = sorted(
                p for p in path.iterdir() if p.suffix.lower() in SUFFIXES and p.name[:2] != "~$" and p.is_file()
            )
            if not inside:
                raise QuizgenError("this folder holds no CSV files", where=str(path))
            paths += inside
        else:
            paths.append(path)
    return list(dict.fromkeys(paths))


def _all_or_none_simulated(sheets: Sequence[Sheet]) -> bool:
    """Invented students never mix with real ones."""
    kinds = {sheet.simulated for sheet in sheets}
    if len(kinds) > 1:
        real = next(sheet.file for sheet in sheets if not sheet.simulated)
        raise QuizgenError(f"{real} holds real answers, the other files simulated ones", hint="Grade them apart.")
    return kinds == {True}


def _joined(
    exam: Exam, grader: Grader, sheets: Sequence[Sheet], attempt: str
) -> tuple[Handins, list[Reject], list[Reject], list[str]]:
    """All rows of all files, joined to students and papers, one attempt of each student, doubles removed.

    Gives the rows, those refused, those of attempts that do not count, and what to tell.
    """

    def totals(handins: Handins) -> np.ndarray:
        return np.concatenate([block.total.floats for block in grade(exam, grader, handins)])

    resolved = [resolve(exam, sheet) for sheet in sheets]
    rejects = [reject for _, refused in resolved for reject in refused]
    everything = together([handins for handins, _ in resolved])
    counting, aside, told = one_attempt_each(everything, attempt, totals)
    handins, doubles = without_doubles(counting)
    return handins, rejects + doubles, aside, told


def _write_results(
    exam: Exam,
    grader: Grader,
    current: Handins,
    rejects: list[Reject],
    place: Path,
    forms: Sequence[str],
    names: Mapping[str, str] | None,
) -> Tally:
    """Mark everybody who handed in and write the files of the results, block by block; `names`: pseudonyms."""
    tally = Tally()
    current = by_name(current, names) if names else current
    marking = current.take((current.status == "") | (current.status == "empty"))
    blocks = []
    files = file_names(marking.students.tolist())
    (place / "feedback").mkdir()
    with (place / "marks.csv").open("w", encoding="utf-8", newline="") as marks:
        for i, block in enumerate(grade(exam, grader, marking)):
            tally.add(grader, block)
            shown = disguised_marks(block, names) if names else block
            blocks.append(shown)
            marks_table(grader, shown).to_csv(marks, index=False, header=i == 0, lineterminator="\n")
            for told in feedback(exam, grader, block) if forms else ():
                for form in forms:
                    file = place / "feedback" / f"{files[told.student]}.{form}"
                    file.write_text(FEEDBACK[form](told), encoding="utf-8", newline="\n")
    listed = (disguised_exam(exam, names), disguised(current, names)) if names else (exam, current)
    grades_table(listed[0], grader, blocks, listed[1]).to_csv(place / "grades.csv", index=False, lineterminator="\n")
    rejects_table(rejects).to_csv(place / "rejects.csv", index=False, lineterminator="\n")
    (place / "grader.yaml").write_text(grader.text, encoding="utf-8", newline="\n")
    return tally, gathered
