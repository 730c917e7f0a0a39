"""The file that `quizgen new` writes: a small problem that works, with a word on each part, to be made one's own."""

from __future__ import annotations

import re
from pathlib import Path

from quizgen.errors import QuizgenError

MAX_NAME = 60  # letters
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

STARTING_TEXT = r"""---
# A problem of your own. It works as it stands: change it line by line, and check it after every change.
# A line that starts with # is a note for authors. The guide is docs/writing-problems.md.

# What students read above the question.
title: Size of a feature map

# What is drawn anew for every student: integers(from, to), decimals(from, to, step=0.1), choice(3, 5, 7).
draw:
  side: integers(60, 240)
  kernel: choice(5, 7, 9)
  padding: integers(2, 3)
  stride: integers(2, 3)

# What must hold for a draw to be used. Only draws with a remainder tell who rounds down from who rounds up.
require:
  - 2 * padding < kernel
  - (side - kernel + 2 * padding) % stride > 0

# How it is solved, step by step: a name, a colon, a formula.
steps:
  map: conv_size(side, kernel, stride, padding)
  cells: map ** 2

# Which steps are asked, for how many points. Numbers outside of `between` cannot be meant and earn nothing.
answers:
  map: {points: 2, between: [1, 1000]}
  cells: {points: 1, between: [1, 1000000]}

# The wrong ways that students really go: the step that goes wrong, its wrong formula, and what helps.
mistakes:
  plus-one-forgotten:
    title: + 1 forgotten
    map: (side - kernel + 2 * padding) // stride
    says: >-
      The division counts the steps of the window. The place where it starts has to be counted, too: add 1.
  padding-forgotten:
    title: no padding
    map: conv_size(side, kernel, stride)
    says: >-
      The window may start on the added border, so it slides over the side and twice the padding.
  stride-ignored:
    title: stride ignored
    map: conv_size(side, kernel, 1, padding)
    says: >-
      You counted every place. The window moves by the stride: divide by it before you add 1.
  rounded-up:
    title: rounded up
    map: ceil((side - kernel + 2 * padding) / stride) + 1
    says: >-
      A window that sticks out over the border is not used, so the division is rounded down.
  circumference:
    title: sides added instead of multiplied
    cells: 4 * map
    says: >-
      That is the way once round the map. Its cells are rows times columns.

# Numbers that you know for certain, from a book or by hand: quizgen must find them, too.
examples:
  - from: computed by hand
    draw: {side: 64, kernel: 5, padding: 2, stride: 2}
    gives: {map: 32, cells: 1024}
    mistakes:
      plus-one-forgotten: {map: 31, cells: 961}
      padding-forgotten: {map: 30}
      stride-ignored: {map: 64}
      rounded-up: {map: 33}
      circumference: {cells: 128}
---
# Question

A square image of $<<side>> \times <<side>>$ pixels goes through a convolution: filter $<<kernel>> \times <<kernel>>$,
padding <<padding>> on each side, stride <<stride>>. A window that does not fit wholly is left out.

1. How many rows has the feature map? [[map]]

2. How many cells has it? [[cells]]

# Solution

**1.** The window can move over $<<side>> - <<kernel>> + 2 \cdot <<padding>> = <<side - kernel + 2 * padding>>$ cells.
In steps of <<stride>>, and with the place where it starts, that makes

$$ \left\lfloor \frac{<<side - kernel + 2 * padding>>}{<<stride>>} \right\rfloor + 1 = <<map>> $$

**2.** The map is a square: $<<map>> \cdot <<map>> = <<cells>>$ cells.
"""


def write_starting_file(name: str, folder: Path) -> Path:
    """Write the starting file of a problem into a folder, which is made if need be; raises QuizgenError.

    A file that exists is never overwritten.
    """
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME:
        raise QuizgenError(
            f"'{name}' cannot be a problem's name",
            hint=f"Write lower-case words with hyphens between, at most {MAX_NAME} letters, as in {_better(name)}.",
            exit_code=2,
        )
    path = folder / f"{name}.md"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(STARTING_TEXT)
    except FileExistsError:
        raise QuizgenError("exists already", where=str(path), hint="Choose another name, or another --out.") from None
    return path


def _better(name: str) -> str:
    """The nearest name that would do."""
    words = re.findall(r"[a-z0-9]+", Path(name).name.removesuffix(".md").lower())
    better = "-".join(words).lstrip("0123456789-")[:MAX_NAME].rstrip("-")
    return better or "size-of-a-map"
