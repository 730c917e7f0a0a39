"""Amendments of an exam: corrections that are recorded beside it and wait until a regrade carries them out.

`exam/amendments/001/` holds `amendment.json` (what, for which question, with reason, person and time) and the corrected
files, each whole, on top of what was recorded before. One that is taken back gets a `withdrawn.json`; nothing is ever
changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import BaseModel

from quizgen.bank.problemfile import digest_of
from quizgen.errors import QuizgenError
from quizgen.exam.additions import Why, numbered
from quizgen.exam.corrections import Correction, Void
from quizgen.exam.model import Exam
from quizgen.exam.private import write_private
from quizgen.exam.stored import read_described
from quizgen.revisions import Changes, Revised, json_text, next_place, proven_files, write_whole

FOLDER = "amendments"
_ABOUT, WITHDRAWN = "amendment.json", "withdrawn.json"


@dataclass(frozen=True)
class Amendment:
    """One correction: what it is in words, and in data.

    `files`: corrected texts by name; `untold`: what no longer is told apart, and was recorded all the same.
    """

    number: int
    question: str
    what: tuple[str, ...]
    files: Mapping[str, str]
    voids: tuple[Void, ...]
    corrections: tuple[Correction, ...]
    untold: tuple[str, ...]
    why: Why
    withdrawn: bool = False

    @property
    def told(self) -> str:
        """It in a line."""
        return f"amendment {self.number}: {'; '.join(self.what)} ({self.why.reason})"


class _AmendmentFile(BaseModel):
    exam: str
    question: str
    what: tuple[str, ...]
    files: dict[str, str]
    voids: tuple[Void, ...] = ()
    corrections: tuple[Correction, ...] = ()
    untold: tuple[str, ...] = ()
    reason: str
    by: str = ""
    at: str = ""


def read_amendments(exam: Exam, folder: Path) -> list[Amendment]:
    """All amendments of an exam, oldest first."""
    return [_read(exam, place) for place in numbered(folder / FOLDER)]


def pending(now: Revised, folder: Path) -> list[Amendment]:
    """The amendments that no revision has carried out yet, and nobody took back."""
    found = read_amendments(now.exam, folder)
    return [one for one in found if one.number not in now.amendments and not one.withdrawn]


def changes_of(amendments: Sequence[Amendment], now: Revised) -> Changes:
    """What amendments change of an exam as it stands, all together."""
    files = {name: text for one in amendments for name, text in one.files.items()}
    return Changes(
        files={name: text for name, text in files.items() if now.texts.get(name) != text},
        voids=tuple(void for one in amendments for void in one.voids),
        corrections=tuple(dict.fromkeys(correction for one in amendments for correction in one.corrections)),
        amendments=tuple(one.number for one in amendments),
    )


def next_number(folder: Path) -> int:
    """The number that the next amendment gets."""
    return int(next_place(folder / FOLDER).name)


def write_amendment(folder: Path, exam: Exam, one: Amendment) -> None:
    """Write an amendment, whole or not at all; the caller holds the exam's lock."""
    about = {
        "exam": exam.id,
        "question": one.question,
        "what": list(one.what),
        "files": {name: digest_of(text) for name, text in one.files.items()},
        "voids": [asdict(void) for void in one.voids],
        "corrections": [asdict(correction) for correction in one.corrections],
        "untold": list(one.untold),
        **asdict(one.why),
    }
    write_whole(folder / FOLDER / f"{one.number:03d}", {**one.files, _ABOUT: json_text(about)})


def write_withdrawal(folder: Path, number: int, why: Why) -> None:
    """Take an amendment back; the caller holds the exam's lock."""
    write_private(_place(folder, number) / WITHDRAWN, json_text(asdict(why)).encode())


def proof_of(folder: Path, number: int) -> str:
    """What proves that an amendment is the same."""
    return digest_of((_place(folder, number) / _ABOUT).read_text(encoding="utf-8"))


def _place(folder: Path, number: int) -> Path:
    return folder / FOLDER / f"{number:03d}"


def _read(exam: Exam, place: Path) -> Amendment:
    about = read_described(place / _ABOUT, _AmendmentFile)
    if about.exam != exam.id:
        raise QuizgenError("belongs to another exam", where=str(place), hint="Restore the folder from a copy.")
    return Amendment(
        number=int(place.name),
        question=about.question,
        what=about.what,
        files=proven_files(place, about.files),
        voids=about.voids,
        corrections=about.corrections,
        untold=about.untold,
        why=Why(about.reason, about.by, about.at),
        withdrawn=(place / WITHDRAWN).exists(),
    )
