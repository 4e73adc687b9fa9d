"""Parses XML from outside: no entities, no document types, no network, no huge files."""

from lxml import etree
from lxml.etree import _Element

LARGEST = 5_000_000


class UnsafeXml(ValueError):
    """Not XML, or XML with parts that a message between two programs never needs."""


def parse(content: bytes) -> _Element:
    """Returns the root element. Raises UnsafeXml if the content is not well-formed, too long or has a document type."""
    if len(content) > LARGEST:
        raise UnsafeXml(f"{len(content)} bytes of XML")
    # Each call has its own parser because a parser keeps state. Entities stay unresolved and no DTD is loaded.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnsafeXml(f"not well-formed XML: {error}"[:300]) from error
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise UnsafeXml("XML with a document type")
    return root
