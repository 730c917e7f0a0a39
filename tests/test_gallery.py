"""The gallery shows the pictures that there are, each with words, and none is heavy."""

import re
import struct
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
SHOWN = re.findall(r"!\[([^\]]*)\]\(gallery/([\w-]+\.png)\)", (DOCS / "gallery.md").read_text(encoding="utf-8"))
PICTURES = sorted((DOCS / "gallery").iterdir())


def test_every_picture_is_shown_once_in_words():
    assert len(PICTURES) >= 8
    assert sorted(name for _, name in SHOWN) == [path.name for path in PICTURES]
    assert all(len(words) > 40 for words, _ in SHOWN)


def test_pictures_are_light():
    for path in PICTURES:
        png = path.read_bytes()
        width, height = struct.unpack(">II", png[16:24])
        assert png.startswith(b"\x89PNG\r\n"), path.name
        assert len(png) < 120_000, path.name
        assert 300 <= width <= 1_600, path.name
        assert 300 <= height <= 1_600, path.name


def test_the_script_makes_every_picture():
    script = (DOCS / "make_gallery.py").read_text(encoding="utf-8")
    assert [path.name for path in PICTURES if f'"{path.stem}"' not in script] == []
