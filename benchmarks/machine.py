"""The machine and the versions that figures belong to."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from clock import cores

LIBRARIES = ("numpy", "pandas", "pyarrow", "pydantic", "typst", "pypdf")


def described() -> dict[str, dict[str, str | int | float]]:
    """What a reader needs to know to compare."""
    from quizgen import __version__

    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return {
        "machine": {
            "processor": processor(),
            "cores": cores(),
            "memory in GB": round(memory() / 1000, 1),
            "system": f"{platform.system()} {platform.machine()}",
            "load at the start": round(load, 1),
        },
        "versions": {"quizgen": __version__, "python": platform.python_version()}
        | {name: found for name in LIBRARIES if (found := installed(name))},
    }


def memory() -> float:
    """Megabytes of memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6 if hasattr(os, "sysconf") else 0.0


def processor() -> str:
    """Its name, where the system tells it."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def installed(name: str) -> str:
    """The version of a library; empty without it."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
