"""Files that only their owner can read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from quizgen.errors import QuizgenError


def private_folder(place: Path) -> Path:
    """A folder for the owner only, which may be there already."""
    place.mkdir(mode=0o700, exist_ok=True)
    place.chmod(0o700)
    return place


def write_private(path: Path, data: bytes) -> None:
    """Write a file with mode 0600 from its first byte on; it is there whole, or as it was before."""
    with private_file(path) as file:
        file.write(data)


@contextmanager
def private_file(path: Path) -> Iterator[BinaryIO]:
    """The same for a file that is written piece by piece."""
    aside = path.with_name(f".{path.name}.partial")
    if not path.parent.is_dir():
        raise QuizgenError(f"{path}: there is no folder {path.parent}", hint="Make it first, or choose another --out.")
    aside.unlink(missing_ok=True)
    handle = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
