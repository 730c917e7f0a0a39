"""A cluster marks as one machine does, to the byte, whatever happens to its workers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest
from test_large import rows_of, write

import quizgen.cluster.client
import quizgen.intake
import quizgen.report.parts
from quizgen.cluster import cluster_at
from quizgen.cluster.worker import source_of
from quizgen.desk import grade_files
from quizgen.submissions.sources import matching

ROOT = Path(__file__).parent.parent
N = 60
MISSING = "distributed is not installed: pip install 'quizgen[scale]' to test clusters"
# Where a CI says that clusters are to be tested, nothing is skipped.
needs_dask = pytest.mark.skipif(
    not os.environ.get("QUIZGEN_CLUSTER") and not __import__("importlib.util").util.find_spec("distributed"),
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

    def __init__(self, place):
        self.place = place
        self.started = []
        self.begin("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.file = place / "scheduler.json"
        until(self.file.exists)
        self.address = __import__("json").loads(self.file.read_text())["address"]

    def begin(self, kind, *told):
        told = ("--scheduler-file", self.place / "scheduler.json", *told)
        process = subprocess.Popen(command(kind, *told), cwd=self.place, env=ENVIRONMENT, stderr=subprocess.DEVNULL)
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
        victim = workers.worker()
        until(lambda: len(cluster.client.nthreads()) == 3)
        cluster.ahead = 9
        held = []
        task = cluster._task

        def stopped(function, needs, told):
            """The victim stops at once, with what it was given, and is killed when it holds enough."""
            if not held and function.__name__.startswith(kind.replace("begin", "part")):
                held.append(1)
                os.kill(victim.pid, signal.SIGSTOP)
                Timer(1.0, lambda: (held.append(victim.poll()), victim.kill())).start()
            return task(function, needs, told)

        monkeypatch.setattr(cluster, "_task", stopped)
        same(hall.graded(cluster), hall.alone)
        assert victim.wait(10) == -signal.SIGKILL
        assert held == [1, None], "it was alive until then, and had been given tasks that it could not do"
        assert cluster.undone == []
