"""QTI 2.1 and 3.0, the exchange formats of 1EdTech: packages that TAO, OpenOLAT, Inspera, ONYX and others import."""

from __future__ import annotations

from functools import partial

from quizgen.export.formats import WITHOUT_FORMULAS, Format, Manners
from quizgen.export.qti_names import V2, V3, Version
from quizgen.export.qti_packages import write_package

_MANNERS = Manners(
    closed=True,
    comma="wrong",
    fraction="wrong",
    note="Numbers are compared as intervals, never by a tolerance: players differ in how they read one.",
)


def qti(version: Version) -> Format:
    """The format of a version."""
    return Format(
        name=version.format,
        platform=f"QTI {version.name}",
        ending=".zip",
        kinds=WITHOUT_FORMULAS,
        manners=_MANNERS,
        write=partial(write_package, version),
        tells_mistakes=True,
    )


QTI21 = qti(V2)
QTI30 = qti(V3)
