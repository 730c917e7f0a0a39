"""The marking desk: files in, results out. Reads, joins, marks everything handed in so far, and writes it whole."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from quizgen.decisions import Decisions, Waiting, read_review, write_review
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
    read_rejects,
    read_runs,
    run_id,
    same_run,
    standing,
    switched,
    write_run,
)
from quizgen.log import NOBODY, Actor, log_decisions, log_once
from quizgen.problem.grader import Grader
from quizgen.report import Summary, Tally, feedback_texts, grades_table, marks_table, rejects_table
from quizgen.report.review import grouped, joined, waiting_in
from quizgen.revisions import revised
from quizgen.submissions import Reject, Sheet, read_sheet
from quizgen.submissions.handins import Handins, layout_of, resolve, together, without_doubles

REVIEW = "review.csv"


@dataclass(frozen=True)
class Desk:
    """What a grading did: the summary, what was refused, what changed, and where the results are."""

    summary: Summary
    rejects: list[Reject]
    differences: list[Difference]
    notices: list[str]
    results: Path
    review: Path | None  # where what waits for a person is listed, if anything does


def grade_files(
    folder: Path,
    files: Sequence[Path],
    grader: Grader | None = None,
    *,
    replace: bool = False,
    feedback: bool = True,
    actor: Actor = NOBODY,
) -> Desk:
    """Grade files (or folders of files) into an exam folder; nothing is written if a file cannot be read at all.

    Without files, what was handed in so far is marked anew, with what was decided since.
    """
    standing_exam = revised(read_exam(folder), folder)
    exam = standing_exam.exam
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
        now, differences, changed = merged(earlier, now, replace)
        rejects += changed
        if not simulated and sheets:
            about = {"run": run, "files": [str(path) for path in paths], "grader": chosen.name, "rows": now.n}
            run = write_run(folder, run, now, rejects, about)
        current = latest([earlier, now.of_run(run)])
        refused = read_rejects(folder, runs, [str(path) for path in paths], current.students) + rejects
        runs = [*runs, run] if sheets else runs
        before_review = [] if simulated else read_review(exam, folder / REVIEW)
        decisions = Decisions(before_review, () if simulated else standing_exam.floors)
        with switched(folder, kind, runs, chosen.digest) as place:
            tally, waiting = _write_results(exam, chosen, current, refused, place, feedback, decisions)
            if not simulated:
                log_decisions(folder, actor, decisions)
                log_once(folder, actor, "grade", _logged(place, runs, paths, chosen, standing_exam.number))
        listed = joined(grouped(waiting), before_review)
        review = _write_review(exam, folder / kind / REVIEW if simulated else folder / REVIEW, listed)
    absent = len(exam.papers) - tally.students
    notices = [notice for sheet in sheets for notice in sheet.notices]
    if before.runs and before.grader != chosen.digest:
        notices.append(f"everything handed in so far is marked by '{chosen.name}' now; it was by another grader before")
    return Desk(Summary(tally, exam, absent), rejects, differences, notices, folder / kind, review)


def _logged(
    place: Path, runs: Sequence[str], paths: Sequence[Path], grader: Grader, revision: int
) -> dict[str, object]:
    """What the log says of a grading."""
    marks = hashlib.blake2b((place / "marks.csv").read_bytes(), digest_size=16).hexdigest()
    files = {path.name: hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest() for path in paths}
    about = {"runs": list(runs), "files": files, "revision": revision, "grader": grader.name}
    return about | {"grader digest": grader.digest, "marks": marks}


def _write_review(exam: Exam, path: Path, listed: Sequence[Waiting]) -> Path | None:
    """Write the list of what waits and what was decided, in one step; gives its place if anything is open."""
    if listed or path.exists():
        partial = path.with_name(f".{path.name}.partial")
        partial.write_text(write_review(exam, listed), encoding="utf-8", newline="\n")
        partial.replace(path)
    return path if any(not one.decided for one in listed) else None


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
    exam: Exam,
    grader: Grader,
    current: Handins,
    rejects: list[Reject],
    place: Path,
    feedback: bool,
    decisions: Decisions,
) -> tuple[Tally, list[Waiting]]:
    """Mark everybody who handed in and write the files of the results, block by block; gives what waits."""
    tally = Tally()
    marking = current.take((current.status == "") | (current.status == "empty"))
    blocks, waiting = [], []
    (place / "feedback").mkdir()
    with (place / "marks.csv").open("w", encoding="utf-8", newline="") as marks:
        for i, block in enumerate(grade(exam, grader, marking, decisions)):
            tally.add(grader, block)
            blocks.append(block)
            waiting += waiting_in(block)
            marks_table(grader, block).to_csv(marks, index=False, header=i == 0, lineterminator="\n")
            for name, text in feedback_texts(exam, grader, block) if feedback else ():
                (place / "feedback" / name).write_text(text, encoding="utf-8", newline="\n")
    grades_table(exam, grader, blocks, current).to_csv(place / "grades.csv", index=False, lineterminator="\n")
    rejects_table(rejects).to_csv(place / "rejects.csv", index=False, lineterminator="\n")
    (place / "grader.yaml").write_text(grader.text, encoding="utf-8", newline="\n")
    return tally, waiting
