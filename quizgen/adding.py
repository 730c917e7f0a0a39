"""Papers for latecomers: further variants of an exam that was drawn, numbered on, with booklets and sheet of their own.

What was drawn stays as it is, byte for byte; the new papers stand in `added/001/`. They are drawn from the exam's own
secret and from its frozen problems, distinct from all before, and printed as the exam stands after its revisions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from quizgen.booklets import Progress, blank_sheet
from quizgen.booklets.files import write_handouts
from quizgen.booklets.forms import Forms
from quizgen.draw.stream import secret_of
from quizgen.errors import QuizgenError
from quizgen.exam.additions import ADDED, Addition, Why, additions, extended, read_exam, write_addition
from quizgen.exam.dealing import deal, versions_table
from quizgen.exam.elsewhere import read_elsewhere
from quizgen.exam.folder import new_folder
from quizgen.exam.locks import locked
from quizgen.exam.model import Exam, Paper, Question, stand_in
from quizgen.exam.private import write_private
from quizgen.exam.roster import Student
from quizgen.exam.tags import write_tag
from quizgen.exam.variants import chosen, next_variants
from quizgen.exam.wishes import check_wishes
from quizgen.ledger import digest_of_file
from quizgen.log import Actor, append, entries
from quizgen.render.words import languages
from quizgen.revisions import revised

_LOGGED = "add"


@dataclass(frozen=True)
class Added:
    """What was added: the exam with it, the folder, the numbers of the papers; whether they were there before."""

    exam: Exam
    place: Path
    numbers: range
    known: bool = False


def add_papers(
    folder: Path,
    n: int,
    roster: Sequence[Student],
    why: Why,
    forms: Forms,
    progress: Progress | None = None,
) -> Added:
    """Add n papers to an exam: one for each student of a roster that is given, else spares.

    In an exam without a roster they have stand-ins, as all its papers. The same roster once more adds nothing. Raises
    QuizgenError for a student who holds a paper already, and where the exam's secret is missing.
    """
    progress = progress or (lambda *_: None)
    with locked(folder, "another quizgen is working on this exam"):
        exam = read_exam(folder)
        log_additions(folder)
        before = additions(folder)
        place = folder / ADDED / f"{len(before) + 1:03d}"
        if roster and (same := _the_same(before, roster)):
            numbers = range(same.first, same.first + same.n)
            return Added(exam, folder / ADDED / f"{same.number:03d}", numbers, known=True)
        papers = _papers(exam, n, roster, forms)
        numbers = range(exam.n + 1, exam.n + n + 1)
        more, versions = _further(exam, folder, n, papers, progress)
        whole = extended(exam, more, papers, versions)
        with new_folder(place) as partly:
            write_addition(partly, exam, more, papers, why, versions)
            _write_handouts(revised(whole, folder).exam, partly, numbers, forms, progress)
        log_additions(folder)
    return Added(whole, place, numbers)


def log_additions(folder: Path) -> None:
    """Write an entry for each addition that has none yet: its process may have been killed before it came to that."""
    known = {entry.about["added"] for entry in entries(folder) if entry.what == _LOGGED}
    for one in additions(folder):
        if (name := f"{one.number:03d}") not in known:
            papers = f"{one.first:03d}-{one.first + one.n - 1:03d}"
            about: dict[str, object] = {
                "added": name,
                "papers": papers,
                "students": [paper.student for paper in one.papers],
            }
            about |= {"reason": one.why.reason, **_proofs(folder / ADDED / name)}
            append(folder, Actor(one.why.by, one.why.at), _LOGGED, about)


def _proofs(place: Path) -> dict[str, str]:
    """What proves an addition: what was drawn, and for whom."""
    return {
        "proof": digest_of_file(place / "added.json"),
        "proof of papers": digest_of_file(place / "papers.json"),
    }


def _the_same(before: Sequence[Addition], roster: Sequence[Student]) -> Addition | None:
    """The addition that a roster made already."""
    wanted = [(student.id, student.details) for student in roster]
    return next((one for one in before if [(p.student, dict(p.details)) for p in one.papers] == wanted), None)


def _papers(exam: Exam, n: int, roster: Sequence[Student], forms: Forms) -> list[Paper]:
    """Who holds the new papers; raises QuizgenError for a student who holds one, or asks what cannot be honoured."""
    holders = {paper.student: paper.number for paper in exam.papers}
    for student in roster:
        where = student.where or f"student '{student.id}'"
        if student.id in holders:
            tag = write_tag(exam.code, holders[student.id])
            what = f"'{student.id}' is on the exam's roster already, with paper {tag}"
            raise QuizgenError(what, where=where, hint="Take the line out of this list.")
        forms.refuse_unprinted(check_wishes(student.details, exam.minutes, languages(), where), where)
    if roster or exam.has_roster:
        return [Paper(student.id, number, student.details) for number, student in enumerate(roster, start=exam.n + 1)]
    numbers = range(exam.n + 1, exam.n + n + 1)
    return [Paper(stand_in(number), number) for number in numbers if stand_in(number) not in holders]


def _further(
    exam: Exam, folder: Path, n: int, papers: Sequence[Paper], progress: Progress
) -> tuple[list[Question], list[int]]:
    """The questions of n further papers, and the version of each if the exam has versions: then nothing is drawn."""
    secret = _secret(exam, folder)
    if exam.versions:
        held = {**exam.holders} | {paper.number: paper for paper in papers}
        details = [held[number].details if number in held else None for number in range(1, exam.n + n + 1)]
        versions = deal(details, len(exam.distinct), secret, exam.versions)[exam.n :]
        copied = exam.distinct[np.array(versions) - 1]
        return [replace(question.copied(copied), waived=0) for question in exam.questions], versions
    elsewhere = read_elsewhere(folder, exam)
    more: list[Question] = []
    for question in exam.questions:
        more.append(next_variants(question, more, secret, n, exam.grader.tolerance, elsewhere, progress))
    return chosen(more, exam.picks, secret, exam.n), []


def _secret(exam: Exam, folder: Path) -> bytes:
    """What the exam was drawn from."""
    if exam.seed is not None:
        return secret_of(exam.seed)
    path = folder / "staff" / "secret.txt"
    try:
        secret = bytes.fromhex(path.read_text(encoding="utf-8").strip())
    except OSError as error:
        hint = "Papers are drawn from the exam's secret: add them where its staff folder is."
        raise QuizgenError(f"cannot be read: {error.strerror}", where=str(path), hint=hint) from None
    except ValueError:
        secret = b""
    if len(secret) != 32:
        raise QuizgenError("is damaged: it is no secret", where=str(path), hint="Restore it from a copy.")
    return secret


def _write_handouts(exam: Exam, folder: Path, numbers: Sequence[int], forms: Forms, progress: Progress) -> None:
    """Booklets, keys and the sheet of the new papers."""
    staff = write_handouts(exam, folder, forms, progress, numbers)
    (folder / "submissions.csv").write_text(blank_sheet(exam, numbers), encoding="utf-8")
    if exam.versions:
        write_private(staff / "versions.csv", versions_table(exam, numbers).encode())
