"""One file that holds a whole exam: sorted, with fixed dates, and a manifest that proves each byte of it.

Nothing is archived that cannot be proven first. The same folder gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from quizgen import __version__
from quizgen.errors import QuizgenError
from quizgen.exam.locks import locked
from quizgen.exam.private import private_file
from quizgen.keeping.contents import files_of, is_secret
from quizgen.ledger import verify_log, verify_results
from quizgen.log import FIRST, entries
from quizgen.proven import verify_recorded

FORMAT = 1
MANIFEST, TOP = "manifest.json", "exam/"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same folder, the same bytes
_PIECE = 1 << 20  # bytes in memory at once


@dataclass(frozen=True)
class Proven:
    """What the proofs of an exam folder found: its id and code, the length of its log and the hash at its end."""

    exam: str
    code: str
    entries: int
    head: str


@dataclass(frozen=True)
class Archived:
    """An archive: where it is, how many files are in it, what proves it, and whether it was there before."""

    place: Path
    files: int
    sha256: str
    proven: Proven
    known: bool = False


def prove(folder: Path) -> Proven:
    """Prove an exam folder: frozen copies, values, corrections, assignments, log and results; raises QuizgenError."""
    verify_log(folder)
    exam = verify_recorded(folder)
    verify_results(folder)
    found = entries(folder)
    return Proven(exam.id, exam.code, len(found), found[-1].hash if found else FIRST)


def write_archive(folder: Path, out: Path | None = None, *, with_secret: bool = False) -> Archived:
    """Write an exam folder into one file (`exam-K7RF.zip` unless said), whole or not at all.

    Raises QuizgenError if the folder cannot be proven, or another archive has the name already.
    """
    with locked(folder, "another quizgen is working on this exam"):
        proven = prove(folder)
        place = out or Path(f"{folder.resolve().name}-{proven.code}.zip")
        if folder.resolve() in place.resolve().parents:
            raise QuizgenError("would lie in the folder that it holds", where=str(place), hint="Choose another --out.")
        fresh = place.with_name(f".{place.name}.fresh")
        with private_file(fresh) as file:
            files = _write(folder, proven, file, with_secret=with_secret)
            file.flush()
            os.fsync(file.fileno())
    proof = sha256_of(fresh)
    known = place.exists()
    if known and sha256_of(place) != proof:
        fresh.unlink()
        raise QuizgenError(f"{place} exists already and holds something else", hint="Choose another --out.")
    fresh.replace(place)
    return Archived(place, files, proof, proven, known)


def sha256_of(path: Path) -> str:
    """What proves a file to anybody: `sha256sum` prints the same."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """A file in pieces that fit into memory."""
    while piece := file.read(_PIECE):
        yield piece


def _write(folder: Path, proven: Proven, file: BinaryIO, *, with_secret: bool) -> int:
    """Write members and, last, the manifest; gives the number of files."""
    listed: dict[str, tuple[int, str]] = {}
    with ZipFile(file, "w", ZIP_DEFLATED) as out:
        for path, place in files_of(folder):
            if with_secret or not is_secret(path):
                listed[path] = _add(out, path, place)
        about = {"archive": FORMAT, "quizgen": __version__, "exam": proven.exam, "code": proven.code}
        about |= {"log": {"entries": proven.entries, "head": proven.head}, "secret": with_secret}
        lines = (f"  {json.dumps(path)}: {json.dumps(proof)}" for path, proof in listed.items())
        text = json.dumps(about, indent=1)[:-2] + ',\n "files": {\n' + ",\n".join(lines) + "\n }\n}\n"
        out.writestr(_member(MANIFEST), text.encode())
    return len(listed)


def _add(out: ZipFile, path: str, place: Path) -> tuple[int, str]:
    """Put a file into the archive, piece by piece; gives its size and digest."""
    member, digest, size = _member(TOP + path), hashlib.sha256(), 0
    member.file_size = place.stat().st_size  # lets the writer know whether it needs the form for large files
    with place.open("rb") as file, out.open(member, "w") as packed:
        for piece in pieces(file):
            digest.update(piece)
            packed.write(piece)
            size += len(piece)
    return size, digest.hexdigest()


def _member(name: str) -> ZipInfo:
    member = ZipInfo(name, _EPOCH)
    member.compress_type, member.create_system, member.external_attr = ZIP_DEFLATED, 3, 0o100600 << 16
    return member
