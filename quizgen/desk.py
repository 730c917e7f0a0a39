"""The marking desk: files in, results out. Reads, joins, marks everything handed in so far, and writes it whole."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from dataclasses import replace as replace_fields
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from quizgen.amendments import pending
from quizgen.cluster import Cluster
from quizgen.decisions import Decisions, Waiting, read_review, write_review
from quizgen.errors import QuizgenError
from quizgen.exam.locks import locked
from quizgen.exam.model import Exam
from quizgen.exam.pseudonyms import give_pseudonyms
from quizgen.filenames import file_names
from quizgen.grading import grade
from quizgen.intake import Intake, shelf_in, take_in
from quizgen.ledger import (
    REHEARSAL,
    RESULTS,
    Difference,
    Standing,
    digest_of_file,
    latest,
    merged,
    read_decimals,
    read_rejects,
    read_runs,
    run_id,
    same_run,
    standing,
    switched,
    verify_log,
    write_run,
)
from quizgen.log import NOBODY, Actor, log_decisions, log_once
from quizgen.problem.grader import Grader
from quizgen.report import (
    Gathered,
    Summary,
    Tally,
    as_markdown,
    as_page,
    feedback,
    grades_of,
    grades_table,
    rejects_table,
    write_report,
)
from quizgen.report.disguise import by_name, disguised, disguised_exam, disguised_marks
from quizgen.report.feedback import Feedback
from quizgen.report.late import Deadline, late_table
from quizgen.report.marksfile import MARKS_FILES, marks_file
from quizgen.report.parts import Failed, Job, Ruling, parts_of
from quizgen.report.review import grouped, joined, misread_in, waiting_in
from quizgen.report.tables import neutralised
from quizgen.revisions import extent, standing_exam
from quizgen.submissions import Reject
from quizgen.submissions.attempts import one_attempt_each
from quizgen.submissions.decimals import decimals_of
from quizgen.submissions.handins import Handins, without_doubles
from quizgen.submissions.shelf import Shelved
from quizgen.submissions.sources import sources

FEEDBACK: Mapping[str, Callable[[Feedback], str]] = {"md": as_markdown, "html": as_page}  # ending -> how it is written
REVIEW = "review.csv"
MOST_FEEDBACK = 10_000  # students who get feedback files where nobody said so
MOST_IN_CSV = 1_000_000  # answers whose marks are a CSV file where nobody said so


@dataclass(frozen=True)
class Desk:
    """What a grading did: the summary, what was refused, what changed, and where the results are."""

    summary: Summary
    rejects: list[Reject]
    differences: list[Difference]
    notices: list[str]
    results: Path
    set_aside: list[Reject]  # attempts that do not count
    review: Path | None  # where what waits for a person is listed, if anything does


@contextmanager
def _libraries_at_rest() -> Iterator[None]:
    """Keep out of the search for garbage what the libraries made when they were loaded: it stays, and is very much.

    Arrays of Arrow come from the allocator of the system, which NumPy uses, too: with another one beside it each keeps
    what the other could use, and pages are cleared anew.
    """
    pool = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        pa.set_memory_pool(pool)


@_libraries_at_rest()
def grade_files(
    folder: Path,
    files: Sequence[Path],
    grader: Grader | None = None,
    *,
    replace: bool = False,
    forms: Sequence[str] | None = None,
    report: bool = True,
    pseudonymise: bool = False,
    dialect: str = "",
    attempt: str = "",
    deadline: Deadline | None = None,
    decimal: str = "",
    marks: str = "",
    cluster: Cluster | None = None,
    actor: Actor = NOBODY,
) -> Desk:
    """Grade files (or folders of files) into an exam folder; nothing is written if a file cannot be read at all.

    Without files, what was handed in so far is marked anew, with what was decided since. `forms`: the kinds of feedback
    files to write, endings of FEEDBACK (None: all, unless the class is large). `marks`: csv or parquet, else the number
    of answers decides. `pseudonymise`: grades.csv and marks.csv hold pseudonyms instead of ids, and
    nothing else of the roster; feedback is for its student, and keeps the id. `dialect` forces one on all files;
    `attempt` says which of several finished ones counts (last, first, best); with a `deadline` those who were late are
    listed. `decimal`: the sign that marks decimals in these files, where it is known; else each file's texts may tell.
    A `cluster` reads and marks as this machine would, and writes no feedback.
    """
    seen = extent(folder)
    stands = standing_exam(folder)
    exam = stands.exam
    chosen = grader or exam.grader
    found = sources(files)
    paths = found.paths
    with locked(folder, "another quizgen is grading in this folder"), shelf_in(folder) as shelf:
        if extent(folder) != seen:
            what = "papers or corrections were recorded while the files were read"
            raise QuizgenError(what, where=str(folder), hint="Say the same once more.")
        took = take_in(exam, found, dialect, shelf, cluster.join if cluster else None)
        simulated = took.simulated
        kind = REHEARSAL if simulated else RESULTS
        policy = "/".join(filter(None, [attempt, dialect, decimal]))
        run = run_id(paths, chosen.digest, replace, policy)
        before = Standing() if simulated else standing(folder)
        verify_log(folder)
        runs = [other for other in before.runs if not same_run(other, run)]
        earlier = read_runs(exam, folder, runs)
        gc.freeze()  # the exam, and the keys of all rows, stay as well
        now, rejects, aside, told = _joined(exam, chosen, took, attempt)
        decimals, commas = decimals_of(exam, now, decimal)
        now, differences, changed = merged(earlier, now, replace)
        rejects += changed
        if took.sheets and not simulated:
            about = {"run": run, "files": [str(path) for path in paths], "grader": chosen.name, "rows": now.n}
            about |= {"decimals": decimals.by_file()} if decimals.marks else {}
            run = write_run(folder, run, now, rejects + aside, about)
        current = latest([earlier, now.of_run(run)])
        refused = read_rejects(folder, runs, [str(path) for path in paths], current) + rejects + aside
        decimals = read_decimals(folder, runs).joined(decimals.of_run(run))
        runs = [*runs, run] if took.sheets else runs
        earlier_review = [] if simulated else read_review(exam, folder / REVIEW)
        ruling = Ruling(Decisions(earlier_review, () if simulated else stands.floors), decimals)
        names = _pseudonyms(folder, exam, current) if pseudonymise else None
        with switched(folder, kind, runs, chosen.digest, pseudonymise) as place:
            plan = _planned(current, forms, marks, cluster)
            job = Job(exam, chosen, ruling, names, _marking(current).n, plan.marks)
            written = _write_results(job, current, place, plan, folder / f".{kind}-{run}.partial", cluster)
            rejects += written.rejects
            refused += written.rejects
            rejects_table(refused).to_csv(place / "rejects.csv", index=False, lineterminator="\n")
            late = [] if deadline is None else _list_late(exam, current, deadline, place)
            absent = max(0, len(exam.papers) - written.tally.students)  # a pool may serve more students than papers
            published = []
            if report:
                published = write_report(exam, chosen, written.gathered, place, absent=absent, simulated=simulated)
            if not simulated:
                log_decisions(folder, actor, ruling.decisions)
                log_once(folder, actor, "grade", _logged(place, runs, paths, chosen, stands.number))
        listed = joined(grouped(written.waiting), earlier_review)
        review = _write_review(exam, folder / kind / REVIEW if simulated else folder / REVIEW, listed)
        review = None if simulated else review  # what nobody wrote nobody decides
    notices = took.notices + told + commas + late + published + plan.notices + (cluster.notices if cluster else [])
    notices += [
        f"{one.told}: waits for 'quizgen regrade', and nothing is marked by it" for one in pending(stands, folder)
    ]
    if before.runs and before.grader != chosen.digest:
        notices.append(f"everything handed in so far is marked by '{chosen.name}' now; it was by another grader before")
    return Desk(Summary(written.tally, exam, absent), rejects, differences, notices, folder / kind, aside, review)


@dataclass(frozen=True)
class _Written:
    """What was counted and gathered while the results were written, and what waits for a person."""

    tally: Tally
    gathered: Gathered
    waiting: list[Waiting]
    grades: list[pd.DataFrame]
    failed: list[str] = field(default_factory=list)  # students who could not be marked
    rejects: list[Reject] = field(default_factory=list)  # their rows


def _pseudonyms(folder: Path, exam: Exam, current: Handins) -> Mapping[str, str]:
    """The other names of everybody on the roster or in the files."""
    return give_pseudonyms(folder, {*current.students.tolist(), *(paper.student for paper in exam.papers)})


def _list_late(exam: Exam, current: Handins, deadline: Deadline, place: Path) -> list[str]:
    """Write who was late; gives what to tell of it."""
    late = late_table(exam, current, deadline)
    neutralised(late).to_csv(place / "late.csv", index=False, lineterminator="\n")
    if not len(late):
        return []
    many = "1 row was" if len(late) == 1 else f"{len(late)} rows were"
    return [f"{many} handed in late, or at a time that cannot be read: see late.csv. Nothing is deducted"]


def _logged(
    place: Path, runs: Sequence[str], paths: Sequence[Path], grader: Grader, revision: int
) -> dict[str, object]:
    """What the log says of a grading."""
    names = [name for name in ("grades.csv", *MARKS_FILES.values()) if (place / name).exists()]
    results = {name: digest_of_file(place / name) for name in names}
    files = {path.name: digest_of_file(path) for path in paths}
    about = {"runs": list(runs), "files": files, "revision": revision, "grader": grader.name}
    return about | {"grader digest": grader.digest, "results": results}


def _write_review(exam: Exam, path: Path, listed: Sequence[Waiting]) -> Path | None:
    """Write the list of what waits and what was decided, in one step; gives its place if anything is open."""
    if listed or path.exists():
        partial = path.with_name(f".{path.name}.partial")
        partial.write_text(write_review(exam, listed), encoding="utf-8", newline="\n")
        partial.replace(path)
    return path if any(not one.decided for one in listed) else None


def _joined(
    exam: Exam, grader: Grader, took: Intake, attempt: str
) -> tuple[Handins, list[Reject], list[Reject], list[str]]:
    """All rows that were taken in, one attempt of each student, doubles removed.

    Gives the rows, those refused, those of attempts that do not count, and what to tell.
    """

    def totals(handins: Handins) -> np.ndarray:
        return np.concatenate([block.total.floats for block in grade(exam, grader, handins)])

    counting, aside, told = one_attempt_each(took.handins, attempt, totals)
    handins, doubles = without_doubles(counting)
    return handins, took.rejects + doubles, aside, told


@dataclass(frozen=True)
class _Plan:
    """How results are written: forms of feedback, the kind of file for marks, and what to tell of it."""

    forms: Sequence[str]
    marks: str
    notices: list[str]


def _planned(current: Handins, forms: Sequence[str] | None, marks: str, cluster: Cluster | None) -> _Plan:
    """What was asked for, or what suits the size of the class."""
    if forms and cluster:
        hint = "Say --feedback none, or grade the same files again without --cluster for the feedback."
        raise QuizgenError("a cluster writes no feedback files", hint=hint, exit_code=2)
    if marks not in ("", *MARKS_FILES):
        raise QuizgenError(f"--marks {marks}", hint=f"Say {' or '.join(MARKS_FILES)}.", exit_code=2)
    notices = []
    if cluster:
        forms = ()
    if forms is None and current.n > MOST_FEEDBACK:
        forms = ()
        notices = [f"no feedback files for {current.n:,} students; --feedback both writes them"]
    kind = marks or ("parquet" if current.n * len(current.texts) > MOST_IN_CSV else "csv")
    return _Plan(tuple(FEEDBACK) if forms is None else forms, kind, notices)


def _marking(current: Handins) -> Handins:
    """The rows that are marked: not of who is excused or absent."""
    return current.take((current.status == "") | (current.status == "empty"))


def _write_results(
    job: Job, current: Handins, place: Path, plan: _Plan, work: Path, cluster: Cluster | None
) -> _Written:
    """Mark everybody who handed in and write the files of the results, block by block."""
    names = job.names
    current = by_name(current, names) if names else current
    marking = _marking(current)
    (place / "feedback").mkdir()
    large = (cluster or isinstance(current.texts, Shelved)) and not plan.forms
    written = _in_parts(job, marking, place, work, cluster) if large else _one_by_one(job, marking, place, plan)
    if written.failed:
        failed = pd.Index(current.students).isin(pd.Index(written.failed))
        current = replace_fields(current, status=np.where(failed, "not marked", current.status))
    listed = (disguised_exam(job.exam, names), disguised(current, names)) if names else (job.exam, current)
    grades_table(listed[0], job.grader, written.grades, listed[1]).to_csv(
        place / "grades.csv", index=False, lineterminator="\n"
    )
    (place / "grader.yaml").write_text(job.grader.text, encoding="utf-8", newline="\n")
    return written


def _one_by_one(job: Job, marking: Handins, place: Path, plan: _Plan) -> _Written:
    """Mark block after block in this thread, with feedback; marks are written beside what follows them."""
    exam, grader, ruling, names = job.exam, job.grader, job.ruling, job.names
    written = _Written(Tally(), Gathered(grader), [], [])
    files = file_names(marking.students.tolist()) if plan.forms else {}
    writing: list[Future[None]] = []
    with marks_file(place, job.marks) as marks, ThreadPoolExecutor(1) as writer:
        for marked in grade(exam, grader, marking, ruling.decisions, decimals=ruling.decimals):
            block, misread = misread_in(exam, grader, marked, marking.n, ruling.decisions, job.right)
            written.tally.add(grader, block)
            written.gathered.add(block)
            written.waiting.extend(waiting_in(block) + misread)
            shown = disguised_marks(block, names) if names else block
            written.grades.append(grades_of(exam, grader, shown))
            writing.append(writer.submit(marks.add, grader, shown))
            for told in feedback(exam, grader, block) if plan.forms else ():
                for form in plan.forms:
                    file = place / "feedback" / f"{files[told.student]}.{form}"
                    file.write_text(FEEDBACK[form](told), encoding="utf-8", newline="\n")
        for one in writing:
            one.result()
    return written


def _in_parts(job: Job, marking: Handins, place: Path, work: Path, cluster: Cluster | None) -> _Written:
    """Mark a large class on all cores, or on a cluster, in parts that outlive this process."""
    far = (cluster.begin, cluster.ahead) if cluster else (None, 0)
    written = _Written(Tally(), Gathered(job.grader), [], [])
    with marks_file(place, job.marks) as marks:
        for part in parts_of(job, marking, work, *far):
            if isinstance(part, Failed):
                written.failed.extend(part.handins.students.tolist())
                written.rejects.extend(part.handins.reject(row, part.reason) for row in range(part.handins.n))
                continue
            written.tally.join(part.tally)
            written.gathered.join(part.gathered)
            written.waiting.extend(part.waiting)
            written.grades.append(part.grades)
            marks.append(part.marks)
    if written.rejects and not written.tally.students:
        raise QuizgenError(f"the answers {written.rejects[0].reason}", hint="Nothing was written. Report this.")
    return written
