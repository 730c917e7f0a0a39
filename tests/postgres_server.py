"""A real PostgreSQL on loopback for the tests, made from Debian's package in a folder of its own and stopped after."""

import getpass
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

PASSWORD = "p@ss/wörd: 100%?#"  # every sign that a URL has to spell otherwise
USER = "teacher"


def missing():
    """What is not there to start one, as words for a person."""
    wanted = {
        "postgresql (apt-get install postgresql)": programs(),
        "psycopg (pip install 'quizgen[postgres]')": importlib.util.find_spec("psycopg"),
        "a user to run it, who is not root (postgres or nobody)": os.name == "posix" and owner(),
    }
    return [word for word, there in wanted.items() if not there]


def programs():
    """The folder of initdb and postgres, of the newest version there is."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    folders = sorted((path.parent for path in found), key=lambda folder: float(folder.parent.name))
    elsewhere = shutil.which("initdb")
    return folders[-1] if folders else elsewhere and Path(elsewhere).parent


def owner():
    """Whom the server runs as: it refuses root."""
    if os.getuid():
        return getpass.getuser()
    known = {one.pw_name for one in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)


def other_user():
    """Arguments that let a process run as the server's user."""
    if os.getuid():
        return {}
    user = pwd.getpwnam(owner())
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def running():
    """Start a server; gives the URL of each database asked for by name, which is made anew."""
    place = Path(tempfile.mkdtemp(prefix="quizgen-postgres-"))
    try:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        (place / "password").write_text(PASSWORD, encoding="utf-8")
        if not os.getuid():
            for path in (place, place / "password"):
                shutil.chown(path, owner())
        settings = {"cwd": place, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C"}, **other_user()}
        words = ["-D", place / "data", "-U", USER, "-E", "UTF8", "--locale=C", "-A", "scram-sha-256"]
        make = [programs() / "initdb", *words, f"--pwfile={place / 'password'}", "--no-sync"]
        made = subprocess.run(make, capture_output=True, text=True, **settings)
        assert made.returncode == 0, made.stderr
        options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": place, "fsync": "off"}
        command = [programs() / "postgres", "-D", place / "data"]
        command += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with (place / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log, **settings) as server:
            try:
                root = f"postgresql://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{port}"
                wait_for(f"{root}/postgres", server, place / "log")
                yield lambda name: fresh_database(root, name)
            finally:
                server.send_signal(signal.SIGINT)  # what is connected still is cut off
    finally:
        shutil.rmtree(place)


def wait_for(url, server, log):
    """Until it answers; what it said if it never does."""
    import psycopg

    for _ in range(300):
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())


def fresh_database(root, name):
    """The URL of a new, empty database."""
    import psycopg

    unique = f"{name}_{secrets.token_hex(4)}"
    with psycopg.connect(f"{root}/postgres", autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(unique)))
    return f"{root}/{unique}"
