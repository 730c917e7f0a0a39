"""The fixed words of a printed booklet, by language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": MappingProxyType(
            {
                "name": "Name",
                "student": "Student id",
                "question": "Question",
                "points": "Points",
                "reached": "Reached",
                "total": "Total",
                "layer": "layer",
                "working": "Working for",
                "page": "Page {page} of {pages}",
                "empty": "This page is left empty.",
                "code": "Code for scanning: exam, paper and page",
                "key": "Answers and solutions",
                "answers": "Answer sheet",
                "proof": "For the second examiner",
                "proof note": "Paper {tag} as a specimen; after each question its easiest and its hardest variant.",
                "specimen": "specimen",
                "easiest": "easiest",
                "hardest": "hardest",
                "work": "{variant}: {work} operations by hand",
                "right": "Right answers",
                "solution": "Solution",
                "aids": "Allowed aids: {aids}.",
                "practice": "A practice sheet: drawn from a public seed, not a secret.",
            }
        )
    }
)
ADVICE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "en": (
            "Each wrong step is paid for once: later answers are judged from your own earlier figures, so go on with "
            "what you have.",
            "Write every number into its box, a matrix row by row. Round only what you write down, to the precision "
            "asked beside the box.",
        )
    }
)
