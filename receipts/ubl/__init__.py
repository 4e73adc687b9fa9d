"""Receipts as SUNAT reads them: UBL 2.1 documents, and the summaries and voidings that name many of them.

Pure: from what a document states to an XML tree with an empty place for the signature (receipts/signature.py).
"""

from receipts.ubl.documents import CREDIT_NOTE, Document, document_xml
from receipts.ubl.summaries import SummaryLine, VoidedLine, summary_xml, voiding_xml

__all__ = [
    "CREDIT_NOTE",
    "Document",
    "SummaryLine",
    "VoidedLine",
    "document_xml",
    "summary_xml",
    "voiding_xml",
]
