"""How each version of QTI spells what both of them know: elements and attributes, namespaces, kinds of resources."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from quizgen.export.packages import Dialect, xml_text

_HUMP = re.compile("(?<=[a-z])(?=[A-Z])")
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(frozen=True, eq=False)  # there are two, and texts are remembered by them
class Version:
    """A version of QTI; names are given as 2.1 writes them, and 3.0 writes `qti-response-if` for `responseIf`."""

    name: str
    namespace: str
    schema: str
    manifest: Dialect
    dashed: bool

    @property
    def format(self) -> str:
        """Its name on the command line."""
        return f"qti{self.name.replace('.', '')}"

    @property
    def root(self) -> str:
        """The attributes of a file's first element that say which version this is."""
        located = f'xsi:schemaLocation="{self.namespace} {self.schema}"'
        return f'xmlns="{self.namespace}" xmlns:xsi="{_XSI}" {located}'

    def resource(self, of: str) -> str:
        """The type of a resource, `item` or `test`."""
        return f"imsqti_{of}_xmlv{self.name.replace('.', 'p')}"

    def element(self, name: str, content: str = "", **attributes: str) -> str:
        """An element; its content is XML, its attributes are texts.

        >>> V3.element("baseValue", "0.5", baseType="float")
        '<qti-base-value base-type="float">0.5</qti-base-value>'
        >>> V2.element("variable", identifier="A&B")
        '<variable identifier="A&amp;B"/>'
        """
        opened, closed = _tags(name, tuple(attributes), self.dashed)
        said = opened % tuple(map(quoted, attributes.values()))
        return f"{said}>{content}{closed}" if content else f"{said}/>"


@lru_cache
def spelled(name: str, dashed: bool) -> str:
    """An attribute's name."""
    return _HUMP.sub("-", name).lower() if dashed else name


@lru_cache
def spelled_tag(name: str, dashed: bool) -> str:
    """An element's name."""
    return f"qti-{spelled(name, dashed)}" if dashed else name


@lru_cache
def _tags(name: str, attributes: tuple[str, ...], dashed: bool) -> tuple[str, str]:
    """How an element begins, with places for the values of its attributes, and how it ends."""
    tag = spelled_tag(name, dashed)
    return f"<{tag}" + "".join(f' {spelled(key, dashed)}="%s"' for key in attributes), f"</{tag}>"


@lru_cache(maxsize=4096)  # most are identifiers
def quoted(text: str) -> str:
    """A text as XML shows it, between tags or in quotation marks."""
    return escape(xml_text(text)) if not text.isalnum() else text


_IMSCP = "http://www.imsglobal.org/xsd/imscp_v1p1"
_IMSCP3 = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
_XSD2 = "http://www.imsglobal.org/xsd/qti/qtiv2p1"
_XSD3 = "https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd"

V2 = Version(
    name="2.1",
    namespace="http://www.imsglobal.org/xsd/imsqti_v2p1",
    schema=f"{_XSD2}/imsqti_v2p1.xsd",
    manifest=Dialect(_IMSCP, "QTIv2.1 Package", "1.0.0", f"{_IMSCP} {_XSD2}/qtiv2p1_imscpv1p2_v1p0.xsd"),
    dashed=False,
)
V3 = Version(
    name="3.0",
    namespace="http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
    schema=f"{_XSD3}/imsqti_asiv3p0_v1p0.xsd",
    manifest=Dialect(_IMSCP3, "QTI Package", "3.0.0", f"{_IMSCP3} {_XSD3}/imsqtiv3p0_imscpv1p2_v1p0.xsd"),
    dashed=True,
)
