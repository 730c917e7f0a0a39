"""PDFs a second, where typst is installed. `pdf.py` runs by itself: its processes load what its main file loads."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from clock import child, cores
from found import Found
from machine import installed

QUICK = {False: ["--quick"], True: []}


def measure(full: bool) -> list[Found]:
    """The rows of `pdf.py`; without typst, none."""
    title = f"PDFs of the blueprint `quiz`, wall time on {cores()} cores"
    if not installed("typst"):
        return [Found(title, [], notes=["typst is not installed: nothing is measured"])]
    told = child(sys.executable, str(Path(__file__).with_name("pdf.py")), "--json", *QUICK[full]).said
    return [Found(title, json.loads(told))]
