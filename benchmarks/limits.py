"""Ratios against the limits of limits.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

LIMITS: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "limits.yaml").read_text(encoding="utf-8"))


def broken(ratios: Mapping[str, float], full: bool) -> list[str]:
    """A line for each ratio that passes its limit; every ratio must have one. `full`: of large classes."""
    lines = []
    for name, ratio in ratios.items():
        limit = LIMITS[name]
        least, most = limit.get("least", 0.0), limit.get("most", float("inf"))
        most = limit.get("most in full", most) if full else most
        if not least <= ratio <= most:  # nor is it anything but a number
            bound = f"at least {least:g}" if "least" in limit else f"at most {most:g}"
            lines.append(f"{name}: {ratio:.3g} instead of {bound} (measured: {limit['measured']}). {limit['because']}")
    return lines
