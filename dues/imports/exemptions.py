"""The file of exemptions: its columns, its checks, and how it is merged (docs/imports.md)."""

from base.files.cells import cmp_number, day, month, text
from base.files.staging import Check, Counts, Progress, Seen, merge, repeated, stage, unseen
from base.files.tables import Column, TableFile
from dues import exemptions
from dues.imports.columns import ACT
from dues.imports.payment_files import KIND, Rejected, unknown_member
from dues.models import Act

# --- Exemptions

EXEMPTIONS_COLUMNS = (
    Column("cmp", cmp_number, "integer"),
    Column("tipo", KIND, "text"),
    Column("primer_mes", month, "date"),
    Column("ultimo_mes", month, "date"),
    Column("motivo", text(200), "text"),
    Column("documento", text(100), "text"),
    Column("fecha", day, "date"),
    Column("acto", ACT, "text", default=Act.EXONERATION.value),
)

# The college's file still holds the act that staff revoked here; loading it again must not bring the act back.
REVOKED_ONLY = """
    EXISTS (SELECT FROM dues_exemption AS known JOIN members_member AS owner ON owner.id = known.member_id
            WHERE owner.cmp_number = cmp AND known.kind = tipo AND known.first_period = primer_mes
              AND known.document = documento
            HAVING bool_and(known.revoked_at IS NOT NULL))
"""

EXEMPTIONS_CHECKS = (
    repeated("staged_exemptions", "cmp", "tipo", "primer_mes", "documento"),
    unknown_member("staged_exemptions"),
    Check(
        "ultimo_mes",
        "es anterior al primer mes",
        "SELECT line, ultimo_mes FROM staged_exemptions WHERE ultimo_mes < primer_mes",
    ),
    Check(
        "documento",
        "el acto {} ya está registrado con otros datos",
        """
        SELECT line, documento FROM staged_exemptions
        JOIN members_member AS member ON member.cmp_number = cmp
        JOIN dues_exemption AS known ON known.member_id = member.id AND known.kind = tipo
          AND known.first_period = primer_mes AND known.document = documento AND known.revoked_at IS NULL
        WHERE (known.last_period, known.reason, known.granted_date, known.act) <> (ultimo_mes, motivo, fecha, acto)
        """,
    ),
    Check(
        "documento",
        "el acto {} fue revocado: un archivo no lo vuelve a dar, regístrelo en el portal si corresponde",
        f"SELECT line, documento FROM staged_exemptions WHERE {REVOKED_ONLY}",  # noqa: S608
        note=True,
    ),
)

EXEMPTIONS = f"""
    INSERT INTO dues_exemption (member_id, kind, first_period, last_period, reason, document, granted_date, act)
    SELECT member.id, tipo, primer_mes, ultimo_mes, motivo, documento, fecha, acto
    FROM staged_exemptions JOIN members_member AS member ON member.cmp_number = cmp
    WHERE NOT {REVOKED_ONLY} ORDER BY line
    ON CONFLICT (member_id, kind, first_period, document) WHERE revoked_at IS NULL DO NOTHING
    RETURNING true
"""  # noqa: S608


def load_exemptions(file: TableFile, *, progress: Progress, rejected: Rejected = None, seen: Seen = unseen) -> Counts:
    """`changed` counts the open dues that the acts freed."""
    staged = stage(
        "staged_exemptions",
        EXEMPTIONS_COLUMNS,
        file,
        progress=progress,
        checks=EXEMPTIONS_CHECKS,
        rejected=rejected,
        seen=seen,
    )
    added, _ = merge(EXEMPTIONS)
    return Counts(staged.rows, added, exemptions.apply_to_staged("staged_exemptions"), notes=staged.notes)
