"""A package of QTI: a file for each item, a test that draws one variant of each question, and the manifest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from quizgen.exam.model import Exam
from quizgen.export.formats import WITHOUT_FORMULAS
from quizgen.export.items import Item
from quizgen.export.options import Options
from quizgen.export.packages import Resource, packed_into
from quizgen.export.qti_items import HEAD, item_identifier, item_xml, parts_of
from quizgen.export.qti_names import Version, quoted, spelled_tag
from quizgen.export.unsupported import LeftOut
from quizgen.render.words import words_of

_TEST = "test.xml"


def write_package(
    version: Version, exam: Exam, items: Iterator[Iterator[Item]], options: Options, out: BinaryIO
) -> list[str]:
    """Write a package, item by item as they come; gives what was left out.

    Raises CannotExport for what QTI cannot ask, unless that may be left out.
    """
    left_out = LeftOut(version.format, WITHOUT_FORMULAS, options)
    written: dict[str, list[str]] = {}  # question -> identifiers of its items
    titles: dict[str, str] = {}
    with packed_into(out) as package:
        for variants in items:
            for item in variants:
                if not (parts := parts_of(item, left_out.asked(item), exam.grader, options)):
                    continue
                written.setdefault(item.question, []).append(identifier := item_identifier(item))
                titles[item.question] = item.section.title
                package.add(_file(identifier), item_xml(version, item, parts, options).encode())
        package.add(_TEST, _test(version, exam, written, titles).encode())
        package.add_manifest(version.manifest, f"M-{exam.id}", _resources(version, exam, written))
    return left_out.told()


def _test(version: Version, exam: Exam, written: dict[str, list[str]], titles: dict[str, str]) -> str:
    """A test: a section for each question, of which one variant is drawn; a section more around a choice."""
    sections = {name: _section(version, name, titles[name], 1, _references(version, written[name])) for name in written}
    for number, pick in enumerate(exam.picks, start=1):
        if inner := [sections.pop(name) for name in pick.questions if name in sections]:
            first = next(name for name in pick.questions if name in written)
            title, content = words_of(exam.language).say("export-choice"), "".join(inner)
            choice = _section(version, f"CHOICE_{number}", title, min(pick.count, len(inner)), content)
            sections[first] = choice
    order = [sections[name] for name in written if name in sections]
    control = version.element("itemSessionControl", maxAttempts="1")
    part = version.element(
        "testPart", control + "".join(order), identifier="PART", navigationMode="nonlinear", submissionMode="individual"
    )
    root = spelled_tag("assessmentTest", version.dashed)
    said = f'identifier="{_identifier(exam)}" title="{quoted(exam.title)}"'
    return f"{HEAD}<{root} {version.root} {said}>{_score(version)}{part}{_total(version)}</{root}>\n"


def _section(version: Version, identifier: str, title: str, select: int, content: str) -> str:
    chosen = version.element("selection", select=str(select))
    return version.element("assessmentSection", chosen + content, identifier=identifier, title=title, visible="true")


def _references(version: Version, identifiers: list[str]) -> str:
    return "\n".join(version.element("assessmentItemRef", identifier=name, href=_file(name)) for name in identifiers)


def _score(version: Version) -> str:
    value = version.element("defaultValue", version.element("value", "0"))
    return version.element("outcomeDeclaration", value, identifier="SCORE", cardinality="single", baseType="float")


def _total(version: Version) -> str:
    """The points of the test: those of its items."""
    scores = version.element("sum", version.element("testVariables", variableIdentifier="SCORE"))
    return version.element("outcomeProcessing", version.element("setOutcomeValue", scores, identifier="SCORE"))


def _resources(version: Version, exam: Exam, written: dict[str, list[str]]) -> Iterator[Resource]:
    """The test and its items; identifiers of files, `R-…`, are others than those inside."""
    items = [name for names in written.values() for name in names]
    needs = tuple(f"R-{name}" for name in items)
    yield Resource(f"R-{_identifier(exam)}", version.resource("test"), _TEST, needs=needs)
    for name in items:
        yield Resource(f"R-{name}", version.resource("item"), _file(name))


def _identifier(exam: Exam) -> str:
    """The exam as an identifier: a letter and part of its hash."""
    return f"T-{exam.id[:24]}"


def _file(identifier: str) -> str:
    return f"items/{identifier}.xml"
