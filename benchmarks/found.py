"""What a part of the measuring found: tables of figures, and the ratios that must hold on any machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

Figure = str | int | float | None


@dataclass(frozen=True)
class Found:
    """One table; `ratios`: by their names in limits.yaml, those that can be held on a machine nobody knows."""

    title: str
    rows: Sequence[Mapping[str, Figure]]
    ratios: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[str] = ()

    @property
    def plain(self) -> dict[str, object]:
        """What the JSON file keeps."""
        return asdict(self)

    def lines(self) -> list[str]:
        """The table for people."""
        headings = list(dict.fromkeys(name for row in self.rows for name in row))
        cells = [headings, *([shown(row.get(name)) for name in headings] for row in self.rows)]
        widths = [max(len(row[i]) for row in cells) for i in range(len(headings))]
        lines = ["", f"## {self.title}", ""]
        for row in cells:
            first, *others = (
                f"{cell:<{w}}" if not i else f"{cell:>{w}}" for i, (cell, w) in enumerate(zip(row, widths, strict=True))
            )
            lines.append("  ".join((first, *others)).rstrip())
        lines += [""] if self.ratios or self.notes else []
        return lines + [f"{name}: {value:.3g}" for name, value in self.ratios.items()] + list(self.notes)


def shown(figure: Figure) -> str:
    """A figure in three digits or, large or whole, with its thousands marked."""
    if figure is None:
        return ""
    if isinstance(figure, float) and abs(figure) < 1000:
        return f"{figure:.3g}"
    return figure if isinstance(figure, str) else f"{figure:,.0f}"
