"""Content packages: the same bytes each time, a manifest as its schema orders it, and no sign that XML forbids."""

from __future__ import annotations

import io
from zipfile import ZipFile

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from quizgen.export.packages import Dialect, Resource, packed_into, xml_text

SPACE = "http://www.imsglobal.org/xsd/imscp_v1p1"
DIALECT = Dialect(SPACE, "QTIv2.1 Package", "1.0.0", f"{SPACE} imscp_v1p2.xsd")
RESOURCES = [
    Resource("R1", "imsqti_xmlv1p2", "a/a.xml", ("a/b.png",), ("R2",)),
    Resource("R2", "webcontent", files=("c.css",)),
]


def written(resources=RESOURCES):
    out = io.BytesIO()
    with packed_into(out) as package:
        package.add("a/a.xml", b"<a/>")
        with package.member("c.css") as stream:
            stream.write(b"p")
            stream.write(b"{}")
        package.add_manifest(DIALECT, "M1", iter(resources))
    return out.getvalue()


def test_the_same_parts_give_the_same_bytes_and_no_dates():
    assert written() == written()
    packed = ZipFile(io.BytesIO(written()))
    assert packed.testzip() is None
    assert packed.namelist() == ["a/a.xml", "c.css", "imsmanifest.xml"]
    assert packed.read("c.css") == b"p{}"
    assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.create_system for entry in packed.infolist()} == {3}


def test_the_manifest_lists_every_file_in_the_order_of_the_schema():
    manifest = ZipFile(io.BytesIO(written())).read("imsmanifest.xml").decode()
    expected = f"""<manifest xmlns="{SPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" identifier="M1"
      xsi:schemaLocation="{SPACE} imscp_v1p2.xsd">
      <metadata><schema>QTIv2.1 Package</schema><schemaversion>1.0.0</schemaversion></metadata>
      <organizations/>
      <resources>
        <resource identifier="R1" type="imsqti_xmlv1p2" href="a/a.xml">
          <file href="a/a.xml"/><file href="a/b.png"/><dependency identifierref="R2"/>
        </resource>
        <resource identifier="R2" type="webcontent"><file href="c.css"/></resource>
      </resources></manifest>"""
    assert etree.canonicalize(manifest) == etree.canonicalize(expected, strip_text=True)


@given(st.text(st.characters(codec=None), max_size=30))
def test_any_text_can_stand_in_xml(text):
    element = etree.Element("a")
    element.text = xml_text(text)
    assert len(element.text) == len(text)
    assert etree.fromstring(etree.tostring(element, encoding="utf-8")).tag == "a"


def test_what_xml_allows_is_left_alone():
    text = "a\tb\nc\u202e]]>\ue000\U0001f600é"
    assert xml_text(text) == text
    assert xml_text("\x00\x1b\ufffe\uffff\ud800") == "\ufffd" * 5
