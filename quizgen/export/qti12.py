"""The pieces of a QTI 1.2 item as Canvas reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from lxml import etree

from quizgen.export.decimals import Within, plain
from quizgen.export.packages import xml_text

Element = etree._Element
_GENERAL = "general_fb"  # the comment that stands whatever was answered


def item_of(ident: str, title: str, kind: str, points: Fraction, html: str) -> tuple[Element, Element]:
    """An item with its text, and its `presentation`, into which the places to answer go."""
    item = etree.Element("item", {"ident": ident, "title": xml_text(title)})
    fields = {"question_type": kind, "points_possible": decimal(points)}
    metadata = etree.SubElement(etree.SubElement(item, "itemmetadata"), "qtimetadata")
    for label, entry in fields.items():
        one = etree.SubElement(metadata, "qtimetadatafield")
        etree.SubElement(one, "fieldlabel").text = label
        etree.SubElement(one, "fieldentry").text = entry
    presentation = etree.SubElement(item, "presentation")
    add_material(presentation, html)
    return item, presentation


def add_material(parent: Element, text: str, kind: str = "text/html") -> None:
    """A text; HTML stands in it as a text, too."""
    material = etree.SubElement(parent, "material")
    etree.SubElement(material, "mattext", {"texttype": kind}).text = xml_text(text)


def add_field(presentation: Element, ident: str, fibtype: str) -> None:
    """A box to type into."""
    response = etree.SubElement(presentation, "response_str", {"ident": ident, "rcardinality": "Single"})
    rendered = etree.SubElement(response, "render_fib", {"fibtype": fibtype})
    etree.SubElement(rendered, "response_label", {"ident": "answer1", "rshuffle": "No"})


def add_options(presentation: Element, ident: str, options: Iterable[tuple[str, str]], name: str = "") -> None:
    """Options with their idents, of which one is chosen; `name`: the blank of the text that they stand for."""
    response = etree.SubElement(presentation, "response_lid", {"ident": ident, "rcardinality": "Single"})
    if name:
        add_material(response, name, "text/plain")
    rendered = etree.SubElement(response, "render_choice")
    for option, text in options:
        add_material(etree.SubElement(rendered, "response_label", {"ident": option}), text, "text/plain")


def add_processing(item: Element, comment: str) -> Element:
    """Where the conditions go; a comment is shown whatever was answered."""
    processing = etree.SubElement(item, "resprocessing")
    outcomes = etree.SubElement(processing, "outcomes")
    said = {"maxvalue": "100", "minvalue": "0", "varname": "SCORE", "vartype": "Decimal"}
    etree.SubElement(outcomes, "decvar", said)
    if comment:
        condition = etree.SubElement(processing, "respcondition", {"continue": "Yes"})
        etree.SubElement(etree.SubElement(condition, "conditionvar"), "other")
        shown = {"feedbacktype": "Response", "linkrefid": _GENERAL}
        etree.SubElement(condition, "displayfeedback", shown)
    return processing


def add_comment(item: Element, comment: str) -> None:
    """The comment itself; it stands behind the processing."""
    if comment:
        feedback = etree.SubElement(item, "itemfeedback", {"ident": _GENERAL})
        add_material(etree.SubElement(feedback, "flow_mat"), comment)


def add_equal(processing: Element, ident: str, right: Iterable[str], share: str, action: str) -> None:
    """Each of some texts or options is right, and earns so many of a hundred: one condition, as Canvas writes it."""
    variables = _condition(processing, share, action)
    for text in right:
        etree.SubElement(variables, "varequal", {"respident": ident}).text = xml_text(text)


def add_range(processing: Element, ident: str, within: Within) -> None:
    """A number is right within an interval.

    Canvas takes the number from `varequal` and the margin from the upper end; a lone `varequal` it does not read.
    """
    either = etree.SubElement(_condition(processing, "100", "Set"), "or")
    box = {"respident": ident}
    etree.SubElement(either, "varequal", box).text = plain(within.right)
    both = etree.SubElement(either, "and")
    etree.SubElement(both, "vargte", box).text = plain(within.low)
    etree.SubElement(both, "varlte", box).text = plain(within.high)


def add_by_hand(processing: Element) -> None:
    """Whatever is written waits for a person."""
    condition = etree.SubElement(processing, "respcondition", {"continue": "No"})
    etree.SubElement(etree.SubElement(condition, "conditionvar"), "other")


def decimal(points: Fraction) -> str:
    """Points as a decimal.

    >>> decimal(Fraction(6)), decimal(Fraction(1, 3))
    ('6', '0.333333')
    """
    text = f"{float(points):.6f}"
    return text.rstrip("0").rstrip(".")


def shares(count: int) -> Sequence[str]:
    """A hundred, split evenly, as Canvas writes it.

    >>> shares(3)
    ('33.33', '33.33', '33.34')
    """
    each = round(100 / count, 2)
    return (*[f"{each:.2f}"] * (count - 1), f"{100 - each * (count - 1):.2f}")


def _condition(processing: Element, share: str, action: str) -> Element:
    """A condition with what it earns; the variables go into what this gives."""
    condition = etree.SubElement(processing, "respcondition", {"continue": "No" if action == "Set" else "Yes"})
    variables = etree.SubElement(condition, "conditionvar")
    etree.SubElement(condition, "setvar", {"action": action, "varname": "SCORE"}).text = share
    return variables
