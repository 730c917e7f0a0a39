"""The skeleton of a page that stands alone: style for light, dark, phone and paper; no script, no network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:"  # a browser that reads it asks nobody for anything
)

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --soft: #c9ced6; --faint: #f4f6f8;
  --quiet: #566070; --bar: #2f6690; --warn: #b23a0e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eaed; --paper: #15181c; --soft: #434a54; --faint: #1e2329; --quiet: #a3adba; --bar: #6fb1e0;
    --warn: #ff9a6b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.2rem 1rem 4rem; max-width: 46rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: .5rem 0 .2rem; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 .4rem; padding-top: .8rem; border-top: 1px solid var(--soft); }
h3 { font-size: 1rem; margin: 1.2rem 0 .2rem; }
p { margin: .4rem 0 .8rem; }
.quiet, caption, .tiles dt { color: var(--quiet); }
.small { font-size: .875rem; }
.banner { background: var(--faint); border-left: .3rem solid var(--warn); padding: .6rem .9rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.6rem, 1fr)); gap: .6rem; margin: 1rem 0; }
.tiles div { background: var(--faint); border-radius: .4rem; padding: .5rem .7rem; }
.tiles dt { font-size: .8rem; line-height: 1.25; }
.tiles dd { margin: .1rem 0 0; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
.tiles .long { font-size: 1rem; }
figure { margin: .8rem 0; }
.chart { display: block; width: 100%; max-width: 37rem; height: auto; stroke-linejoin: round; }
.chart text { font-family: system-ui, sans-serif; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .2rem 0; }
th, td { padding: .25rem .5rem; border-bottom: 1px solid var(--soft); text-align: right; vertical-align: top; }
th:first-child { text-align: left; }
thead th { font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 400; }
.flag { color: var(--warn); font-weight: 600; }
details { margin: .6rem 0; }
summary { cursor: pointer; color: var(--quiet); }
.mistakes { list-style: none; padding: 0; }
.mistakes li { display: grid; grid-template-columns: 3.6rem 1fr; gap: .1rem .8rem; margin: 1rem 0; }
.mistakes .count { font-size: 1.3rem; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.mistakes p { margin: 0; }
.mistakes h3 { margin: .25rem 0 .1rem; }
@media (max-width: 30rem) { th, td { padding: .25rem .3rem; }
  .title { display: block; font-size: .75rem; }
  .mistakes li { grid-template-columns: 2.7rem 1fr; } }
@media print {
  :root { color-scheme: light; --ink: #000; --paper: #fff; --soft: #bbb; --faint: #fff; --quiet: #333; --bar: #2f6690;
    --warn: #a03000; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  figure, tr, li, .tiles div { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .tiles div { border: 1px solid var(--soft); }
  .chart, .chart * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .wide { overflow: visible; } }
"""


def page(title: str, body: Iterable[str]) -> str:
    """A whole HTML page; the title is escaped, the parts of the body are HTML."""
    head = (
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="robots" content="noindex">',
        '<link rel="icon" href="data:,">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
    )
    lines = ("<!DOCTYPE html>", '<html lang="en">', "<head>", *head, "</head>", "<body>", *body, "</body>", "</html>")
    return "\n".join(lines) + "\n"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """A table of HTML cells; the first column names the row."""
    lines = ['<div class="wide"><table>']
    if caption:
        lines.append(f"<caption>{caption}</caption>")
    cells = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    lines += [f"<thead><tr>{cells}</tr></thead>", "<tbody>"]
    for first, *others in rows:
        cells = "".join(f"<td>{cell}</td>" for cell in others)
        lines.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    return "\n".join([*lines, "</tbody></table></div>"])
