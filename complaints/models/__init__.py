"""The table of the Libro de Reclamaciones."""

from complaints.models.sheets import Complaint, ComplaintKind, Item, sheet_code

__all__ = ["Complaint", "ComplaintKind", "Item", "sheet_code"]
