"""An archive proven: every member against the manifest, then the exam in it as the folder itself would be.

An archive may come from anybody. Its names, sizes and kinds are looked at before anything is read; what is needed for
the proofs is unpacked into a folder that is gone afterwards.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import stat
import struct
import tempfile
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from pydantic import BaseModel, ValidationError

from quizgen.errors import QuizgenError, printable
from quizgen.keeping.archive import FORMAT, MANIFEST, TOP, prove, sha256_of
from quizgen.keeping.contents import is_sound

MAX_MEMBERS = 2_000_000
MAX_RATIO = 100  # unpacked to packed, of the whole; exams reach twenty
MAX_MANIFEST = 500_000_000  # bytes
_ALLOWED = 20_000_000  # bytes that may be packed however tightly
_PIECE = 1 << 20
_NEEDED = (  # for the proofs
    *("exam.json", "papers.json", "grader.yaml", "problems/*", "variants/*", "log.jsonl"),
    *("added/*/*.json", "added/*/variants/*", "assignments/*", "amendments/*", "revisions/*"),
    *("results/state.json", "results/grades.csv", "results/marks.*"),
)
_BROKEN = (
    BadZipFile,
    RuntimeError,
    NotImplementedError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    ValueError,
    struct.error,
)
_COPY = "Take another copy."


class _Log(BaseModel):
    entries: int
    head: str


class _Manifest(BaseModel):
    archive: int
    quizgen: str
    exam: str
    code: str
    log: _Log
    secret: bool
    files: dict[str, tuple[int, str]]


@dataclass(frozen=True)
class Verified:
    """What an archive was proven to be."""

    files: int
    code: str
    entries: int
    quizgen: str
    secret: bool
    sha256: str


def verify_archive(place: Path) -> Verified:
    """Prove an archive; raises QuizgenError with what is wrong, and never unpacks what it has not looked at."""
    try:
        with ZipFile(place) as archive:
            members = _sound_members(archive, place)
            manifest = _read_manifest(archive, members, place)
            _compare_names(members, manifest, place)
            with tempfile.TemporaryDirectory(prefix="quizgen-archive-") as scratch:
                for path, (size, digest) in manifest.files.items():
                    aside = Path(scratch, path) if _is_needed(path) else None
                    _prove_member(archive, members[TOP + path], size, digest, aside, place)
                _prove_exam(Path(scratch), manifest, place)
    except OSError as error:
        raise QuizgenError(f"cannot be read: {error.strerror or error}", where=str(place)) from None
    except _BROKEN as error:
        what = f"is no archive of an exam, or damaged: {printable(str(error))[:200]}"
        raise QuizgenError(what, where=str(place), hint=_COPY) from None
    log = manifest.log.entries
    return Verified(len(manifest.files), manifest.code, log, manifest.quizgen, manifest.secret, sha256_of(place))


def _sound_members(archive: ZipFile, place: Path) -> dict[str, ZipInfo]:
    """The members by name; refuses an archive that could do harm, or that no quizgen wrote."""
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise _refused(place, f"holds {len(members):,} files; the limit is {MAX_MEMBERS:,}")
    for member in members:
        name = printable(member.orig_filename)[:100]
        if not is_sound(member.orig_filename) or member.orig_filename != member.filename:
            raise _refused(place, f"holds a file with a path that leads elsewhere, '{name}'")
        if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG) or member.is_dir():
            raise _refused(place, f"holds '{name}', which is no plain file")
        if member.flag_bits & 1:
            raise _refused(place, f"holds '{name}', which is locked with a password")
    twice = [name for name, count in Counter(member.filename for member in members).items() if count > 1]
    if twice:
        raise _refused(place, f"holds '{twice[0]}' twice")
    unpacked = sum(member.file_size for member in members)
    if unpacked > _ALLOWED + MAX_RATIO * place.stat().st_size:
        raise _refused(place, f"would unpack to {unpacked:,} bytes, which is no exam's")
    return {member.filename: member for member in members}


def _read_manifest(archive: ZipFile, members: Mapping[str, ZipInfo], place: Path) -> _Manifest:
    """What the archive says of itself; a newer format is refused."""
    if MANIFEST not in members or members[MANIFEST].file_size > MAX_MANIFEST:
        raise _refused(place, f"has no {MANIFEST}", "Is it an archive that 'quizgen archive' wrote?")
    with archive.open(members[MANIFEST]) as packed:
        data = packed.read(members[MANIFEST].file_size + 1)
    try:
        manifest = _Manifest.model_validate_json(data)
    except ValidationError:
        raise _refused(place, f"has a {MANIFEST} that is damaged", _COPY) from None
    if manifest.archive != FORMAT:
        hint = "Use the quizgen that wrote it, or a newer one."
        raise _refused(place, f"has format {manifest.archive}; this quizgen reads format {FORMAT}", hint)
    return manifest


def _compare_names(members: Mapping[str, ZipInfo], manifest: _Manifest, place: Path) -> None:
    """Stop if something is missing, or was put in."""
    there = members.keys() - {MANIFEST}
    listed = {TOP + path for path in manifest.files}
    for names, what in ((listed - there, "is missing"), (there - listed, "was put in afterwards")):
        if names:
            raise QuizgenError(f"'{printable(min(names))[:100]}' {what}", where=str(place), hint=_COPY)


def _prove_member(archive: ZipFile, member: ZipInfo, size: int, digest: str, aside: Path | None, place: Path) -> None:
    """Read a member piece by piece, never further than it should reach; `aside`: where to unpack it."""
    changed = QuizgenError(f"'{member.filename[:100]}' is not what was archived", where=str(place), hint=_COPY)
    if member.file_size != size:
        raise changed
    found, read = hashlib.sha256(), 0
    if aside:
        aside.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as packed, (aside or Path(os.devnull)).open("wb") as out:
        while piece := packed.read(min(_PIECE, size - read + 1)):
            read += len(piece)
            if read > size:
                raise changed
            found.update(piece)
            out.write(piece)
    if read != size or found.hexdigest() != digest:
        raise changed


def _prove_exam(folder: Path, manifest: _Manifest, place: Path) -> None:
    """Prove what was unpacked as an exam folder, and that it is the exam that the manifest names."""
    try:
        proven = prove(folder)
    except QuizgenError as error:
        where = error.where.replace(str(folder), str(place))
        raise QuizgenError(error.what, where=where, hint=error.hint) from None
    stated = (manifest.exam, manifest.code, manifest.log.entries, manifest.log.head)
    if (proven.exam, proven.code, proven.entries, proven.head) != stated:
        raise QuizgenError("its manifest is about another exam, or another log", where=str(place), hint=_COPY)


def _is_needed(path: str) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in _NEEDED)


def _refused(place: Path, what: str, hint: str = "It is not unpacked.") -> QuizgenError:
    return QuizgenError(what, where=str(place), hint=hint)
