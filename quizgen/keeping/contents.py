"""What of an exam folder is kept in an archive, in a fixed order, and what a name in an archive may be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from quizgen.errors import QuizgenError, printable
from quizgen.ledger import REHEARSAL, RESULTS

SECRETS = ("staff/secret.txt", "added/*/staff/secret.txt", "staff/pseudonym-key.txt")
SWITCHED = (RESULTS, REHEARSAL)  # names that stand for a folder beside them
_LONGEST = 4_000  # characters of a path
_MOVE = "Move it out of the exam's folder."


def files_of(folder: Path) -> Iterator[tuple[str, Path]]:
    """All files of an exam folder, by their paths in it, sorted; what is half-written or was replaced is left out.

    Raises QuizgenError for links but those of the results, for devices, and for names that other systems cannot hold.
    """
    found = [entry for entry in os.scandir(folder) if not _is_passing(entry.name)]
    for entry in sorted(found, key=lambda entry: entry.name):
        if entry.name in SWITCHED and entry.is_symlink():
            yield from _below(_stood_for(folder, entry.name), entry.name)
        else:
            yield from _of_entry(entry, "")


def is_secret(path: str) -> bool:
    """Whether a file would let its reader draw the exam again, or turn pseudonyms back."""
    return any(fnmatchcase(path, pattern) for pattern in SECRETS)


def is_sound(path: str) -> bool:
    """Whether a name in an archive is a plain path below its top, on every system.

    >>> is_sound("exam/staff/key.csv"), is_sound("exam/../x"), is_sound("/x"), is_sound("C:\\\\x"), is_sound("a//b")
    (True, False, False, False, False)
    """
    parts = path.split("/")
    plain = path.isprintable() and "\\" not in path and ":" not in parts[0] and len(path) <= _LONGEST
    return plain and not any(part in ("", ".", "..") for part in parts)


def _stood_for(folder: Path, name: str) -> Path:
    """The folder of results that a link stands for."""
    place = (folder / name).resolve()
    if place.parent != folder.resolve() or not place.is_dir():
        raise QuizgenError("leads elsewhere", where=str(folder / name), hint="Grade the same files again.")
    return place


def _below(folder: Path, path: str) -> Iterator[tuple[str, Path]]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if not entry.name.endswith(".partial"):
            yield from _of_entry(entry, path)


def _of_entry(entry: os.DirEntry[str], above: str) -> Iterator[tuple[str, Path]]:
    path = str(PurePosixPath(above, entry.name))
    if entry.is_symlink():
        raise QuizgenError("is a link, and what it leads to is not of this exam", where=printable(path), hint=_MOVE)
    if entry.is_dir():
        yield from _below(Path(entry.path), path)
    elif not entry.is_file():
        raise QuizgenError("is neither a file nor a folder", where=printable(path), hint=_MOVE)
    elif not is_sound(path):
        raise QuizgenError("has a name that not every system can hold", where=printable(path), hint="Rename it.")
    else:
        yield path, Path(entry.path)


def _is_passing(name: str) -> bool:
    """Whether a file or folder is half-written, or holds results that a link stands for or that were replaced."""
    hidden = any(name.startswith((f".{kind}-", f".{kind}.")) for kind in SWITCHED)
    return hidden or name.endswith(".partial")
