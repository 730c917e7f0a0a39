"""A dossier as files, for the owner only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from quizgen.dossier.case import open_case
from quizgen.dossier.model import Dossier
from quizgen.dossier.page import as_page
from quizgen.dossier.printed import as_pdf
from quizgen.dossier.told import dossier_of
from quizgen.exam.private import write_private
from quizgen.press import refuse_without_typst

FOLDER = "students"
FORMS: Mapping[str, Callable[[Dossier], bytes]] = {
    "html": lambda told: as_page(told).encode(),
    "pdf": as_pdf,
}


def write_dossier(folder: Path, who: str, forms: Sequence[str] = tuple(FORMS), out: Path | None = None) -> list[Path]:
    """Write a student's dossier into `students/` of an exam folder (or into `out`); gives the files.

    `who`: an id, the tag of a paper, or a pseudonym. The same state of the exam gives the same bytes.
    """
    if "pdf" in forms:
        refuse_without_typst()
    case = open_case(folder, who)
    told = dossier_of(case)
    place = out or folder / FOLDER
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = [(place / f"{case.file}.{form}", FORMS[form](told)) for form in forms]
    for path, data in written:
        write_private(path, data)
    return [path for path, _ in written]
