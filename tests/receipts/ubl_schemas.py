"""The schemas of tests/receipts/schemas, read from their archive."""

import io
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

FOLDER = Path(__file__).parent / "schemas"
MAIN = {
    "Invoice": "xsd-2.1/maindoc/UBL-Invoice-2.1.xsd",
    "CreditNote": "xsd-2.1/maindoc/UBL-CreditNote-2.1.xsd",
    "ApplicationResponse": "xsd-2.1/maindoc/UBL-ApplicationResponse-2.1.xsd",
    "SummaryDocuments": "summary.xsd",
    "VoidedDocuments": "voiding.xsd",
}


class _Archive(etree.Resolver):
    """Answers for every schemaLocation from the archive or the folder, and never from elsewhere."""

    def resolve(self, url: str, public_id: str | None, context: Any) -> Any:  # noqa: ARG002 - lxml's interface
        return self.resolve_string(_read(url.removeprefix("schemas:/")), context, base_url=url)


def _read(name: str) -> bytes:
    own = FOLDER / name
    if own.exists():
        return own.read_bytes()
    with zipfile.ZipFile(FOLDER / "ubl.zip") as archive:
        return archive.read(name)


@cache
def schema(document: str) -> etree.XMLSchema:
    """The schema of a root element, by its name."""
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Archive())
    name = MAIN[document]
    return etree.XMLSchema(etree.parse(io.BytesIO(_read(name)), parser, base_url=f"schemas:/{name}"))


def complaints(content: bytes) -> list[str]:
    """What the schema of this document finds wrong in it."""
    root = etree.fromstring(content)
    judge = schema(etree.QName(root).localname)
    judge.validate(root)
    return [f"{error.line}: {error.message}" for error in judge.error_log]
