"""Receipts as SUNAT reads them: UBL 2.1 documents, and the summaries and voidings that name many of them.

Pure: from what a document states to an XML tree with an empty place for the signature
(receipts/tax_office/signature.py).
"""
