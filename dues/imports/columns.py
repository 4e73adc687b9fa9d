"""What the columns of several files have in common."""

from base.files.cells import one_of
from dues.models import Act

ACT = one_of(
    {
        "exoneracion": Act.EXONERATION.value,
        "condonacion": Act.CONDONATION.value,
        "anulacion": Act.ANNULMENT.value,
    }
)

# --- Dues

# Whose amount stands: a tariff that rises later never changes what was paid, ahead or in time.
BEING_PAID = """
    (EXISTS (SELECT FROM dues_settlement AS s WHERE s.due_id = due.id AND s.reversed_at IS NULL)
     OR EXISTS (SELECT FROM dues_hold AS hold WHERE hold.due_id = due.id))
"""
