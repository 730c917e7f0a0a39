"""One self-contained page: it asks the network for nothing, and reads well in light, in dark and on paper."""

from __future__ import annotations

from html import escape

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1f; --paper: #ffffff; --soft: #f3f4f6; --line: #8a8f98;
  --good: #1b6e2c; --warn: #7a4d00; --bad: #a3122a; --quiet: #50555e; --link: #0b57a4; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececf1; --paper: #16171b; --soft: #24262c; --line: #7d838e;
  --good: #7fd894; --warn: #f0bd62; --bad: #ff9aa8; --quiet: #b3b8c2; --link: #8cc4ff; } }
body { margin: 0 auto; padding: 1rem 1.25rem 3rem; max-width: 52rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.2; } h2 { font-size: 1.3rem; margin-top: 2.5rem; padding-top: .75rem;
  border-top: 2px solid var(--line); } h3 { font-size: 1.1rem; } h4, h5, h6 { font-size: 1rem; }
a { color: var(--link); }
code { background: var(--soft); padding: .1em .3em; border-radius: .2em; font-size: .95em; white-space: pre-wrap; }
pre, .formula, .wide { display: block; overflow-x: auto; } .formula { margin: .6rem 0; padding: .1rem 0; }
math { font-size: 1.08em; }
table { border-collapse: collapse; margin: .75rem 0; } caption { text-align: left; font-weight: 600; }
th, td { border: 1px solid var(--line); padding: .25rem .6rem; text-align: left; vertical-align: top; }
table.pixels { break-inside: avoid; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
table.pixels td { min-width: 1.4em; padding: .3em .2em; text-align: center; border: 1px solid #767676; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.total { font-size: 1.25rem; font-weight: 700; }
.answer { border-left: .3rem solid var(--line); padding: .1rem 0 .1rem .9rem; margin: .9rem 0; }
.answer h4 { margin: .2rem 0; } .answer p { margin: .3rem 0; }
.answer.correct, .answer.carried { border-color: var(--good); }
.answer.partial, .answer.mistake { border-color: var(--warn); }
.answer.wrong { border-color: var(--bad); }
.outcome { font-weight: 700; color: var(--quiet); } .correct .outcome, .carried .outcome { color: var(--good); }
.partial .outcome, .mistake .outcome { color: var(--warn); } .wrong .outcome { color: var(--bad); }
@media (max-width: 32rem) { body { padding: .75rem .75rem 2rem; } th, td { padding: .2rem .35rem; } }
@media print { :root { --ink: #000; --paper: #fff; --soft: #fff; --line: #555; --good: #000; --warn: #000; --bad: #000;
  --quiet: #000; --link: #000; } body { max-width: none; padding: 0; font-size: 10.5pt; }
  h2, h3, h4 { break-after: avoid; } .answer, tr, .formula { break-inside: avoid; } .formula { overflow: visible; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(title: str, body: str, language: str = "en") -> str:
    """A whole HTML page around a body that is HTML already; the title is plain text."""
    return f"""<!doctype html>
<html lang="{escape(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
{body}
</body>
</html>
"""
