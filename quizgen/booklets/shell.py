"""What every page with a script is made of: head, policy, style, and data that a script reads."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path

from quizgen.render.words import Wording

_HERE = Path(__file__).parent
_TYPING = ("pasted", "pasted-too-large")  # said by page.js, which all such pages have


def page(
    title: str,
    body: str,
    language: str,
    *,
    script: str,
    style: str = "",
    data: Mapping[str, str] | None = None,
    size: str = "",
) -> str:
    """A whole page around a body that is HTML already; `data` is for the script to read, `style` goes beyond ours."""
    told = "".join(f' data-{name}="{escape(text)}"' for name, text in (data or {}).items())
    classed = f' class="{size}"' if size else ""
    return f"""<!doctype html>
<html lang="{escape(language)}"{classed}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta http-equiv="Content-Security-Policy" content="{_policy(script)}">
<link rel="icon" href="data:,">
<title>{escape(title)}</title>
<style>
{own_file("page.css")}{style}</style>
</head>
<body{told}>
{body}
<script>{script}</script>
</body>
</html>
"""


@cache
def own_file(name: str) -> str:
    """A script or style sheet that lies beside this module."""
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def _policy(script: str) -> str:
    """Nothing is fetched from anywhere; no script runs but ours, known by its digest."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def data_block(name: str, data: object) -> str:
    """Data for a script, in which no text can end the element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return f'<script type="application/json" id="{name}">{safe}</script>'


def script_words(words: Wording, names: Sequence[str]) -> dict[str, str]:
    """The sentences that the scripts of a page say to somebody who answers, with the places for values left in them."""
    return _raw({name: words.texts[f"script-{name}"] for name in (*_TYPING, *names)})


def judging_words(words: Wording, names: Sequence[str]) -> dict[str, str]:
    """Those that are said to somebody who practises."""
    return script_words(words, ()) | _raw({name: words.texts[f"judged-{name}"] for name in names})


def _raw(texts: Mapping[str, str | Mapping[str, str]]) -> dict[str, str]:
    """Texts that do not go by a number."""
    return {name: text for name, text in texts.items() if isinstance(text, str)}
