"""A folder that takes the place of another in one step, and what to do where a system has no such step."""

from __future__ import annotations

import ctypes
import os
import shutil
from pathlib import Path

_AT_FOLDER, _EXCHANGE = -100, 2  # of renameat2(2): paths are from the current folder; both names are kept


def beside(folder: Path, what: str) -> Path:
    """The name of a folder beside another."""
    return folder.with_name(f"{folder.name}.{what}")


def finish(folder: Path) -> None:
    """Finish what a killed process began: take a new folder's place, clear the old one and half-made ones away."""
    if not folder.exists() and beside(folder, "forgotten").is_dir():
        beside(folder, "forgotten").rename(folder)
    if folder.exists():
        for left in ("forgotten.partial", "forgotten", "remembered"):
            shutil.rmtree(beside(folder, left), ignore_errors=True)


def put_in_place(fresh: Path, folder: Path) -> None:
    """Let a finished folder take the place of another, which is gone afterwards, with all that is in it."""
    sync_tree(fresh)
    if exchanged(fresh, folder):
        _sync(folder.parent)
        shutil.rmtree(fresh)
        return
    whole, old = beside(folder, "forgotten"), beside(folder, "remembered")
    fresh.rename(whole)
    folder.rename(old)
    whole.rename(folder)
    shutil.rmtree(old)


def exchanged(one: Path, other: Path) -> bool:
    """Whether the system let two folders change their names in one step; some cannot, and Python has no word for it."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError, TypeError):
        return False
    return bool(rename(_AT_FOLDER, os.fsencode(one), _AT_FOLDER, os.fsencode(other), _EXCHANGE) == 0)


def sync_tree(folder: Path) -> None:
    """Ask the system to put a folder with all that is in it on the disk now."""
    for place, _, files in os.walk(folder):
        for name in files:
            if not (Path(place) / name).is_symlink():
                _sync(Path(place) / name)
        _sync(Path(place))


def _sync(path: Path) -> None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:  # a folder, on Windows
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
