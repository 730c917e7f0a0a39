"""The fixed words of a page to practise with, in English."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "skip": "Skip to the question",
    "answers_inside": "This page is for practice: all right answers are in it, for everybody who looks.",
    "seed": "Drawn from the public seed “{seed}”.",
    "choice": "Choose a question",
    "problem": "Problem",
    "variant": "Variant",
    "another": "Another one",
    "check": "Check all",
    "bar": "Your answers",
    "solution": "Worked solution",
    "no_script": "This page needs scripts, which are switched off here.",
}
SCRIPT_WORDS: Mapping[str, str] = {
    "right": "✓ Right.",
    "wrong": "✗ Not right.",
    "some": "✗ Right are {right} of {all} numbers.",
    "mistake": "✗ Not right. {says}",
    "follows": "✗ Not right, but it follows from an earlier mistake. {says}",
    "size": "✗ It should have {wanted} numbers, not {given}.",
    "shape": "✗ It should be {wanted}, not {given}.",
    "unreadable": "“{text}” cannot be read as a number.",
    "no_place": "A place is two whole numbers: row and column.",
    "own": "This is not checked here. Compare it with: {says}",
    "own_words": "This is not checked here. Compare it with the worked solution.",
    "blank": "Not answered yet.",
    "counter": "{right} of {all} right",
    "chosen": "Variant {variant}.",
}
