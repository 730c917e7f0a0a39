"""Seconds of the processor, whole processes with their memory, and how figures grow."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

# A process starts with its parent's peak of memory on its account. So a small one, which knows nothing but this, stands
# between the measuring and what is measured.
_LAUNCH = """
import json, os, sys, time
start = time.perf_counter()
child = os.spawnvp(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status, used = os.wait4(child, 0)
told = [os.waitstatus_to_exitcode(status), time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss]
print(json.dumps(told), file=sys.stderr)
"""


@dataclass(frozen=True)
class Spent:
    """What a process took: seconds by the clock and of processors, and megabytes at most."""

    seconds: float
    processor: float
    megabytes: float
    said: str = ""


def cpu(work: Callable[[], object], times: int = 3) -> float:
    """Processor seconds of the fastest of some runs: colleagues on the same machine are hardly in it."""
    fastest = math.inf
    for _ in range(times):
        start = time.process_time()
        work()
        fastest = min(fastest, time.process_time() - start)
    return max(fastest, 1e-9)


def child(*command: str, folder: Path | None = None, exits: Sequence[int] = (0,)) -> Spent:
    """Run a process of its own to its end."""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _LAUNCH, *command], cwd=folder, capture_output=True, text=True, check=False
    )
    *said, last = ran.stderr.splitlines() or ["no word of it"]
    code, seconds, processor, kilobytes = json.loads(last)
    if code not in exits:
        raise RuntimeError(f"{' '.join(command)} ended with {code}:\n" + "\n".join(said[-20:]))
    return Spent(seconds, processor, kilobytes / (1024 if sys.platform != "darwin" else 1 << 20), ran.stdout)


def quizgen(*words: str, folder: Path | None = None) -> Spent:
    """Run a command of quizgen; some rows refused is no failure."""
    return child(sys.executable, "-P", "-m", "quizgen.cli", *words, folder=folder, exits=(0, 3))


def exponent(sizes: Sequence[float], figures: Sequence[float]) -> float:
    """How a figure grows with a size: the slope of the straight line nearest to their logarithms.

    >>> round(exponent([10, 100, 1000], [3, 30, 300]), 6), round(exponent([1, 2, 4], [5, 20, 80]), 6)
    (1.0, 2.0)
    """
    x, y = [math.log(size) for size in sizes], [math.log(figure) for figure in figures]
    middle, height = sum(x) / len(x), sum(y) / len(y)
    spread = sum((a - middle) ** 2 for a in x)
    return sum((a - middle) * (b - height) for a, b in zip(x, y, strict=True)) / spread


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
