"""The import of the roll (padrón): who is a member, of which regional council, in which state.

Members are known by their CMP number. One that the file does not name is left as it is.
"""

import re
from datetime import date

from django.db import connection

from base.files.cells import cmp_number, council, day, one_of, person_name, text
from base.files.staging import Check, Counts, Progress, Seen, merge, repeated, stage, unseen
from base.files.tables import Column, Problem, TableFile
from members.models import DocumentType, MemberStatus

NOT_SAID = date.max
# A roll without these columns, or with an empty cell, leaves what is there; a hyphen takes it away.
TAKE_AWAY = "-"
EMAIL = re.compile(r"[^@\s,;<>]+@[a-z0-9-]+(\.[a-z0-9-]+)+")
MOBILE = re.compile(r"9\d{8}")


def email(cell: str) -> str:
    """An e-mail address in small letters, or TAKE_AWAY."""
    address = cell.lower()
    if address != TAKE_AWAY and (len(address) > 254 or not address.isprintable() or not EMAIL.fullmatch(address)):
        raise ValueError(f"«{cell}» no es una dirección de correo")
    return address


def mobile(cell: str) -> str:
    """A Peruvian mobile number as nine digits (`987 654 321`, `+51 987654321`), or TAKE_AWAY."""
    if cell == TAKE_AWAY:
        return cell
    digits = "".join(cell.split()).replace("-", "").removeprefix("+51")
    if not digits.isascii() or not MOBILE.fullmatch(digits):
        raise ValueError(f"«{cell}» no es un celular: son 9 dígitos y empieza con 9")
    return digits


COLUMNS = (
    Column("cmp", cmp_number, "integer"),
    Column("apellidos", person_name(100), "text"),
    Column("nombres", person_name(100), "text"),
    Column(
        "tipo_documento",
        one_of(
            {
                "dni": DocumentType.DNI.value,
                "ce": DocumentType.FOREIGN_CARD.value,
                "pasaporte": DocumentType.PASSPORT.value,
            }
        ),
        "text",
    ),
    Column("numero_documento", text(15), "text"),
    Column("consejo", council, "integer"),
    Column("sede", text(80), "text"),
    Column("fecha_colegiacion", day, "date"),
    Column(
        "estado",
        one_of(
            {
                "activo": MemberStatus.ACTIVE.value,
                "fallecido": MemberStatus.DECEASED.value,
                "retirado": MemberStatus.WITHDRAWN.value,
            }
        ),
        "text",
        default=MemberStatus.ACTIVE.value,
    ),
    Column("fecha_estado", day, "date", default=NOT_SAID),
    Column("correo", email, "text", default=""),
    Column("celular", mobile, "text", default=""),
)

CHECKS = (
    repeated("staged_roll", "cmp"),
    repeated("staged_roll", "tipo_documento", "numero_documento"),
    Check(
        "numero_documento",
        "«{}» no es un DNI: tiene 8 dígitos, quizá se perdió un cero a la izquierda",
        r"SELECT line, numero_documento FROM staged_roll WHERE tipo_documento = '1' AND numero_documento !~ '^\d{8}$'",
    ),
    Check(
        "numero_documento",
        "este documento es del CMP {}",
        """
        SELECT line, member.cmp_number FROM staged_roll
        JOIN members_member AS member ON member.document_type = tipo_documento
          AND member.document_number = numero_documento AND member.cmp_number <> cmp
        """,
    ),
    Check(
        "estado",
        "un familiar tomó la titularidad de SEMEFA desde {} porque este colegiado falleció antes",
        """
        SELECT line, to_char(succession.first_period, 'MM/YYYY') FROM staged_roll
        JOIN members_member AS member ON member.cmp_number = cmp
        JOIN members_succession AS succession ON succession.member_id = member.id AND succession.ended_at IS NULL
        WHERE estado <> 'deceased' OR fecha_estado >= succession.first_period AND fecha_estado < '9999-12-31'
        """,
    ),
    Check(
        "sede",
        "este consejo regional es el de {}",
        """
        SELECT line, coalesce(known.name, first.sede) FROM staged_roll
        JOIN (SELECT DISTINCT ON (consejo) consejo, sede FROM staged_roll ORDER BY consejo, line) AS first
          USING (consejo)
        LEFT JOIN members_regionalcouncil AS known ON known.number = consejo
        WHERE staged_roll.sede <> coalesce(known.name, first.sede)
        """,
    ),
)

NEW_COUNCILS = """
    INSERT INTO members_regionalcouncil (number, roman, name)
    SELECT DISTINCT consejo, to_char(consejo, 'FMRN'), sede FROM staged_roll
    ON CONFLICT (number) DO NOTHING
    RETURNING true
"""

# Dues end with the month in which a member left. If the file gives no date, we use the day on which it first reported
# the change.
NOT_IN_THE_FILE = """
    UPDATE staged_roll SET fecha_estado = CASE
        WHEN estado = 'active' THEN NULL
        WHEN fecha_estado <> %s THEN fecha_estado
        WHEN known.status = 'active' THEN (now() AT TIME ZONE 'America/Lima')::date
        ELSE known.left_date END,
        correo = CASE correo WHEN '' THEN known.email WHEN '-' THEN '' ELSE correo END,
        celular = CASE celular WHEN '' THEN known.mobile WHEN '-' THEN '' ELSE celular END
    FROM (SELECT number.cmp, member.status, member.left_date, coalesce(member.email, '') AS email,
                 coalesce(member.mobile, '') AS mobile
          FROM staged_roll AS number LEFT JOIN members_member AS member ON member.cmp_number = number.cmp) AS known
    WHERE known.cmp = staged_roll.cmp
"""

# Who was gone and is back: the absence stays on record, because its months are not owed.
RETURNED = """
    INSERT INTO members_absence (member_id, left_on, returned_on)
    SELECT member.id, member.left_date, (now() AT TIME ZONE 'America/Lima')::date
    FROM staged_roll JOIN members_member AS member ON member.cmp_number = cmp
    WHERE estado = 'active' AND member.status <> 'active'
      AND member.left_date <= (now() AT TIME ZONE 'America/Lima')::date
    ON CONFLICT (member_id, left_on) DO NOTHING
    RETURNING true
"""

MEMBERS = """
    INSERT INTO members_member AS member (cmp_number, surnames, given_names, document_type, document_number,
                                          regional_council_id, registered_date, status, left_date, email, mobile)
    SELECT cmp, apellidos, nombres, tipo_documento, numero_documento, consejo, fecha_colegiacion, estado, fecha_estado,
           correo, celular
    FROM staged_roll ORDER BY cmp
    ON CONFLICT (cmp_number) DO UPDATE SET
        surnames = excluded.surnames, given_names = excluded.given_names,
        document_type = excluded.document_type, document_number = excluded.document_number,
        regional_council_id = excluded.regional_council_id, registered_date = excluded.registered_date,
        status = excluded.status, left_date = excluded.left_date, email = excluded.email, mobile = excluded.mobile
    WHERE (member.surnames, member.given_names, member.document_type, member.document_number,
           member.regional_council_id, member.registered_date, member.status, member.left_date, member.email,
           member.mobile)
       IS DISTINCT FROM
          (excluded.surnames, excluded.given_names, excluded.document_type, excluded.document_number,
           excluded.regional_council_id, excluded.registered_date, excluded.status, excluded.left_date,
           excluded.email, excluded.mobile)
    RETURNING (xmax = 0)
"""


def load(file: TableFile, *, progress: Progress, rejected: list[Problem] | None = None, seen: Seen = unseen) -> Counts:
    """Merge the roll in the caller's transaction. Raises BadTable; then nothing changed. With `rejected`, see stage."""
    staged = stage("staged_roll", COLUMNS, file, progress=progress, checks=CHECKS, rejected=rejected, seen=seen)
    merge(NEW_COUNCILS)
    with connection.cursor() as cursor:
        cursor.execute(NOT_IN_THE_FILE, [NOT_SAID])
    merge(RETURNED)
    added, changed = merge(MEMBERS)
    return Counts(staged.rows, added, changed)
