"""What was named on the command line -> files: tables, zips, what pages saved, and folders of them."""

from __future__ import annotations

from collections.abc import Sequence
from glob import has_magic
from pathlib import Path
from typing import NamedTuple

from quizgen.errors import QuizgenError
from quizgen.submissions.savedfile import MAX_BYTES, is_saved

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".ods", ".zip", ".parquet")  # of the files that are taken from a folder
_PAGES = ".json"
MAX_FILES = 20_000


class Sources(NamedTuple):
    """The files to read, and those of a folder of handed-in files that are none."""

    paths: list[Path]
    passed_over: list[Path]


def matching(names: Sequence[Path]) -> list[Path]:
    """The files that are meant by names such as 'responses/*.parquet', in order; a file that exists means itself."""
    found: list[Path] = []
    for name in names:
        if name.exists() or not has_magic(str(name)):
            found.append(name)
            continue
        matches = sorted(Path(name.anchor).glob(str(name.relative_to(name.anchor))))
        if not matches:
            raise QuizgenError("no file matches", where=str(name))
        found += matches
    return found


def sources(files: Sequence[Path]) -> Sources:
    """The files named, and those in the folders named; each once.

    Of a folder the tables are taken, and what pages saved at any depth, since platforms unpack into a folder for each
    student. Where there is such a file, every other one is passed over, and told; else they are none of our business.
    """
    paths: list[Path] = []
    passed_over: list[Path] = []
    for path in files:
        if path.is_dir():
            tables = _tables(path)
            saved = _saved(path)
            if not tables and not saved:
                raise QuizgenError("this folder holds no files of answers", where=str(path))
            paths += tables + saved
            passed_over += [other for other in _inside(path) if other not in {*tables, *saved}] if saved else []
        else:
            paths.append(path)
    return Sources(list(dict.fromkeys(paths)), list(dict.fromkeys(passed_over)))


def _tables(folder: Path) -> list[Path]:
    """The tables and zips that lie in a folder itself; `~$` are those that somebody has open."""
    found = (p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.name[:2] != "~$" and p.is_file())
    return sorted(found)


def _saved(folder: Path) -> list[Path]:
    """What pages saved, at any depth."""
    return [path for path in _inside(folder) if path.suffix.lower() == _PAGES and _is_saved(path)]


def _inside(folder: Path) -> list[Path]:
    """All files at any depth but hidden ones; raises QuizgenError for too many."""
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name[0] not in ".~"]
    if len(found) > MAX_FILES:
        raise QuizgenError(f"{len(found):,} files; the limit is {MAX_FILES:,}", where=str(folder))
    return found


def _is_saved(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            beginning = file.read(MAX_BYTES)
    except OSError:
        return False
    encoding = "utf-16" if beginning[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return is_saved(beginning.decode(encoding, "replace"))
