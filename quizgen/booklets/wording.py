"""The fixed words of pages, in English. A name in braces is filled in, here or by the page's script."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "skip": "Skip to the questions",
    "paper": "Paper {tag}",
    "aids": "Allowed aids: {aids}.",
    "practice": "A practice sheet: drawn from a public seed, not a secret.",
    "before": "Before you start",
    "questions": "Questions",
    "rule_carry": "Each wrong step is paid for once: later answers are judged from your own earlier figures, so go on "
    "with what you have.",
    "rule_round": "Round only what you write down, to the precision asked.",
    "rule_grid": "Write matrices row by row. There may be more boxes than you need: leave those empty. Arrow keys and "
    "Enter move between boxes; a matrix copied from elsewhere fills them.",
    "rule_numbers": "Numbers may be typed as 0.5, 1/2, -3 or 2*10^-3.",
    "rule_save": "What you type is kept in this browser, on this device. To hand in, save your answers as a file and "
    "hand in that file as you were told.",
    "no_script": "This page cannot save answers, because scripts are switched off. It can be printed.",
    "student": "Your name or student id",
    "cell": "{name}, row {row}, column {column}",
    "entry": "{name}, entry {column}",
    "choose": "choose",
    "bar": "Your answers",
    "save": "Save answers as a file",
    "clear": "Handed in: clear",
    "clear_title": "Clear all answers?",
    "clear_text": "This takes your answers out of this page and out of this browser. Do it on a computer that others "
    "use, when you have handed in your file.",
    "clear_unsaved": "They have changed since they were last saved as a file.",
    "clear_yes": "Clear them",
    "clear_no": "Keep them",
}
SCRIPT_WORDS: Mapping[str, str] = {
    "counter": "{done} of {all} answered",
    "saved": "Saved as {file} at {time}. Hand in this file.",
    "saved_without_name": "Saved as {file} at {time}, without a name or student id.",
    "restored": "Your answers of {time} were put back.",
    "not_kept": "This browser keeps nothing for this page. Save your answers as a file now and then.",
    "cleared": "All answers were cleared.",
}
TYPING_WORDS: Mapping[str, str] = {
    "pasted": "{rows} × {columns} numbers were pasted.",
    "pasted_too_large": "{rows} × {columns} numbers were pasted into {high} × {wide} boxes: not all of them fit.",
}
