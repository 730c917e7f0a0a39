"""Names from strangers -> names of files that no file system minds."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable

_UNSAFE = re.compile(r"[^\w.-]")


def file_names(names: Iterable[str]) -> dict[str, str]:
    """A file name without its ending for every name, all different, with nothing that a file system would mind.

    >>> file_names(["ann", "b/c", "Ann"])
    {'ann': 'ann~eaa8b474', 'b/c': 'b_c~04e698ba', 'Ann': 'Ann~a7fb4a47'}
    """
    plain = {name: _short(_UNSAFE.sub("_", name)).lstrip(".") for name in dict.fromkeys(names)}
    holders = Counter(file.lower() for file in plain.values())
    return {
        name: file if file and file == name and holders[file.lower()] == 1 else f"{file}~{_digest(name)}"
        for name, file in plain.items()
    }


def _short(name: str) -> str:
    """At most 80 characters, and no more bytes than file systems take."""
    return name[:80].encode()[:200].decode(errors="ignore")


def _digest(name: str) -> str:
    return hashlib.blake2b(name.encode(), digest_size=4).hexdigest()
