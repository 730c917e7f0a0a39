"""What axe-core, where it is installed, finds on a page in a browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

AXE = os.environ.get("QUIZGEN_AXE", "")  # axe.min.js of the package axe-core
GUIDELINES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page):
    """What a page does against the guidelines, as (rule, some elements); skips the test where axe is missing."""
    if not AXE:
        assert not os.environ.get("QUIZGEN_BROWSER"), "QUIZGEN_AXE names no axe.min.js"
        pytest.skip("axe-core is missing (QUIZGEN_AXE)")
    page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", GUIDELINES)
    assert len(found["passes"]) > 15
    return [(rule["id"], [node["html"][:120] for node in rule["nodes"]][:3]) for rule in found["violations"]]
