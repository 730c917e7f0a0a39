"""Content packages: a zip whose members bear no dates, and the manifest that lists them.

IMS Content Packaging is the same in every version of QTI but for its namespace and two words of metadata. Members are
written as they come, one after another: the same exam gives the same bytes, and nothing is held in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from lxml import etree

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say; the same exam, the same bytes
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(frozen=True)
class Resource:
    """A resource of a package; `files`: those besides `href`; `needs`: identifiers of the resources it rests on."""

    identifier: str
    type: str
    href: str = ""
    files: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dialect:
    """How a version of QTI writes its manifest; `located`: what `xsi:schemaLocation` says, if anything."""

    namespace: str
    schema: str
    version: str
    located: str = ""

    @property
    def spaces(self) -> dict[str, str]:
        """The namespace of elements, unprefixed."""
        return {None: self.namespace}  # type: ignore[dict-item]  # lxml's stubs know prefixed ones only


class Package:
    """A zip that is being written.

    >>> import io
    >>> with ZipFile(out := io.BytesIO(), "w") as packed:
    ...     Package(packed).add("a.txt", b"A")
    >>> ZipFile(out).getinfo("a.txt").date_time
    (1980, 1, 1, 0, 0, 0)
    """

    def __init__(self, packed: ZipFile) -> None:
        self._packed = packed

    @contextmanager
    def member(self, name: str) -> Iterator[IO[bytes]]:
        """A stream into a new member; only one is open at a time."""
        with self._packed.open(_entry(name), "w", force_zip64=True) as stream:
            yield stream

    def add(self, name: str, data: bytes) -> None:
        """Write a member whole."""
        self._packed.writestr(_entry(name), data)

    def add_manifest(self, dialect: Dialect, identifier: str, resources: Iterable[Resource]) -> None:
        """Write `imsmanifest.xml`; its resources may be made as they are asked for."""
        spaces = dialect.spaces | ({"xsi": _XSI} if dialect.located else {})
        located = {f"{{{_XSI}}}schemaLocation": dialect.located} if dialect.located else {}
        with self.member("imsmanifest.xml") as stream, etree.xmlfile(stream, encoding="utf-8") as xml:
            xml.write_declaration()
            with xml.element(_name(dialect, "manifest"), {"identifier": identifier, **located}, nsmap=spaces):
                xml.write(_metadata(dialect))
                xml.write(etree.Element(_name(dialect, "organizations"), nsmap=dialect.spaces))
                with xml.element(_name(dialect, "resources")):
                    for resource in resources:
                        xml.write(_resource(dialect, resource))


@contextmanager
def packed_into(out: BinaryIO) -> Iterator[Package]:
    """A package that is written into a stream."""
    with ZipFile(out, "w", ZIP_DEFLATED) as packed:
        yield Package(packed)


def xml_text(text: str) -> str:
    r"""A text without the signs that XML has no place for; where one stood, the sign for that stands.

    >>> xml_text("a\x00b\ud800")
    'a\ufffdb\ufffd'
    """
    return _NO_XML.sub("\ufffd", text)


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _EPOCH)
    entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, 3, 0o644 << 16
    return entry


def _name(dialect: Dialect, name: str) -> str:
    return f"{{{dialect.namespace}}}{name}"


def _metadata(dialect: Dialect) -> etree._Element:
    metadata = etree.Element(_name(dialect, "metadata"), nsmap=dialect.spaces)
    etree.SubElement(metadata, _name(dialect, "schema")).text = dialect.schema
    etree.SubElement(metadata, _name(dialect, "schemaversion")).text = dialect.version
    return metadata


def _resource(dialect: Dialect, resource: Resource) -> etree._Element:
    said = {"identifier": resource.identifier, "type": resource.type}
    if resource.href:
        said["href"] = resource.href
    element = etree.Element(_name(dialect, "resource"), said, nsmap=dialect.spaces)
    for href in (resource.href, *resource.files):
        if href:
            etree.SubElement(element, _name(dialect, "file"), {"href": href})
    for needed in resource.needs:
        etree.SubElement(element, _name(dialect, "dependency"), {"identifierref": needed})
    return element
