"""One process at a time in a folder; the system frees the lock if we die."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quizgen.errors import QuizgenError


@contextmanager
def locked(folder: Path, busy: str) -> Iterator[None]:
    """Hold a folder's lock; raises QuizgenError with the sentence `busy` if another process holds it.

    Systems without such locks (Windows, some network disks) go on without one.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    refusal = QuizgenError(busy, where=str(folder), hint="Wait for it.")
    try:
        handle = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        raise refusal from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refusal from None
        except OSError:  # a disk that has no locks
            pass
        if not (folder.exists() and os.path.samestat(os.fstat(handle), folder.stat())):
            raise refusal  # renamed by the one who held the lock until now
        yield
    finally:
        os.close(handle)
