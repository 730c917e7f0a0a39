"""Where an exam stands is read from descriptions, results and the log; no variant is looked at.

`exam.json` says nothing of time, for the same input makes the same bytes: when it was made is the time of the file.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
from pydantic import BaseModel

from quizgen.csvtext import decode, delimiter_of, restored
from quizgen.decisions import Waiting
from quizgen.errors import QuizgenError
from quizgen.exam.additions import ADDED, ASSIGNMENTS, listed_papers, numbered
from quizgen.exam.pseudonyms import read_pseudonyms
from quizgen.exam.stored import PapersFile, read_described
from quizgen.exam.wishes import room_of
from quizgen.ledger import REHEARSAL, RESULTS, standing
from quizgen.log import Entry, entries
from quizgen.status.model import Grading, Output, Room, Status

OUTPUTS = ("export", "gradebook", "feedback")  # what is written for others, as the log names it
_MADE_FROM = {"gradebook": ("grades.csv",), "feedback": ("marks.csv", "marks.parquet")}
_DECISION = ("read as", "points", "reason", "by")  # columns of review.csv
_HANDED_IN = ("marked", "empty")
_MARKS_MOVE = ("assign",)  # kinds of entries after which marks may have to be written anew


class _About(BaseModel):
    title: str
    code: str
    n: int
    seed: str | None
    quizgen: str
    versions: list[int] = []


class _Added(BaseModel):
    n: int


class _Revision(BaseModel):
    amendments: list[int] = []


def status_of(folder: Path) -> Status:
    """Where an exam stands; raises QuizgenError where a file of it, or the chain of its log, is damaged."""
    about = read_described(folder / "exam.json", _About)
    more = [read_described(place / "added.json", _Added).n for place in numbered(folder / ADDED)]
    papers = {paper.student: room_of(paper.details) for paper in listed_papers(folder)}
    has_roster = read_described(folder / "papers.json", PapersFile).roster
    found = entries(folder)
    results = standing(folder)
    graded = _graded(found) if results.runs else None
    statuses, waiting = _grades(folder, results.disguised) if results.runs else ([], 0)
    revisions = _revisions(folder)
    return Status(
        folder=folder,
        title=about.title,
        code=about.code,
        made=(folder / "exam.json").stat().st_mtime,
        quizgen=about.quizgen,
        secret=about.seed is None,
        papers=about.n + sum(more),
        held=len(papers),
        versions=len(set(about.versions)),
        additions=len(more),
        added=sum(more),
        assignments=len(numbered(folder / ASSIGNMENTS, ".json")),
        rehearsed=(folder / REHEARSAL).exists(),
        handed_in=_room("", list(papers), statuses, has_roster) if results.runs else None,
        rooms=_rooms(papers, statuses, has_roster) if results.runs else (),
        graded=graded,
        waiting=waiting,
        decided=_decided(folder, found) if results.runs else 0,
        rejects=_rows_below_headings(folder / RESULTS / "rejects.csv"),
        revisions=len(revisions),
        amendments=_pending(folder, revisions),
        moved=any(entry.what in _MARKS_MOVE for entry in _since(found, results.log)) and bool(results.runs),
        prints=len(list((folder / "prints").glob("[0-9][0-9][0-9]"))),
        outputs=tuple(_outputs(found, len(revisions))),
    )


def _graded(found: Sequence[Entry]) -> Grading | None:
    """What the log says of the last grading."""
    for entry in reversed(found):
        if entry.what == "grade":
            about = entry.about
            runs = len(about.get("runs", []))
            return Grading(entry.at, entry.by, str(about.get("grader", "")), runs, int(about.get("revision", 0)))
    return Grading("", "", "", 0, 0)  # results without a log: an earlier quizgen's


def _since(found: Sequence[Entry], last: str) -> Sequence[Entry]:
    """The entries after the one that the results know as the last."""
    hashes = [entry.hash for entry in found]
    return found[hashes.index(last) + 1 :] if last in hashes else found


def _outputs(found: Sequence[Entry], revisions: int) -> list[Output]:
    """The last file of each kind and form that was written for others."""
    proofs = _proofs(found)
    last: dict[tuple[str, str], Output] = {}
    for entry in found:
        if entry.what in OUTPUTS:
            form, made_of = str(entry.about.get("format", "")), entry.about.get("of")
            now = revisions if entry.what == "export" else _proof(proofs, entry.what)
            last.pop((entry.what, form), None)
            told = (entry.what, form, str(entry.about.get("file", "")), entry.at, entry.by)
            last[entry.what, form] = Output(*told, stale=made_of != now)
    return sorted(last.values(), key=lambda output: OUTPUTS.index(output.what))


def source_of(folder: Path, what: str) -> str | int:
    """What tells whether an output is stale: the number of revisions, or the digest of results as the log has it."""
    if what == "export":
        return len(_revisions(folder))
    return _proof(_proofs(entries(folder)), what)


def _proof(proofs: Mapping[str, str], what: str) -> str:
    """The digest of the results that an output is made of."""
    return next((proofs[name] for name in _MADE_FROM[what] if name in proofs), "")


def _proofs(found: Sequence[Entry]) -> dict[str, str]:
    """The digests of the results, as the last grading logged them."""
    graded = [entry.about for entry in found if entry.what == "grade"]
    return {str(name): str(proof) for name, proof in (graded[-1].get("results", {}) if graded else {}).items()}


def _grades(folder: Path, disguised: bool) -> tuple[list[tuple[str, str]], int]:
    """Students, as the roster knows them, with what became of them; and how many answers wait for a person."""
    path = folder / RESULTS / "grades.csv"
    try:
        table = pacsv.read_csv(
            path,
            parse_options=pacsv.ParseOptions(newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(
                include_columns=["student", "status", "review"],
                column_types={"student": pa.string(), "status": pa.string(), "review": pa.int64()},
                strings_can_be_null=False,
            ),
        )
    except (OSError, pa.ArrowException) as error:
        what = str(error).partition("\n")[0]
        raise QuizgenError(f"cannot be read: {what}", where=str(path), hint="Grade again.") from None
    who = read_pseudonyms(folder) if disguised else {}
    students = [restored(text) for text in table.column("student").to_pylist()]
    statuses = table.column("status").to_pylist()
    waiting = sum(number or 0 for number in table.column("review").to_pylist())
    return [(who.get(name, name), status) for name, status in zip(students, statuses, strict=True)], waiting


def _rooms(papers: Mapping[str, str], statuses: Sequence[tuple[str, str]], has_roster: bool) -> tuple[Room, ...]:
    """The rooms in the order in which the roster names them; who has none stands last."""
    held: dict[str, list[str]] = {}
    for student, name in papers.items():
        held.setdefault(name, []).append(student)
    if held.keys() <= {""}:
        return ()
    became: dict[str, list[tuple[str, str]]] = {}
    for student, status in statuses:
        became.setdefault(papers.get(student, ""), []).append((student, status))
    order = [name for name in held if name] + ([""] if "" in held or "" in became else [])
    return tuple(_room(name, held.get(name, []), became.get(name, []), has_roster) for name in order)


def _room(name: str, held: Sequence[str], statuses: Sequence[tuple[str, str]], has_roster: bool) -> Room:
    counts = Counter(status for _, status in statuses)
    handed_in, excused = sum(counts[status] for status in _HANDED_IN), counts["excused"]
    absent = counts["absent"] if has_roster else max(0, len(held) - handed_in - excused)
    return Room(name, len(held), handed_in, absent, excused)


def _decided(folder: Path, found: Sequence[Entry]) -> int:
    """How many rows of review.csv were decided, changed or withdrawn since a grading read it."""
    last = {entry.about.get("key"): entry.about.get("decided", "") for entry in found if entry.what == "decision"}
    known, now = Counter(filter(None, last.values())), Counter(_decisions(folder / "review.csv"))
    return max((now - known).total(), (known - now).total())


def _decisions(path: Path) -> list[str]:
    """What review.csv decides, in words."""
    told = []
    for row in _table(path):
        read_as, points, reason, by = (restored(row.get(name, "").strip()) for name in _DECISION)
        one = Waiting(0, "", "", "", "", "", read_as=read_as, points=points, reason=reason, by=by)
        told += [one.told] if one.decided else []
    return told


def _rows_below_headings(path: Path) -> int:
    return sum(1 for _ in _table(path))


def _table(path: Path) -> list[dict[str, str]]:
    """The rows of a small CSV file by heading; none if there is no such file."""
    if not path.exists():
        return []
    text = decode(path.read_bytes(), str(path))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text)))
    except csv.Error as error:
        raise QuizgenError(f"cannot be read: {error}", where=str(path)) from None
    headings = [heading.strip().lower() for heading in rows[0]]
    return [dict(zip(headings, row, strict=False)) for row in rows[1:] if any(row)]


def _revisions(folder: Path) -> list[_Revision]:
    """The revisions, oldest first."""
    places = [place for place in numbered(folder / "revisions") if place.is_dir()]
    return [read_described(place / "revision.json", _Revision) for place in places]


def _pending(folder: Path, revisions: Sequence[_Revision]) -> tuple[int, ...]:
    """The numbers of the amendments that no revision carried out, and nobody took back."""
    done = {number for revision in revisions for number in revision.amendments}
    places = {int(place.name): place for place in numbered(folder / "amendments")}
    return tuple(
        number for number, place in places.items() if number not in done and not (place / "withdrawn.json").exists()
    )
