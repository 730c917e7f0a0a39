"""The marking desk: files in, results out. Reads, joins, marks everything handed in so far, and writes it whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from quizgen.errors import QuizgenError
from quizgen.exam.folder import read_exam
from quizgen.exam.locks import locked
from quizgen.exam.model import Exam
from quizgen.grading import grade
from quizgen.ledger import (
    REHEARSAL,
    RESULTS,
    Difference,
    Standing,
    latest,
    merged,
    read_decimals,
    read_rejects,
    read_runs,
    run_id,
    same_run,
    standing,
    switched,
    write_run,
)
from quizgen.problem.grader import Grader
from quizgen.report import Summary, Tally, feedback_texts, grades_table, marks_table, rejects_table
from quizgen.submissions import Reject, Sheet, read_sheet
from quizgen.submissions.decimals import Decimals, decimals_of
from quizgen.submissions.handins import Handins, layout_of, resolve, together, without_doubles


@dataclass(frozen=True)
class Desk:
    """What a grading did: the summary, what was refused, what changed, and where the results are."""

    summary: Summary
    rejects: list[Reject]
    differences: list[Difference]
    notices: list[str]
    results: Path


def grade_files(
    folder: Path,
    files: Sequence[Path],
    grader: Grader | None = None,
    *,
    replace: bool = False,
    feedback: bool = True,
    decimal: str = "",
) -> Desk:
    """Grade files (or folders of files) into an exam folder; nothing is written if a file cannot be read at all.

    `decimal`: the sign that marks decimals in these files, where it is known; else each file's texts may tell.
    """
    exam = read_exam(folder)
    chosen = grader or exam.grader
    paths = expanded(files)
    sheets = [read_sheet(path, layout_of(exam)) for path in paths]
    simulated = _all_or_none_simulated(sheets)
    kind = REHEARSAL if simulated else RESULTS
    run = run_id([path.read_bytes() for path in paths], chosen.digest, replace)
    with locked(folder, "another quizgen is grading in this folder"):
        before = Standing() if simulated else standing(folder)
        runs = [other for other in before.runs if not same_run(other, run)]
        earlier = read_runs(exam, folder, runs)
        now, rejects = _joined(exam, sheets)
        decimals, commas = decimals_of(exam, now, decimal)
        now, differences, changed = merged(earlier, now, replace)
        rejects += changed
        if not simulated:
            about = {"run": run, "files": [str(path) for path in paths], "grader": chosen.name, "rows": now.n}
            about |= {"decimals": decimals.by_file()} if decimals.marks else {}
            run = write_run(folder, run, now, rejects, about)
        current = latest([earlier, now.of_run(run)])
        decimals = read_decimals(folder, runs).joined(decimals.of_run(run))
        refused = read_rejects(folder, runs, [str(path) for path in paths], current.students) + rejects
        with switched(folder, kind, [*runs, run], chosen.digest) as place:
            tally = _write_results(exam, chosen, current, refused, place, feedback, decimals)
    absent = len(exam.papers) - tally.students
    notices = [notice for sheet in sheets for notice in sheet.notices] + commas
    if before.runs and before.grader != chosen.digest:
        notices.append(f"everything handed in so far is marked by '{chosen.name}' now; it was by another grader before")
    return Desk(Summary(tally, exam, absent), rejects, differences, notices, folder / kind)


def expanded(files: Sequence[Path]) -> list[Path]:
    """The files named, and the CSV files in the folders named; each once."""
    paths: list[Path] = []
    for path in files:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() in (".csv", ".tsv", ".txt") and p.is_file())
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


def _joined(exam: Exam, sheets: Sequence[Sheet]) -> tuple[Handins, list[Reject]]:
    """All rows of all files, joined to students and papers, doubles removed."""
    resolved = [resolve(exam, sheet) for sheet in sheets]
    rejects = [reject for _, refused in resolved for reject in refused]
    handins, doubles = without_doubles(together([handins for handins, _ in resolved]))
    return handins, rejects + doubles


def _write_results(
    exam: Exam, grader: Grader, current: Handins, rejects: list[Reject], place: Path, feedback: bool, decimals: Decimals
) -> Tally:
    """Mark everybody who handed in and write the files of the results, block by block."""
    tally = Tally()
    marking = current.take((current.status == "") | (current.status == "empty"))
    blocks = []
    (place / "feedback").mkdir()
    with (place / "marks.csv").open("w", encoding="utf-8", newline="") as marks:
        for i, block in enumerate(grade(exam, grader, marking, decimals=decimals)):
            tally.add(grader, block)
            blocks.append(block)
            marks_table(grader, block).to_csv(marks, index=False, header=i == 0, lineterminator="\n")
            for name, text in feedback_texts(exam, grader, block) if feedback else ():
                (place / "feedback" / name).write_text(text, encoding="utf-8", newline="\n")
    grades_table(exam, grader, blocks, current).to_csv(place / "grades.csv", index=False, lineterminator="\n")
    rejects_table(rejects).to_csv(place / "rejects.csv", index=False, lineterminator="\n")
    (place / "grader.yaml").write_text(grader.text, encoding="utf-8", newline="\n")
    return tally
