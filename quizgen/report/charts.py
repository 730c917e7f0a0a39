"""Charts as SVG to stand inside a page: no script, no network, the page's own colours, the same bytes each time."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch

WIDTH = 5.2  # inches; a phone shows the letters hardly smaller, a desk not much larger
LINE = 0.24  # inches that one row takes

# Colours that stand for the page's own, so that a chart follows light, dark and paper.
INK, SOFT, BAR, WARN, PAPER = "#010101", "#010102", "#010103", "#010104", "#010105"
_OWN = {INK: "ink", SOFT: "soft", BAR: "bar", WARN: "warn", PAPER: "paper"}

# The palette of Okabe and Ito, which colour-blind readers tell apart; with the colour of letters upon it.
OUTCOME_COLOURS = {
    "correct": ("#0072b2", "#ffffff"),
    "carried": ("#56b4e9", "#000000"),
    "decided": ("#009e73", "#ffffff"),
    "partial": ("#f0e442", "#000000"),
    "mistake": ("#e69f00", "#000000"),
    "wrong": ("#d55e00", "#ffffff"),
    "unreadable": ("#6b6b6b", "#ffffff"),
    "blank": ("#b9b9b9", "#000000"),
    "few": (PAPER, INK),
}

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "quizgen",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.titlesize": 9.5,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.titlecolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": SOFT,
    "grid.linewidth": 0.6,
    "ytick.major.size": 0,
}


@dataclass(frozen=True)
class Interval:
    """A row of a chart of intervals; a row without a middle is a heading. All from 0 to 1."""

    label: str
    middle: float | None = None
    low: float = 0.0
    high: float = 0.0
    whole: float = 0.0
    flagged: bool = False


def histogram(edges: Sequence[float], counts: Sequence[int], mean: float, total: float, alt: str) -> str:
    """Scores in bins of unequal width: the area of a bar is its students, their number stands on it."""
    with _figure(2.5) as (figure, (axes,)):
        widths = np.diff(edges)
        unit = float(widths.min())
        heights = np.array(counts) / widths * unit
        axes.bar(edges[:-1], heights, widths, align="edge", color=BAR, edgecolor="none", linewidth=0)
        for left, width, height, count in zip(edges, widths, heights, counts, strict=False):
            axes.plot([left, left], [0, height], color=PAPER, linewidth=1)
            axes.text(left + width / 2, height, f"{count:,}", ha="center", va="bottom")
        top = float(heights.max()) * 1.3
        axes.plot(mean, top, color=WARN, marker="v", markersize=6, clip_on=False)
        left_of_it = mean > total / 2  # where there is room for words
        axes.annotate(
            f"mean {mean:.1f}",
            (mean, top),
            (-8 if left_of_it else 8, 0),
            textcoords="offset points",
            ha="right" if left_of_it else "left",
            va="center",
            color=WARN,
        )
        axes.set(xlim=(0, total), ylim=(0, top), xlabel="points", yticks=[])
        axes.set_ylabel(f"students per {unit:g} points")
        axes.spines["left"].set_visible(False)
        return _svg(figure, "scores", "Histogram of the scores", alt)


def items(names: Sequence[str], facility: np.ndarray, discrimination: np.ndarray, alt: str) -> str:
    """Facility and discrimination of the questions side by side, nan left out."""
    rows = np.arange(len(names))
    with _figure(0.75 + LINE * len(names), columns=2) as (figure, (left, right)):
        left.barh(rows, np.nan_to_num(facility), color=BAR, height=0.62)
        left.set(xlim=(0, 1), yticks=rows, title="facility")
        left.set_yticklabels(names)
        _percent(left)
        weak = discrimination < 0.15
        lowest = min(0.0, float(np.nanmin(discrimination)) - 0.08) if not np.isnan(discrimination).all() else 0.0
        right.axvspan(0.25, 1, color=SOFT, alpha=0.35, linewidth=0)
        right.axvline(0, color=SOFT, linewidth=0.8)
        right.scatter(discrimination[~weak], rows[~weak], color=BAR, s=34, zorder=3)
        right.scatter(discrimination[weak], rows[weak], color=WARN, s=38, marker="D", zorder=3)
        right.set(xlim=(lowest, 1), yticks=rows, title="discrimination")
        right.set_yticklabels([])
        for axes in (left, right):
            axes.set_ylim(len(names) - 0.4, -0.6)
            axes.spines["left"].set_visible(False)
        right.grid(axis="y")
        return _svg(figure, "items", "Facility and discrimination of each question", alt)


def outcomes(names: Sequence[str], shares: Sequence[Sequence[tuple[str, int]]], alt: str) -> str:
    """A stacked bar per answer, filled to the whole: its outcomes with their counts."""
    used = [word for word in OUTCOME_COLOURS if any(word == outcome for parts in shares for outcome, _ in parts)]
    legend_lines = -(-len(used) // 3)
    with _figure(0.45 + 0.2 * legend_lines + LINE * len(names)) as (figure, (axes,)):
        wholes = np.array([max(1, sum(count for _, count in parts)) for parts in shares])
        left = np.zeros(len(names))
        for outcome in used:  # each in its turn, in all bars
            colour, letters = OUTCOME_COLOURS[outcome]
            number = np.array([dict(parts).get(outcome, 0) for parts in shares])
            rows = np.flatnonzero(number)
            widths = number[rows] / wholes[rows]
            edge = SOFT if outcome == "few" else "none"
            axes.barh(rows, widths, left=left[rows], color=colour, height=0.74, edgecolor=edge, linewidth=0.8)
            for row, width in zip(rows.tolist(), widths.tolist(), strict=True):
                count = str(number[row])
                if outcome != "few" and width >= 0.045 + 0.025 * len(count):
                    middle = left[row] + width / 2
                    inside = axes.text(middle, row, count, ha="center", va="center_baseline", color=letters, size=8)
                    inside.set_in_layout(False)
            left[rows] += widths
        axes.set(xlim=(0, 1), ylim=(len(names) - 0.5, -0.5), yticks=np.arange(len(names)))
        axes.set_yticklabels(names)
        _percent(axes)
        axes.spines[["left", "bottom"]].set_visible(False)
        handles = [_swatch(word) for word in used]
        figure.legend(handles=handles, loc="outside upper left", ncols=3, frameon=False, handlelength=1, fontsize=9)
        return _svg(figure, "outcomes", "Outcomes of each answer", alt)


def intervals(rows: Sequence[Interval], alt: str) -> str:
    """Groups of variants with their intervals, below the heading of their question."""
    with _figure(0.5 + LINE * len(rows)) as (figure, (axes,)):
        for flagged, colour, marker in ((False, BAR, "o"), (True, WARN, "D")):
            places = [(y, row) for y, row in enumerate(rows) if row.middle is not None and row.flagged == flagged]
            ys = np.array([y for y, _ in places])
            if len(ys):
                lows, highs = [row.low for _, row in places], [row.high for _, row in places]
                axes.hlines(ys, lows, highs, color=colour, linewidth=2.2)
                axes.vlines([row.whole for _, row in places], ys - 0.42, ys + 0.42, color=INK, linewidth=1)
                axes.plot([row.middle or 0 for _, row in places], ys, marker, color=colour, markersize=6, zorder=3)
        axes.set(xlim=(0, 1), ylim=(len(rows) - 0.4, -0.6), yticks=np.arange(len(rows)))
        axes.set_yticklabels([row.label for row in rows])
        for label, row in zip(axes.get_yticklabels(), rows, strict=True):
            label.set_fontweight("bold" if row.middle is None else "normal")
        axes.grid(axis="x")
        axes.spines["left"].set_visible(False)
        _percent(axes)
        return _svg(figure, "variants", "Difficulty of groups of variants", alt)


def _swatch(word: str) -> Patch:
    few = word == "few"
    label = "fewer than 5 each" if few else word
    return Patch(facecolor=OUTCOME_COLOURS[word][0], edgecolor=SOFT if few else "none", label=label)


@contextmanager
def _figure(height: float, columns: int = 1) -> Iterator[tuple[Figure, list[Axes]]]:
    """A figure with the house style, which holds until it has been written."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH, height), layout=ConstrainedLayoutEngine(wspace=0.06))
        figure.patch.set_visible(False)
        panels = list(figure.subplots(1, columns, squeeze=False)[0])
        for axes in panels:
            axes.patch.set_visible(False)
        yield figure, panels


def _percent(axes: Axes) -> None:
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
    axes.get_xticklabels()[-1].set_horizontalalignment("right")


def _svg(figure: Figure, name: str, title: str, alt: str) -> str:
    """The figure as an element of a page: ids of its own, colours of the page, a title and a description."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = out.getvalue()
    text = re.sub(r"\s*<(metadata|style)\b.*?</\1>", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r'( id="|url\(#|xlink:href="#)', rf"\g<1>{name}-", text)
    for colour, own in _OWN.items():
        text = text.replace(colour, f"var(--{own})")
    text = re.sub(r"font-family: [^;\"]*;\s*", "", text)  # the page's own letters
    box = re.search(r'viewBox="[^"]*"', text)
    assert box
    head = f'<svg class="chart" role="img" aria-labelledby="{name}-title {name}-desc" {box[0]}'
    head += ' xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    head += f'\n <title id="{name}-title">{escape(title)}</title>\n <desc id="{name}-desc">{escape(alt)}</desc>'
    return head + text[text.index(">") + 1 :].rstrip()
