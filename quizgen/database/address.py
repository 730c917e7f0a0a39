"""Where a database is: a URL as people write it. A password in it is used to connect, and shown to nobody."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quizgen.errors import QuizgenError

FILE = "marks.db"  # in the exam's folder, where no URL is given
FORMS = "sqlite:///marks.db, sqlite:////a/whole/path.db or postgresql://USER@HOST/DATABASE"
_POSTGRESQL = ("postgresql://", "postgres://")
_SECRETS = ("password", "sslpassword")


@dataclass(frozen=True)
class Address:
    """A database: a file, or the URL of a PostgreSQL server. `shown` is what may be printed."""

    shown: str
    path: Path | None = None
    url: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def without_secrets(self, told: str) -> str:
        """What a driver says, on one line and without the password."""
        line = " ".join(told.split())
        for secret in sorted(self.secrets, key=len, reverse=True):
            line = line.replace(secret, "***")
        return line


def address_of(url: str, folder: Path | None = None) -> Address:
    """The database at a URL; without one, the file in an exam's folder.

    Raises QuizgenError, which repeats nothing of a URL that may hold a password.

    >>> address_of("sqlite:///marks.db").shown
    'sqlite:///marks.db'
    >>> address_of("", Path("exam")).path
    PosixPath('exam/marks.db')
    """
    if not url and folder is not None:
        return Address(str(folder / FILE), folder / FILE)
    if url.startswith(_POSTGRESQL):
        return _server(url)
    if not url.startswith("sqlite:///") or not url.removeprefix("sqlite:///").strip("/"):
        scheme = re.match(r"[a-z0-9+]{1,20}:", url)
        what = f"'{scheme[0]}' is no kind of database that is known" if scheme else "this is no URL of a database"
        raise QuizgenError(f"--db: {what}", hint=f"Say {FORMS}.", exit_code=2)
    return Address(url, Path(url.removeprefix("sqlite:///")))


def _server(url: str) -> Address:
    """A PostgreSQL database, read by its own library, and checked so that no half password is taken for a host."""
    try:
        from psycopg import Error
        from psycopg.conninfo import conninfo_to_dict
    except ImportError:
        what = "psycopg, which speaks to PostgreSQL, is missing"
        raise QuizgenError(what, hint="Install it: pip install 'quizgen[postgres]'.", exit_code=2) from None
    try:
        parts: Mapping[str, Any] = conninfo_to_dict(url)
    except Error:
        parts = {"host": "@"}
    host, port, name = (str(parts.get(key) or "") for key in ("host", "port", "dbname"))
    if "@" in host + name or not re.fullmatch(r"[\d,]*", port):
        raise QuizgenError(
            "--db: this URL of a PostgreSQL database cannot be read",
            hint="Say postgresql://USER:PASSWORD@HOST:PORT/DATABASE; in a password write @ as %40, / as %2F, : as %3A, "
            "? as %3F, # as %23 and % as %25.",
            exit_code=2,
        )
    place = (host or os.environ.get("PGHOST", "")) + (f":{port}" if port else "")
    shown = f"postgresql://{place}/{name or os.environ.get('PGDATABASE', '')}"
    return Address(shown, url=url, secrets=tuple(str(parts[key]) for key in _SECRETS if parts.get(key)))
