"""A cluster marks as one machine does, to the byte, whatever happens to its workers."""

from __future__ import annotations

import csv
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from threading import Timer

import numpy as np
import pyarrow as pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from test_large import rows_of, write

import quizgen.cluster.client
import quizgen.intake
import quizgen.report.parts
import quizgen.submissions.shelf
from quizgen.cluster import cluster_at
from quizgen.cluster.worker import source_of
from quizgen.desk import grade_files
from quizgen.errors import QuizgenError
from quizgen.submissions.shelf import Piece, Shelved
from quizgen.submissions.sources import matching

ROOT = Path(__file__).parent.parent
N = 60
MISSING = "distributed is not installed: pip install 'quizgen[scale]' to test clusters"
# Where a CI says that clusters are to be tested, nothing is skipped.
needs_dask = pytest.mark.skipif(
    not os.environ.get("QUIZGEN_CLUSTER") and not find_spec("distributed"),
    reason=MISSING,
)
# The library's own processes and sockets are not all closed when it says so.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning", "ignore:Port :UserWarning"
)


def command(*told):
    return [sys.executable, "-m", "dask", *map(str, told)]


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "critical"}


class Workers:
    """A scheduler and workers, each a process of its own on this machine."""

    def __init__(self, place, protocol="tcp", settings=()):
        self.place, self.protocol = place, protocol
        self.environment = ENVIRONMENT | dict(settings)
        self.started = []
        self.begin("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.file = place / "scheduler.json"
        until(self.file.exists)
        self.address = json.loads(self.file.read_text())["address"]

    def begin(self, kind, *told):
        told = ("--scheduler-file", self.place / "scheduler.json", "--protocol", self.protocol, *told)
        process = subprocess.Popen(
            command(kind, *told), cwd=self.place, env=self.environment, stderr=subprocess.DEVNULL
        )
        self.started.append(process)
        return process

    def worker(self, *told):
        return self.begin("worker", "--no-nanny", "--no-dashboard", "--nthreads", "1", "--host", "127.0.0.1", *told)

    def stop(self):
        for process in reversed(self.started):
            process.kill()
            process.wait()


def until(holds, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def workers(tmp_path_factory):
    """Two workers for all tests that leave them as they are."""
    found = Workers(tmp_path_factory.mktemp("cluster"))
    try:
        found.worker()
        found.worker()
        yield found
    finally:
        found.stop()


@pytest.fixture
def small_units(monkeypatch):
    """Seven students in a part, some groups of rows in a stretch; every file is large."""
    monkeypatch.setattr(quizgen.intake, "LARGE", 0)
    monkeypatch.setattr(quizgen.intake, "STRETCH", 20)
    monkeypatch.setattr(quizgen.report.parts, "BLOCK", 7)


@pytest.fixture
def hall(tmp_path, make_small, small_units, monkeypatch):
    """An exam and answers to it in several files, marked once by this machine."""

    class Hall:
        folder = tmp_path / "exam"

        def __init__(self):
            exam = make_small(self.folder, N, [f"student {i}" for i in range(N)])
            rows = rows_of(exam)
            (tmp_path / "responses").mkdir()
            for number, start in enumerate(range(0, len(rows), 25)):
                write(tmp_path / "responses" / f"part-{number}.parquet", rows[start : start + 25])
            write(tmp_path / "responses" / "late.csv", [["studnt 7", "", "", "1", "2", "", ""], *rows[:4]])
            shutil.copytree(self.folder, tmp_path / "untouched")
            self.alone = self.graded()

        def graded(self, cluster=None, files=("responses/*.parquet", "responses/late.csv"), **more):
            """What a grading from scratch writes, and tells."""
            shutil.rmtree(self.folder)
            shutil.copytree(tmp_path / "untouched", self.folder)
            named = matching([Path(file) for file in files])
            self.desk = grade_files(self.folder, named, forms=(), cluster=cluster, **more)
            return contents(self.folder)

        @contextmanager
        def cluster(self, address):
            with cluster_at(address, self.folder) as found:
                yield found

    monkeypatch.chdir(tmp_path)
    return Hall()


def contents(folder):
    """Everything in a folder but the times in its log, and the names of hidden folders."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name not in ("log.jsonl", "state.json")):
        parts = ["results" if part.startswith(".results-") else part for part in path.relative_to(folder).parts]
        found["/".join(parts)] = path.read_bytes()
    return found


def same(found, expected):
    assert {"results/grades.csv", "results/marks.csv", "results/rejects.csv", "results/report.html"} <= set(expected)
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []


@needs_dask
def test_workers_in_processes_of_their_own_give_the_same_bytes(hall, workers):
    assert b"Did you mean" in hall.alone["results/rejects.csv"], "which worker saw the first stranger must not matter"
    with hall.cluster(workers.address) as cluster:
        assert cluster.shared
        same(hall.graded(cluster), hall.alone)
        assert (cluster.undone, cluster.notices) == ([], [])
        with hall.cluster(workers.address) as again:
            same(hall.graded(again, marks="csv"), hall.alone)


@needs_dask
def test_a_cluster_behind_certificates_gives_the_same_bytes(hall, tmp_path):
    """As docs/scale.md says: the certificates stand in Dask's own configuration on all machines."""
    import dask.config
    import distributed  # noqa: F401  (whose settings must be there before others are set over them)

    key, certificate = certified(tmp_path)
    tls = {"ca-file": certificate}
    for role in ("client", "scheduler", "worker"):
        tls |= {f"{role}.key": key, f"{role}.cert": certificate}
    settings = {f"distributed.comm.tls.{name}": str(file) for name, file in tls.items()}
    said = {f"DASK_{name.replace('.', '__').replace('-', '_').upper()}": file for name, file in settings.items()}
    behind = Workers(tmp_path, "tls", said | {"DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "True"})
    try:
        behind.worker()
        assert behind.address.startswith("tls://")
        with dask.config.set(settings), hall.cluster(behind.address) as cluster:
            same(hall.graded(cluster), hall.alone)
            assert cluster.undone == []
    finally:
        behind.stop()


@needs_dask
def test_an_address_with_tls_needs_certificates(tmp_path):
    with (
        pytest.raises(QuizgenError, match=r"this machine has none\. Set distributed\.comm\.tls"),
        cluster_at("tls://127.0.0.1:9", tmp_path),
    ):
        pass


def certified(place):
    """A key, and a certificate that it signed itself, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "exams")])
    today = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    files = place / "key.pem", place / "certificate.pem"
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    files[0].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    files[1].write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    return files


@needs_dask
def test_workers_that_see_no_folder_get_the_rows_and_send_the_parts(hall, workers):
    with hall.cluster(workers.address) as cluster:
        cluster.shared = False
        cluster._source = source_of(hall.folder, shared=False)
        same(hall.graded(cluster), hall.alone)
        assert cluster.undone == []
        assert cluster.notices == ["not all workers see the exam's folder: rows were sent to them, parts sent back"]


@needs_dask
def test_a_local_cluster_of_processes_gives_the_same_bytes(hall):
    from distributed import LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=2, processes=True, dashboard_address=":0", silence_logs=50) as own,
        hall.cluster(own.scheduler_address) as cluster,
    ):
        same(hall.graded(cluster), hall.alone)
        assert cluster.undone == []


@needs_dask
@pytest.mark.parametrize("kind", ["join", "begin"])
@pytest.mark.parametrize("shared", [True, False])
def test_a_worker_killed_over_its_tasks_costs_time_and_nothing_else(hall, workers, monkeypatch, kind, shared):
    if kind == "join" and not shared:
        pytest.skip("who sees no folder reads nothing")
    with hall.cluster(workers.address) as cluster:
        cluster.shared = shared
        cluster._source = source_of(hall.folder.absolute(), shared=shared)
        before = set(cluster.client.nthreads())
        victim = workers.worker()
        until(lambda: len(cluster.client.nthreads()) == 3)
        (name,) = set(cluster.client.nthreads()) - before
        cluster.ahead = 9
        held = []
        task = cluster._task

        def stopped(function, needs, told):
            """The victim stops at once, is given tasks like the others, and is killed."""
            if not held and function.__name__.startswith(kind.replace("begin", "part")):
                held.append("stopped")
                os.kill(victim.pid, signal.SIGSTOP)
                Timer(1.0, lambda: (held.append(len(cluster.client.processing([name])[name])), victim.kill())).start()
            return task(function, needs, told)

        monkeypatch.setattr(cluster, "_task", stopped)
        same(hall.graded(cluster), hall.alone)
        assert victim.wait(10) == -signal.SIGKILL
        assert len(held) == 2
        assert held[1] > 0 or kind == "join", "it had been given tasks, and could not do them"  # few are to be read
        assert cluster.undone == []


POISON = """
import os, signal
import quizgen.report.parts as parts
marked = parts.unpoisoned = getattr(parts, "unpoisoned", parts.grade_block)  # this may be loaded twice

def poisoned(exam, grader, handins, *more, **other):
    if "student 33" in handins.students:
        {}
    return marked(exam, grader, handins, *more, **other)

parts.grade_block = poisoned
"""


@contextmanager
def poisoned_workers(place, does):
    """Two workers that do something else than mark when they meet student 33; those that die are started anew."""
    import dask
    from distributed import LocalCluster

    (place / "poison.py").write_text(POISON.format(does))
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=":0",
            silence_logs=50,
            preload=str(place / "poison.py"),
        ) as own,
    ):
        yield own.scheduler_address


@needs_dask
def test_what_kills_every_worker_is_reported_and_the_rest_is_marked(hall, tmp_path):
    with (
        poisoned_workers(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)") as address,
        hall.cluster(address) as cluster,
    ):
        found = hall.graded(cluster)
    told = {reject.student: reject.reason for reject in hall.desk.rejects if "could not be marked" in reject.reason}
    assert len(told) == 7
    assert set(told.values()) == {"could not be marked: one worker of the cluster after the other died over it"}
    assert b"student 33,not marked" in found["results/grades.csv"]
    for name in ("results/grades.csv", "results/marks.csv"):
        before, after = (
            [
                row
                for row in csv.reader(files[name].decode().splitlines(keepends=True))
                if not told.keys() & set(row[:2])
            ]
            for files in (hall.alone, found)
        )
        assert after == before
        assert len(before) > 50


@needs_dask
def test_what_a_worker_cannot_do_is_done_here(hall, tmp_path):
    with poisoned_workers(tmp_path, "raise MemoryError('too small')") as address, hall.cluster(address) as cluster:
        same(hall.graded(cluster), hall.alone)
    told = "1 task came back undone, and this machine did the work: MemoryError: too small"
    assert told in hall.desk.notices


@needs_dask
def test_a_block_that_cannot_be_marked_anywhere_is_told_as_on_one_machine(hall, tmp_path, monkeypatch):
    grade_block = quizgen.report.parts.grade_block

    def poisoned(exam, grader, handins, *more, **other):
        if "student 33" in handins.students:
            raise ValueError("no such student")
        return grade_block(exam, grader, handins, *more, **other)

    monkeypatch.setattr(quizgen.report.parts, "grade_block", poisoned)
    alone = hall.graded()
    assert b"could not be marked: ValueError: no such student" in alone["results/rejects.csv"]
    does = "raise ValueError('no such student')"
    with poisoned_workers(tmp_path, does) as address, hall.cluster(address) as cluster:
        same(hall.graded(cluster), alone)


@needs_dask
def test_a_damaged_group_of_rows_is_told_as_on_one_machine(hall, workers, tmp_path):
    path = tmp_path / "responses" / "part-1.parquet"
    data = bytearray(path.read_bytes())
    data[40:60] = bytes(20)
    path.write_bytes(data)
    alone = hall.graded()
    assert b"cannot be read" in alone["results/rejects.csv"]
    with hall.cluster(workers.address) as cluster:
        same(hall.graded(cluster), alone)


@needs_dask
def test_the_command_line(hall, workers, tmp_path):
    shutil.rmtree(hall.folder)
    shutil.copytree(tmp_path / "untouched", hall.folder)
    told = ["grade", "responses/*.parquet", "responses/late.csv", "--cluster", workers.address]
    run = subprocess.run(
        [sys.executable, "-m", "quizgen.cli", *told], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert run.returncode == 3, run.stderr  # some rows were refused
    found = contents(hall.folder)
    assert [name for name in hall.alone if name.startswith("results/") and found[name] != hall.alone[name]] == []
    refused = subprocess.run(
        [sys.executable, "-m", "quizgen.cli", *told, "--feedback", "html"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert (refused.returncode, "a cluster writes no feedback files" in refused.stderr) == (2, True)


@needs_dask
def test_what_is_no_cluster_is_refused_in_words(hall, monkeypatch, workers):
    monkeypatch.setattr(quizgen.cluster.client, "SECONDS", 1)
    for address in ("tcp://127.0.0.1:9", "nonsense://x"):
        with pytest.raises(QuizgenError, match=f"no scheduler answers at {address}"), hall.cluster(address):
            pass
    monkeypatch.setattr(quizgen.cluster.client, "VERSIONS", "quizgen 99")
    monkeypatch.setattr(quizgen.cluster.client, "SECONDS", 20)
    with pytest.raises(QuizgenError, match=r"the worker at .* has quizgen"), hall.cluster(workers.address):
        pass


@needs_dask
def test_a_cluster_without_workers_is_told_before_and_after(hall, tmp_path, monkeypatch):
    alone = Workers(tmp_path)
    try:
        monkeypatch.setattr(quizgen.cluster.client, "SECONDS", 1)
        with pytest.raises(QuizgenError, match="has no workers"), hall.cluster(alone.address):
            pass
        worker = alone.worker()
        monkeypatch.setattr(quizgen.cluster.client, "SECONDS", 30)
        with hall.cluster(alone.address) as cluster:
            monkeypatch.setattr(quizgen.cluster.client, "SECONDS", 1)
            worker.kill()
            with pytest.raises(QuizgenError, match="nothing is left of the cluster"):
                hall.graded(cluster)
    finally:
        alone.stop()


def test_without_the_library_the_word_is_clear(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(QuizgenError, match="--cluster needs d") as told, cluster_at("tcp://x:1", tmp_path):
        pass
    assert "quizgen[scale]" in told.value.hint


def test_rows_travel_as_names_of_files_or_alone(hall, tmp_path):
    """What is sent of some rows is small where their texts lie in a file, and holds no others where they do not."""
    column = ("Q1", "double", ())
    texts = pa.array([f"answer {i}" for i in range(5000)])
    random = np.random.default_rng(1)
    with pa.OSFile(str(tmp_path / "rows.arrow"), "wb") as file:
        batch = pa.record_batch([texts], names=["Q1.double"])
        with pa.ipc.new_file(file, batch.schema) as writer:
            writer.write_batch(batch)
    mapped = quizgen.submissions.shelf.mapped_piece(tmp_path / "rows.arrow", 0, [column])
    for piece in (mapped, Piece(5000, {column: texts})):
        whole = Shelved((piece, piece), (column,), np.arange(10_000))
        for rows in (np.arange(4990, 5010), random.permutation(10_000)[:20], np.zeros(0, dtype=np.int64)):
            some = whole.take(rows)
            sent = pickle.dumps(some.alone())
            assert pickle.loads(sent)[column].equals(some[column])
            assert len(sent) < 3000


def test_nothing_secret_is_sent(hall):
    (hall.folder / "added" / "001" / "staff").mkdir(parents=True)
    (hall.folder / "added" / "001" / "staff" / "secret.txt").write_text("secret")
    files = source_of(hall.folder, shared=False).files
    assert {"exam.json", "papers.json", "grader.yaml"} < set(files)
    assert not [name for name in files if "staff" in name or "booklets" in name]


def test_names_may_be_patterns(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.csv", "a.csv", "odd[1].csv"):
        Path(name).touch()
    assert matching([Path("*.csv")]) == [Path("a.csv"), Path("b.csv"), Path("odd[1].csv")]
    assert matching([Path("odd[1].csv"), Path("none.csv")]) == [Path("odd[1].csv"), Path("none.csv")]
    assert matching([tmp_path / "?.csv"]) == [tmp_path / "a.csv", tmp_path / "b.csv"]
    with pytest.raises(QuizgenError, match=r"x\*\.csv: no file matches"):
        matching([Path("x*.csv")])
