"""A cluster of Dask as this process sees it: tasks go out, and results come back in order.

The unit of work is that of one machine, `intake.join_stretch` and `report.parts.made_part`, so that there is no second
marking. Where workers see the exam's folder, only names of files travel; else rows are sent to them, and parts are sent
back. Whatever a worker could not do is done here; what kills one worker after the other is reported.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from quizgen.cluster.worker import VERSIONS, about_worker, as_given, join_far, part_far, slip_of, source_of
from quizgen.errors import QuizgenError, printable
from quizgen.intake import Joined, Stretch
from quizgen.report.parts import Failed, Job, Part, Result, marked_part, read_part, settle_part
from quizgen.submissions import Reject
from quizgen.submissions.handins import Handins

SECONDS = 20  # that a scheduler, and its first worker, have to answer
_AHEAD = 2  # tasks that wait for each thread of the cluster
_TRIES = 3  # times that a task is sent whose data were lost with a worker
_QUIET = {"distributed.admin.large-graph-warning-threshold": "1GiB"}  # rows are sent with their task on purpose


class _DeadlyError(Exception):
    """A task over which one worker after the other died."""


class _UndoneError(Exception):
    """A task that no worker could do."""


class _AloneError(Exception):
    """There is no scheduler, or no worker, any more."""


class Cluster:
    """The workers of a scheduler, ready to work for the exam in a folder."""

    def __init__(self, client: Any, folder: Path) -> None:
        self.client = client
        self.shared = _seen(client, folder.absolute())
        self.ahead = _AHEAD * max(1, sum(client.nthreads().values()))
        self.undone: list[str] = []  # why tasks came back
        self._source = source_of(folder.absolute(), shared=self.shared)
        self._sent: dict[str, Any] = {}

    @property
    def notices(self) -> list[str]:
        """What to tell of the run."""
        told = [] if self.shared else ["not all workers see the exam's folder: rows were sent to them, parts sent back"]
        if self.undone:
            many = "1 task" if len(self.undone) == 1 else f"{len(self.undone)} tasks"
            told.append(f"{many} came back undone, and this machine did the work: {self.undone[0]}")
        return told

    def join(self, stretches: Sequence[tuple[Stretch, Path]], dialect: str) -> Iterator[Joined | None]:
        """Let workers read and join stretches, each into its file; None for one that is to be joined here.

        Workers that do not see the exam's folder see no answers either.
        """
        if not self.shared:
            yield from (None for _ in stretches)
            return
        root = Path.cwd()
        needs = {self._source.key: self._source}
        told = ((one._replace(root=root), dialect, file.absolute()) for one, file in stretches)
        tasks = (self._task(join_far, needs, each) for each in told)
        for (stretch, file), task in zip(stretches, _some_ahead(tasks, self.ahead), strict=True):
            try:
                yield task()
            except _DeadlyError as error:
                yield Joined(file, [Reject(str(stretch.path), 1, "", f"could not be read: {error}", "")], [], 0)
            except _UndoneError as error:
                self.undone.append(str(error))
                yield None

    def begin(self, job: Job, handins: Handins, work: Path) -> Result:
        """Let a worker make the part of a block."""
        if self.shared:
            block, seen = handins.alone(), work.absolute()
        else:
            try:
                block, seen = handins.loaded(), None
                if (work / job.key(block)).exists():
                    return lambda: marked_part(job, block, work)
            except Exception:  # as it is told where everything is done here
                return lambda: marked_part(job, handins, work)
        needs = {self._source.key: self._source, job.digest: slip_of(job)}
        task = self._task(part_far, needs, (block, seen))

        def result() -> Part | Failed:
            try:
                name, files = task()
                return read_part(job.grader, _kept(work / name, files))
            except _DeadlyError as error:
                return Failed(handins, f"could not be marked: {error}")
            except (_UndoneError, OSError, ValueError) as error:
                self.undone.append(str(error))
                return marked_part(job, handins, work)

        return result

    def _task(self, function: Callable[..., Any], needs: Mapping[str, Any], told: Sequence[Any]) -> Callable[[], Any]:
        """Send a task; gives what waits for its result. `needs`: what all such tasks need, by a name for it."""
        sent = [self._begun(function, needs, told)]

        def result() -> Any:
            from distributed import KilledWorker

            deaths = 0
            for _ in range(_TRIES):
                try:
                    return self._waited_for(sent[0])
                except _AloneError:
                    hint = "What was marked is kept: start it, and grade again."
                    raise QuizgenError("nothing is left of the cluster", hint=hint) from None
                except KilledWorker:  # it, or what lay beside it on the same workers: once more decides
                    deaths += 1
                    if deaths > 1:
                        raise _DeadlyError("one worker of the cluster after the other died over it") from None
                    sent[0] = self._begun(function, needs, told)
                except CancelledError:  # what it needs was lost together with a worker
                    self._sent.clear()
                    sent[0] = self._begun(function, needs, told)
                except Exception as error:
                    raise _UndoneError(printable(f"{type(error).__name__}: {error}".splitlines()[0][:200])) from None
            raise _UndoneError("its data were lost again and again")

        return result

    def _begun(self, function: Callable[..., Any], needs: Mapping[str, Any], told: Sequence[Any]) -> Any:
        """Send a task; what it needs is a task of its own, so that it is made anew where it was lost with a worker."""
        for key, value in needs.items():
            if key not in self._sent:
                self._sent[key] = self.client.submit(as_given, value, pure=False)
        return self.client.submit(function, *(self._sent[key] for key in needs), *told, pure=False)

    def _waited_for(self, future: Any) -> Any:
        """The result of a task; raises _AloneError where nobody is left who could give it."""
        lonely = 0
        while lonely < 2:
            try:
                return future.result(timeout=SECONDS)
            except TimeoutError:
                if future.status != "pending":
                    raise  # the task's own
                lonely = 0 if self.client.nthreads() else lonely + 1
            except CancelledError:
                if self.client.status != "running":
                    break
                raise
        raise _AloneError


@contextmanager
def cluster_at(address: str, folder: Path) -> Iterator[Cluster]:
    """The cluster of a scheduler such as tcp://host:8786; raises QuizgenError if there is none that fits."""
    try:
        import dask
        from distributed import Client, Security
    except ImportError as error:
        hint = 'Install it: pip install "quizgen[scale]"'
        raise QuizgenError(f"--cluster needs {error.name}, which is not installed", hint=hint) from None
    if address.startswith("tls:") and not Security().get_connection_args("client").get("ssl_context"):
        hint = "Set distributed.comm.tls in Dask's configuration, as docs/scale.md says."
        raise QuizgenError(f"{address} asks for certificates, and this machine has none", hint=hint)
    with dask.config.set(_QUIET):
        try:
            client = Client(address, timeout=SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            why = (str(error) or type(error).__name__).splitlines()[0][:200]
            raise QuizgenError(f"no scheduler answers at {address}: {why}", hint="See docs/scale.md.") from None
        with client:
            try:
                client.wait_for_workers(1, timeout=SECONDS)
            except TimeoutError:
                raise QuizgenError(f"{address} has no workers", hint=f"Start some: dask worker {address}") from None
            yield Cluster(client, folder)


def _seen(client: Any, folder: Path) -> bool:
    """Whether all workers see a folder; raises QuizgenError for one that would mark with other versions."""
    with tempfile.NamedTemporaryFile(prefix=".cluster-", suffix=".partial", dir=folder) as probe:
        found = client.run(about_worker, Path(probe.name), on_error="return")
    for worker, told in found.items():
        if isinstance(told, BaseException):
            hint = "Install quizgen there as it is here."
            raise QuizgenError(f"the worker at {worker} cannot mark: {printable(str(told))[:200]}", hint=hint)
        if told[0] != VERSIONS:
            raise QuizgenError(f"the worker at {worker} has {told[0]}", hint=f"Here it is {VERSIONS}: make them equal.")
    return all(sees for _, sees in found.values())


def _kept(place: Path, files: dict[str, bytes]) -> Path:
    """A part that was sent, in its folder."""
    if files and not place.exists():
        partial = Path(tempfile.mkdtemp(prefix=f"{place.name}-", suffix=".partial", dir=place.parent))
        try:
            for name, data in files.items():
                (partial / name).write_bytes(data)
            settle_part(partial, place)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return place


def _some_ahead(begun: Iterator[Callable[[], Any]], ahead: int) -> Iterator[Callable[[], Any]]:
    """The same, so many begun before the first is waited for."""
    waiting = deque(islice(begun, ahead + 1))
    while waiting:
        yield waiting.popleft()
        waiting.extend(islice(begun, 1))
