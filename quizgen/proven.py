"""Proof that what was recorded beside an exam is what its log says: additions, assignments, amendments, revisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from quizgen import amendments, revisions
from quizgen.bank.problemfile import digest_of
from quizgen.errors import QuizgenError
from quizgen.exam.additions import ADDED, ASSIGNMENTS, numbered
from quizgen.exam.model import Exam
from quizgen.ledger import digest_of_file
from quizgen.log import Entry, entries

_RESTORE = "Restore it from a copy."


def _digest_of_text(path: Path) -> str:
    return digest_of(path.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Kind:
    """One kind of additions: the folder that holds them, numbered, and the entries of the log that prove them.

    `what` entries say under `key` which number they are about; under the names in `files` stands what proves each file
    of it (the addition itself if empty). `again`: the command that puts a lost entry into the log.
    """

    folder: str
    what: str
    key: str
    again: str
    files: Mapping[str, str]
    ending: str = ""
    digest: Callable[[Path], str] = digest_of_file

    def proofs(self, found: list[Entry]) -> dict[int, Mapping[str, str]]:
        """What the log knows: by number, digests of files."""
        known: dict[int, Mapping[str, str]] = {}
        for entry in found:
            if entry.what == self.what and (number := int(entry.about[self.key])):
                known[number] = {file: str(entry.about.get(name, "")) for name, file in self.files.items()}
        return known


ASSIGNED = Kind(ASSIGNMENTS, "assign", "assignment", "quizgen assign", {"proof": ""}, ending=".json")
_AMENDED = Kind(
    amendments.FOLDER, "amend", "amendment", "quizgen amend", {"proof": "amendment.json"}, digest=_digest_of_text
)
_KINDS = (
    Kind(ADDED, "add", "added", "quizgen add", {"proof": "added.json", "proof of papers": "papers.json"}),
    ASSIGNED,
    _AMENDED,
    Kind(revisions.FOLDER, "regrade", "revision", "quizgen regrade --apply", {"proof": "revision.json"}),
)


def verify_recorded(folder: Path) -> Exam:
    """Prove everything recorded beside an exam, and give the exam as it stands; raises QuizgenError where it cannot."""
    for kind in _KINDS:
        verify_kind(folder, kind)
    _verify_withdrawals(folder)
    exam = revisions.standing_exam(folder).exam
    amendments.read_amendments(exam, folder)
    return exam


def verify_kind(folder: Path, kind: Kind) -> None:
    """Prove the additions of one kind."""
    proofs = kind.proofs(entries(folder))
    places = numbered(folder / kind.folder, kind.ending)
    for number, place in enumerate(places, start=1):
        if number not in proofs:
            raise QuizgenError("is not in the log", where=str(place), hint=f"Say the same '{kind.again}' again.")
        for path, proof in _files(place, proofs[number]):
            if not path.exists() or kind.digest(path) != proof:
                raise QuizgenError("is not what the log says", where=str(path), hint=_RESTORE)
    if len(proofs) > len(places):
        where = str(folder / kind.folder / f"{len(places) + 1:03d}{kind.ending}")
        raise QuizgenError("is in the log, but not there", where=where, hint=_RESTORE)


def _files(place: Path, proofs: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    for name, proof in proofs.items():
        yield (place / name if name else place), proof


def _verify_withdrawals(folder: Path) -> None:
    """Prove that the amendments taken back are those that the log knows."""
    logged = {int(entry.about["amendment"]) for entry in entries(folder) if entry.what == "withdraw"}
    for number, place in enumerate(numbered(folder / amendments.FOLDER), start=1):
        path = place / amendments.WITHDRAWN
        if path.exists() and number not in logged:
            again = f"Say 'quizgen amend --withdraw {number}' again."
            raise QuizgenError("is not in the log", where=str(path), hint=again)
        if not path.exists() and number in logged:
            raise QuizgenError("is in the log, but not there", where=str(path), hint=_RESTORE)
