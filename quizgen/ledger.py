"""What was handed in so far: runs of grading, kept beside the exam and never overwritten.

`exam/runs/<id>/` holds the rows that a run accepted. Which runs count stands in the results themselves, which are
switched in one step: a run that was killed half-way does not exist.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from quizgen.csvcolumns import begin_with, with_apostrophe
from quizgen.csvtext import write_csv
from quizgen.errors import QuizgenError, printable
from quizgen.exam.model import Exam, heading_of
from quizgen.log import FIRST, entries, last_hash
from quizgen.submissions.decimals import UNKNOWN, Decimals
from quizgen.submissions.handins import Handins, layout_of, nobody, together
from quizgen.submissions.rows import TAGGED, VARIANT, in_blocks, read_rows, write_rows
from quizgen.submissions.sheet import Column
from quizgen.submissions.shelf import Shelved
from quizgen.submissions.table import Reject

RESULTS, REHEARSAL = "results", "rehearsal"
UNNAMED = TAGGED  # only if there are some
_ABOUT = ("student", "paper", "status", "file", "line", "attempt", "time")
_NUMBERS = ("paper", "line", "attempt", UNNAMED)
_STATE, _REJECTS = "state.json", "rejects.csv"
_SHELF = "submissions.arrow"  # the rows of a large run, instead of submissions.csv
_RISKY = "=+-@\t\r'"  # how a text may begin that a spreadsheet would not leave alone


@dataclass(frozen=True)
class Difference:
    """An answer that a later file gives differently."""

    student: str
    answer: str
    before: str
    after: str

    def __str__(self) -> str:
        return printable(f"{self.student}: {self.answer} '{self.before}' -> '{self.after}'")


def run_id(files: Sequence[Path], grader_digest: str, replace: bool, policy: str = "") -> str:
    """The name of a run: the same files, grader and policy (which attempts count, which dialect) give the same run."""
    state = hashlib.blake2b(digest_size=6, person=b"quizgen run")
    for part in sorted(_hashed(file, 64).digest() for file in files):
        state.update(part)
    state.update(f"{grader_digest}/revision 0/{replace}{policy and '/' + policy}".encode())
    return state.hexdigest()


@dataclass(frozen=True)
class Standing:
    """What the current results are made of: runs, in order, and the digest of the grader that marked them."""

    runs: tuple[str, ...] = ()
    grader: str = ""
    log: str = ""  # the hash of the last entry of the log then
    disguised: bool = False  # whether they hold pseudonyms


def standing(folder: Path, kind: str = RESULTS) -> Standing:
    """What the current results say of themselves; raises QuizgenError if they are there and damaged."""
    path = folder / kind / _STATE
    if not (path.parent.exists() or path.parent.is_symlink()):
        return Standing()
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        log, disguised = str(state.get("log", "")), bool(state.get("disguised", False))
        return Standing(tuple(map(str, state["runs"])), str(state["grader"]), log, disguised)
    except (OSError, ValueError, LookupError, TypeError):
        raise QuizgenError(
            "is damaged or missing: it says which gradings the results are made of",
            where=str(path),
            hint=f"Restore it from a copy, or move {path.parent} away and grade all files again.",
        ) from None


def verify_log(folder: Path) -> None:
    """Prove the log: its chain, and that it still holds the entry that the results know as the last one."""
    known, found = standing(folder).log, entries(folder)
    if known not in ("", FIRST) and known not in {entry.hash for entry in found}:
        raise QuizgenError(
            "its end was cut off: the results know a later entry",
            where=str(folder / "log.jsonl"),
            hint="Restore the log from a copy.",
        )


def verify_results(folder: Path) -> None:
    """Prove that grades and marks are what the last grading wrote."""
    graded = [entry.about for entry in entries(folder) if entry.what == "grade"]
    for name, proof in (graded[-1].get("results", {}) if graded else {}).items():
        path = folder / RESULTS / name
        if not path.exists() or digest_of_file(path) != proof:
            what = "is not what the last grading wrote"
            raise QuizgenError(what, where=str(path), hint="Grade the same files again to write it anew.")


def digest_of_file(path: Path) -> str:
    """What proves that a file is the same."""
    return _hashed(path, 16).hexdigest()


def _hashed(path: Path, size: int) -> hashlib._Hash:
    """A file's bytes, hashed a little at a time."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=size))


def read_runs(exam: Exam, folder: Path, runs: Sequence[str]) -> Handins:
    """Everything accepted so far, as papers are held now; of several rows of a student the one of the latest run."""
    parts = [_read_run(exam, folder / "runs" / run).held_now(exam) for run in runs]
    return latest(parts) if parts else nobody()


def read_decimals(folder: Path, runs: Sequence[str]) -> Decimals:
    """The decimal marks of files, as the runs that took them in decided."""
    found = UNKNOWN
    for run in runs:
        path = folder / "runs" / run / "run.json"
        try:
            marks = json.loads(path.read_text(encoding="utf-8")).get("decimals", {})
            found = found.joined(Decimals({("", str(file)): str(mark) for file, mark in marks.items()}).of_run(run))
        except (OSError, ValueError, AttributeError):
            raise QuizgenError("an earlier run cannot be read", where=str(path)) from None
    return found


def latest(parts: Sequence[Handins]) -> Handins:
    """The rows that count: of each student the last one."""
    everything = together(parts)
    return everything.take(~pd.Index(everything.students, dtype=object).duplicated(keep="last"))


def read_rejects(folder: Path, runs: Sequence[str], files: Sequence[str], current: Handins) -> list[Reject]:
    """Rows that earlier runs refused and nobody has put right since: not by the same file, nor for the same student."""
    if not runs:
        return []
    order = {run: number for number, run in enumerate(runs)}
    taken_in = dict(zip(current.students.tolist(), [order.get(run, len(runs)) for run in current.runs], strict=True))
    inside = tuple(f"{file}/" for file in files)  # what lies in a zip
    found = []
    for number, run in enumerate(runs):
        path = folder / "runs" / run / _REJECTS
        if path.exists():
            with path.open(encoding="utf-8", newline="") as file:
                rejects = [Reject(row[0], int(row[1]), *row[2:5]) for row in list(csv.reader(file))[1:]]
            found += [reject for reject in rejects if taken_in.get(reject.student, -1) <= number]
    return [reject for reject in found if reject.file not in files and not reject.file.startswith(inside)]


def same_run(name: str, run: str) -> bool:
    """Whether a run kept under this name graded the same files: a second time it may be kept as `<id>-2`."""
    return files_of(name) == run


def files_of(name: str) -> str:
    """The id of a run that may be kept under a number, too: what it says of its files."""
    return name.partition("-")[0]


def write_run(folder: Path, run: str, handins: Handins, rejects: Sequence[Reject], about: Mapping[str, object]) -> str:
    """Keep the rows that a run accepted and refused, whole or not at all; gives the name under which they are kept.

    Nothing is overwritten: where the same files were graded before and other rows accepted, a number is added.
    """
    partial = folder / "runs" / f"{run}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    if isinstance(handins.texts, Shelved):
        write_rows(partial / _SHELF, in_blocks(handins))
    else:
        _write_submissions(partial, handins)
    if rejects:
        rows = [(reject.file, reject.line, reject.student, reject.reason, reject.text) for reject in rejects]
        text = write_csv(("file", "line", "student", "reason", "text"), rows)
        (partial / _REJECTS).write_text(text, encoding="utf-8", newline="\n")
    (partial / "run.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return _numbered(partial, run)


def _write_submissions(partial: Path, handins: Handins) -> None:
    """Write rows that are in memory as a table for people."""
    numbers = {f"{VARIANT}{question}": pa.array(variants) for question, variants in handins.variants.items()}
    if handins.unnamed is not None and handins.unnamed.any():
        numbers[UNNAMED] = pa.array(handins.unnamed.astype(np.int64))
    names = [*_ABOUT, *numbers, *(heading_of(*column) for column in handins.texts)]
    columns = [
        pa.array(handins.students, pa.string()),
        pa.array(handins.papers),
        pa.array(handins.status, pa.string()),
        pa.array(handins.files, pa.string()),
        pa.array(handins.lines),
        pa.array(handins.attempts),
        pa.array(handins.times, pa.string()),
        *numbers.values(),
        *handins.texts.values(),
    ]
    guarded = [_guarded(column) if pa.types.is_string(column.type) else column for column in columns]
    pacsv.write_csv(pa.table(guarded, names=names), partial / "submissions.csv")


def merged(earlier: Handins, now: Handins, replace: bool) -> tuple[Handins, list[Difference], list[Reject]]:
    """Rows that count from now on: new ones, completed by what was handed in before; with `replace` changed ones, too.

    A blank cell says nothing: it neither differs nor erases. Gives the accepted rows, every difference, and the rows
    refused: for differing without `replace`, or for claiming a paper that somebody else handed in before.
    """
    claimed = pd.Index(earlier.papers).isin(now.papers[now.papers > 0])
    now, rejects = _without_claimed(earlier.take(claimed), now)
    place = pd.Index(earlier.students).get_indexer(pd.Index(now.students))
    columns = list(dict.fromkeys([*earlier.texts, *now.texts]))
    known = np.flatnonzero(place >= 0)
    before, after = (part.with_columns(columns) for part in (earlier.take(place[known]), now.take(known)))
    changed = np.zeros(now.n, dtype=bool)
    changed[known] = before.contradicts(after)
    differences: list[Difference] = []
    for row in np.flatnonzero(changed).tolist():
        found = _differences(earlier, int(place[row]), now, row, columns)
        differences += found
        if not replace:
            reason = f"differs from what was graded before ({found[0]}{', …' if found[1:] else ''}); use --replace"
            rejects.append(now.reject(row, reason))
    completed = together([now.take(np.flatnonzero(place < 0)), after.completed(before)])
    order = np.argsort(np.concatenate([np.flatnonzero(place < 0), known]), kind="stable")
    completed = completed.take(order)
    return completed.take(~changed if not replace else np.ones(now.n, dtype=bool)), differences, rejects


@contextmanager
def switched(folder: Path, kind: str, runs: Sequence[str], grader: str, disguised: bool = False) -> Iterator[Path]:
    """A fresh folder for results; when everything is written, it takes the place of the old one in one step."""
    fresh = Path(tempfile.mkdtemp(prefix=f".{kind}-", dir=folder))
    try:
        yield fresh
        state: dict[str, object] = {"runs": list(runs), "grader": grader, "log": last_hash(folder)}
        state |= {"disguised": True} if disguised else {}
        (fresh / _STATE).write_text(json.dumps(state) + "\n", encoding="utf-8")
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    _point(folder / kind, fresh)
    for old in folder.glob(f".{kind}-*"):
        if old.name != fresh.name and old.exists():
            _clear_away(old)


def _clear_away(old: Path) -> None:
    """Remove results, or parts of some, that are of no use any more.

    Parts lose their name first: whoever is killed half-way must not leave some that look whole.
    """
    if old.suffix == ".partial":
        gone = old.with_suffix(".gone")
        shutil.rmtree(gone, ignore_errors=True)
        old = old.rename(gone)
    shutil.rmtree(old, ignore_errors=True)


def _without_claimed(earlier: Handins, now: Handins) -> tuple[Handins, list[Reject]]:
    """Refuse rows whose paper another student handed in before."""
    owners = dict(zip(earlier.papers.tolist(), earlier.students.tolist(), strict=True))
    rejects = []
    fine = np.ones(now.n, dtype=bool)
    for row in np.flatnonzero(pd.Index(now.papers).isin(earlier.papers) & (now.papers > 0)).tolist():
        owner = owners[int(now.papers[row])]
        if owner != now.students[row]:
            fine[row] = False
            rejects.append(now.reject(row, f"paper {now.papers[row]} was handed in by '{owner}' before"))
    return now.take(fine), rejects


def _point(name: Path, fresh: Path) -> None:
    """Let a name stand for the fresh folder, in one step where the system has symbolic links."""
    link = name.with_name(f".{name.name}.link")
    link.unlink(missing_ok=True)
    try:
        link.symlink_to(fresh.name, target_is_directory=True)
    except OSError:  # no symbolic links here: two renames, the old results kept until the second
        if name.exists():
            name.rename(name.with_name(f".{name.name}-old"))
        fresh.rename(name)
        return
    if name.is_dir() and not name.is_symlink():  # unpacked from an archive, which has no links
        name.rename(name.with_name(f".{name.name}-old"))
    link.replace(name)


def _numbered(partial: Path, run: str) -> str:
    """Name a folder `run`, `run-2`, ...: the first that is free or holds the same files already."""
    place = partial.with_name(run)
    number = 1
    while place.exists() and _contents(place) != _contents(partial):
        number += 1
        place = partial.with_name(f"{run}-{number}")
    if place.exists():
        shutil.rmtree(partial)
    else:
        partial.rename(place)
    return place.name


def _contents(folder: Path) -> dict[str, str]:
    return {path.name: digest_of_file(path) for path in folder.iterdir()}


def _read_run(exam: Exam, place: Path) -> Handins:
    """The rows of one run."""
    if (place / _SHELF).exists():
        return read_rows(place / _SHELF, layout_of(exam), place.name)
    try:
        with (place / "submissions.csv").open("rb") as file:
            names = file.readline().decode().strip()
        headings = [part.strip('"') for part in names.split('","')]
        numbers = {name for name in headings if name in _NUMBERS or name.startswith(VARIANT)}
        types = {heading: pa.int64() if heading in numbers else pa.string() for heading in headings}
        options = pacsv.ConvertOptions(column_types=types, strings_can_be_null=False)
        size = min((place / "submissions.csv").stat().st_size + 16, 2**31 - 1)
        table = pacsv.read_csv(
            place / "submissions.csv",
            convert_options=options,
            read_options=pacsv.ReadOptions(block_size=size),
            parse_options=pacsv.ParseOptions(newlines_in_values=True),
        ).combine_chunks()
    except (OSError, pa.ArrowInvalid) as error:
        raise QuizgenError(f"an earlier run cannot be read: {error}", where=str(place)) from None
    layout = layout_of(exam)
    texts: dict[Column, pa.Array] = {}
    variants: dict[str, np.ndarray] = {}
    for name in [name for name in table.column_names if name not in (*_ABOUT, UNNAMED)]:
        if name.startswith(VARIANT):
            variants[name.removeprefix(VARIANT)] = _single(table.column(name)).to_numpy(zero_copy_only=False)
            continue
        column = layout.column(name)
        if column is None:
            raise QuizgenError(f"an earlier run holds the unknown answer '{name}'", where=str(place))
        texts[column] = _unguarded(_single(table.column(name)))
    return Handins(
        students=_objects(table.column("student")),
        papers=_single(table.column("paper")).to_numpy(zero_copy_only=False),
        status=_objects(table.column("status")),
        files=_objects(table.column("file")),
        lines=_single(table.column("line")).to_numpy(zero_copy_only=False),
        runs=np.full(table.num_rows, place.name, dtype=object),
        attempts=_single(table.column("attempt")).to_numpy(zero_copy_only=False)
        if "attempt" in numbers
        else np.ones(table.num_rows, dtype=np.int64),
        times=_objects(table.column("time")) if "time" in types else np.full(table.num_rows, "", dtype=object),
        texts=texts,
        variants=variants,
        unnamed=_single(table.column(UNNAMED)).to_numpy() > 0 if UNNAMED in numbers else None,
    )


def _guarded(texts: pa.Array) -> pa.Array:
    """Texts with an apostrophe before what a spreadsheet would take for a formula, and before an apostrophe."""
    return with_apostrophe(texts, begin_with(texts, _RISKY))


def _unguarded(texts: pa.Array) -> pa.Array:
    """The texts as they were."""
    return pc.replace_substring_regex(texts, "^'", "")


def _single(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    return combined.chunk(0) if isinstance(combined, pa.ChunkedArray) else combined


def _objects(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(_unguarded(_single(column)).to_numpy(zero_copy_only=False), dtype=object)


def _differences(earlier: Handins, old: int, now: Handins, new: int, columns: list[Column]) -> list[Difference]:
    """What two rows of a student say differently."""
    earlier, now = earlier.take(np.array([old])).loaded(), now.take(np.array([new])).loaded()
    old = new = 0
    student = str(now.students[new])
    found = []
    if earlier.papers[old] != now.papers[new]:
        found.append(Difference(student, "paper", str(earlier.papers[old]), str(now.papers[new])))
    if earlier.status[old] != now.status[new]:
        found.append(Difference(student, "status", str(earlier.status[old]), str(now.status[new])))
    if earlier.attempts[old] != now.attempts[new]:
        found.append(Difference(student, "attempt", str(earlier.attempts[old]), str(now.attempts[new])))
    for question in {**earlier.variants, **now.variants}:
        was, is_now = (
            int(part.variants[question][row]) if question in part.variants else 0
            for part, row in ((earlier, old), (now, new))
        )
        if was and is_now and was != is_now:
            found.append(Difference(student, f"variant of {question}", str(was), str(is_now)))
    for column in columns:
        before, after = (_text(part, column, row) for part, row in ((earlier, old), (now, new)))
        if before and after and before != after:
            found.append(Difference(student, heading_of(*column), before[:60], after[:60]))
    return found


def _text(handins: Handins, column: Column, row: int) -> str:
    return handins.texts[column][row].as_py().strip() if column in handins.texts else ""
