"""The exam folder: made once, never drawn again; what was added since stands beside what was drawn.

Everything is written into `exam.partial/` and renamed last, so that a folder is there whole or not at all.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from quizgen.errors import QuizgenError
from quizgen.exam.locks import locked

CONTENTS = frozenset(
    (
        *("exam.json", "papers.json", "grader.yaml", "problems", "variants", "booklets", "staff"),
        *("submissions.csv", "submissions.xlsx", "rules.md", "added.json"),
        *("plan.json", "plan.json.partial", "blocks.txt"),
    )
)
PLAN, NOTED, SECRET = "plan.json", "blocks.txt", "staff/secret.txt"
_SCAFFOLD = (NOTED, PLAN)  # what only an unfinished folder holds; the plan goes last
_SYNCED = (".json", ".npz", ".csv", ".txt")  # what of a new folder must be on the disk before it gets its name
_AT_ONCE = 24  # files that are put on the disk at the same time
_GOES_ON = (*_SCAFFOLD, SECRET, "variants")  # what another process needs to go on


def open_exam(folder: Path) -> Path:
    """An exam folder that was named: the folder itself, or `exam/` inside it; never another one."""
    for place in (folder, folder / "exam"):
        if (place / "exam.json").is_file():
            return place
    raise QuizgenError("is no exam folder", where=str(folder), hint="Make one with 'quizgen make'.")


def find_exam(near: Path) -> Path:
    """The exam folder of a file: the one it lies in, one beside it, or `exam/` in the current folder."""
    places = [near, near / "exam", near.parent, near.parent / "exam", Path("exam")]
    for place in places:
        if (place / "exam.json").is_file():
            return place
    raise QuizgenError(
        f"no exam found for {near}",
        hint="Make one with 'quizgen make', or name its folder with --exam.",
    )


def refuse_existing(folder: Path) -> None:
    """Stop if there is something of that name already."""
    if folder.exists():
        raise QuizgenError(
            f"{folder} exists already, and what was drawn is never overwritten",
            hint="Choose another folder with --out, or move this one away.",
        )


@contextmanager
def new_folder(folder: Path, *, resumes: Callable[[Path], bool] | None = None, large: bool = False) -> Iterator[Path]:
    """A folder to fill, `NAME.partial`, that gets its name when all is written and on the disk, and not before.

    What a killed process left is cleared away; unless `resumes` says that it is the beginning of the same folder. Of
    what it left otherwise, the secret alone is kept by those who ask: nothing that was drawn from it was ever seen.
    When somebody stops a `large` one by hand, it stays to be resumed.
    """
    partial = folder.with_name(folder.name + ".partial")
    try:
        partial.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise QuizgenError(f"{partial} cannot be made: {error.strerror}") from None
    with locked(partial, "another quizgen is writing this folder"):
        kept = () if resumes is None else _GOES_ON if resumes(partial) else (SECRET,)
        _empty(partial, folder, kept)
        try:
            yield partial
            _sync([file for file in partial.rglob("*") if file.suffix in _SYNCED and file.name not in _SCAFFOLD])
            refuse_existing(folder)
            for name in _SCAFFOLD:
                (partial / name).unlink(missing_ok=True)
            partial.rename(folder)
        except BaseException as error:
            if large and isinstance(error, KeyboardInterrupt):
                hint = "The same command with --resume goes on."
                raise QuizgenError(f"stopped; {partial} holds what is done", hint=hint, exit_code=130) from None
            shutil.rmtree(partial, ignore_errors=True)
            raise


def _empty(partial: Path, folder: Path, kept: Collection[str]) -> None:
    """Clear away what a killed run left but for what is kept, and nothing else."""
    strange = sorted({path.name for path in partial.iterdir()} - CONTENTS)
    if strange:
        raise QuizgenError(
            f"holds {strange[0]}, which is not of quizgen",
            where=str(partial),
            hint=f"Move it away: {folder} is written there first.",
        )
    partial.chmod(0o700)
    _clear(partial, kept)


def _clear(folder: Path, kept: Collection[str]) -> None:
    """Empty a folder but for some files and folders in it."""
    for path in folder.iterdir():
        below = [name.removeprefix(f"{path.name}/") for name in kept if name.startswith(f"{path.name}/")]
        if path.name in kept:
            continue
        if path.is_dir() and not path.is_symlink():
            if below:
                _clear(path, below)
            else:
                shutil.rmtree(path)
        else:
            path.unlink()


def _sync(files: Sequence[Path]) -> None:
    """Ask the system to put files on the disk now, many at once: what waits together is written together."""
    failed: list[Exception] = []

    def put(some: Sequence[Path]) -> None:
        try:
            for file in some:
                _put_on_disk(file)
        except Exception as error:
            failed.append(error)

    begun = []
    for share in (files[start::_AT_ONCE] for start in range(min(_AT_ONCE, len(files)))):
        thread = Thread(target=put, args=(share,))
        try:
            thread.start()
            begun.append(thread)
        except RuntimeError:  # the system has no further thread for us
            put(share)
    for thread in begun:
        thread.join()
    if failed:
        raise failed[0]


def _put_on_disk(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
