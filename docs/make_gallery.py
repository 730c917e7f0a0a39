"""Make the pictures of the gallery from what quizgen really writes: `python docs/make_gallery.py`.

It needs the extras `dev`, `browser` and `pdf`, an installed Chromium, and pdftoppm (poppler). All draws come from a
public seed, so the pictures change only where quizgen does.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from quizgen.booklets.binding import bind
from quizgen.booklets.payload import Mode
from quizgen.booklets.pdf import Printing, write_pdfs
from quizgen.exam.additions import read_exam
from quizgen.ops import conv2d, flip

PICTURES = Path(__file__).parent / "gallery"
SEED = "gallery"
COLOURS = 64  # of a picture's palette: enough for text, and for its edges
LARGEST = 120_000  # bytes of a picture
MARGIN = 16.0  # left and right of what is looked at
DOTS = 80  # per inch, of a page on paper


@dataclass(frozen=True)
class Shot:
    """A part of a page as a browser shows it: what is looked at in the first file that has it, on a screen so wide.

    `above`: so much of what stands above it; `most`: so much at most.
    """

    name: str
    file: str
    what: str
    width: int
    dark: bool = False
    above: float = 0.0
    most: float = 1100.0


SHOTS = (
    Shot("page", "exam/booklets/001.html", ".question >> nth=2", 760, most=900.0),
    Shot("phone", "exam/booklets/001.html", ".question:has(table.pixels)", 390, dark=True),
    Shot("drawing", "exam/staff/key/001.html", "svg.drawing", 420),
    Shot("feedback", "exam/rehearsal/feedback/*.html", ".answer.mistake", 760, above=420.0),
    Shot("report", "exam/rehearsal/report.html", "body", 900, most=1130.0),
)
SHEETS = (  # pages on paper: the picture's name, the file, its first page and how many
    ("cover", "paper/001.pdf", 1, 2),
    ("paper", "paper/001.pdf", 3, 2),
    ("key", "key/001.pdf", 1, 2),
)


def main() -> None:
    """Make an exam, mark invented students, take the pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        quizgen(folder, "make", "--n", "40", "--blueprint", "quiz", "--seed", SEED, "--to", "html")
        quizgen(folder, "simulate")
        quizgen(folder, "grade", "simulated.csv")
        quizgen(folder, "practice", "conv-forward", "--seed", SEED, "--variants", "5")
        with browser() as page:
            for shot in SHOTS:
                taken(page, shot, sorted(folder.glob(shot.file)))
            practised(page, folder / "practice.html")
        pressed(folder)
        for name, file, first, pages in SHEETS:
            printed(name, folder / file, first, pages)


def quizgen(folder: Path, *words: str) -> None:
    """Run a command of quizgen in a folder."""
    command = [sys.executable, "-c", "from quizgen.cli import main; main()", *words]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextmanager
def browser() -> Iterator[Page]:
    """A page of an installed Chromium."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        running = playwright.chromium.launch(executable_path=found, args=arguments)
        yield running.new_page()
        running.close()


def opened(page: Page, file: Path, width: int, *, dark: bool = False) -> None:
    """Open a file on a screen of some width."""
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.set_viewport_size({"width": width, "height": 1000})
    page.goto(file.as_uri())
    page.add_style_tag(content=".bar { position: static !important; }")  # it would lie across the picture


def taken(page: Page, shot: Shot, files: Sequence[Path]) -> None:
    """A picture of a part of a page."""
    for file in files:
        opened(page, file, shot.width, dark=shot.dark)
        if page.locator(shot.what).count():
            break
    box = page.locator(shot.what).first.bounding_box()
    assert box is not None, f"nowhere is there {shot.what}"
    left, right = max(0.0, box["x"] - MARGIN), min(shot.width, box["x"] + box["width"] + MARGIN)
    top = max(0.0, box["y"] - shot.above)
    height = min(shot.most, box["y"] + box["height"] + MARGIN - top)
    clip = {"x": left, "y": top, "width": right - left, "height": height}
    kept(shot.name, page.screenshot(full_page=True, clip=clip))


def practised(page: Page, file: Path) -> None:
    """A picture of a page to practise with, on which somebody has turned the filter round."""
    opened(page, file, 760)
    image, kernel = (
        np.array(
            page.locator(place).first.evaluate(
                f"e => [...e.rows ?? e.children].map(row => [...row.children].map({cell}))"
            )
        )
        for place, cell in (
            ("table.pixels", "c => +c.textContent"),
            ("math mtable", "c => +c.textContent.replace('−', '-')"),
        )
    )
    wrong = conv2d(image[..., None], flip(kernel[..., None]), padding=1)[..., 0]
    for box, cell in zip(page.locator(".cells").first.locator("input").all(), wrong.ravel(), strict=True):
        box.fill(str(int(cell)))
    page.locator("#check").click()
    kept("practice", page.locator("body").screenshot())


def pressed(folder: Path) -> None:
    """The first student's paper, and its key, as PDF."""
    exam, single = read_exam(folder / "exam"), Printing(duplex=False)
    write_pdfs(exam, folder / "paper", single, numbers=[1])
    write_pdfs(exam, folder / "key", single, mode=Mode.KEY, numbers=[1], bound=partial(bind, exam, solutions=True))


def printed(name: str, file: Path, first: int, pages: int) -> None:
    """Pages on paper, side by side."""
    command = ["pdftoppm", "-r", str(DOTS), "-f", str(first), "-l", str(first + pages - 1), "-png", str(file)]
    with tempfile.TemporaryDirectory() as place:
        subprocess.run([*command, f"{place}/page"], check=True)
        sheets = [Image.open(path) for path in sorted(Path(place).iterdir())]
        picture = Image.new(
            "RGB", (sum(sheet.width for sheet in sheets) + 12 * (len(sheets) - 1), sheets[0].height), "#888"
        )
        for i, sheet in enumerate(sheets):
            picture.paste(sheet, (i * (sheet.width + 12), 0))
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    kept(name, stream.getvalue())


def kept(name: str, png: bytes) -> None:
    """A picture in few colours."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    few = picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    file = PICTURES / f"{name}.png"
    few.save(file, optimize=True)
    size = file.stat().st_size
    print(f"{file.name}: {picture.width} x {picture.height}, {size:,} bytes")
    if size > LARGEST:
        raise SystemExit(f"{file.name} is larger than {LARGEST:,} bytes")


if __name__ == "__main__":
    main()
