"""Everything the portal knows about one account, for its person to take along (right of access, Ley 29733).

Of the roll and the dues only the physician the account pays for now, and not while it says that this is not its own:
what it sees by mistake belongs to somebody else.
"""

from collections.abc import Collection
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import QuerySet
from django.utils import timezone

from complaints.models import Complaint
from dues import successions
from dues.models import CoveredPerson, Due, Exemption, Kind, Settlement, Surplus, UnidentifiedPayment
from members.login import sessions
from members.models import Assignment, AssignmentReport, Claim, Member, Succession, User
from members.numbers import assignments
from payments.models import (
    Attempt,
    AutomaticCharge,
    AutomaticEvent,
    AutomaticPlan,
    OfflinePayment,
    Order,
    OrderLine,
)
from receipts.models import Attestation, Delivery, Receipt, StandingCertificate

Rows = list[dict[str, Any]]


def of(user: User) -> dict[str, Any]:
    """The copy, in the words of the pages; money as text with two places, times in UTC. No secret is in it."""
    whom = assignments.pays_for(user)
    return {
        "generado": timezone.now(),
        "cuenta": _account(user),
        "colegiado": _member(whom.member, successions.kinds_of(whom.succession)) if whom.member else None,
        "pedidos": _orders(user),
        "pagos_automaticos": _automatic(user),
        "comprobantes": _receipts(user),
        "hojas_de_reclamacion": _rows(
            Complaint.objects.filter(user=user).order_by("made_at"),
            presentada="made_at",
            tipo="kind",
            detalle="detail",
            pedido="request",
            respuesta="answer",
        ),
    }


def _rows(rows: "QuerySet[Any]", **fields: str) -> Rows:
    """Each row with the page's word for each field; a field behind relations by its path."""
    return [dict(zip(fields, row, strict=True)) for row in rows.values_list(*fields.values())]


def _account(user: User) -> dict[str, Any]:
    return {
        "correo": user.email,
        "nombre": user.name,
        "registrada": user.date_joined,
        "ultimo_ingreso": user.last_login,
        "correos": _rows(EmailAddress.objects.filter(user=user), correo="email", confirmado="verified"),
        "segundos_pasos": _rows(
            Authenticator.objects.filter(user=user), tipo="type", agregado="created_at", usado="last_used_at"
        ),
        "ingresos": [
            {"desde": opening.at, "direccion_ip": opening.address, "navegador": opening.program}
            for opening in sessions.openings(user)
        ],
        "solicitudes_de_registro": _claims(user),
        "asignaciones": _rows(
            Assignment.objects.filter(user=user).order_by("started_at"),
            cmp="member__cmp_number",
            desde="started_at",
            hasta="ended_at",
            motivo="reason",
        ),
        "sucesiones_de_semefa": _rows(
            Succession.objects.filter(user=user).order_by("recorded_at"),
            cmp="member__cmp_number",
            desde="first_period",
            tipo_documento="document_type",
            documento="document_number",
            nombre="name",
            adjunto="attachment_type",
            motivo="reason",
            terminada="ended_at",
        ),
        "reportes_de_cmp": _rows(
            AssignmentReport.objects.filter(user=user).order_by("opened_at"),
            cmp="member__cmp_number",
            nota="note",
            adjunto="attachment_type",
            abierto="opened_at",
            cerrado="closed_at",
            respuesta="answer",
        ),
    }


def _claims(user: User) -> Rows:
    return _rows(
        Claim.objects.filter(user=user).order_by("made_at"),
        cmp="cmp_number",
        tipo_documento="document_type",
        documento="document_number",
        nombres="given_names",
        apellidos="surnames",
        estado="state",
        prueba="proof",
        registrada="made_at",
        decidida="decided_at",
        respuesta="answer",
    )


def _member(member: Member, kinds: Collection[str]) -> dict[str, Any]:
    """The roll's row with its dues of these kinds: who took over a SEMEFA did not take over the rest."""
    return _on_the_roll(member) | _dues(member, kinds) | _acts_and_covers(member, kinds) | _money(member, kinds)


def _on_the_roll(member: Member) -> dict[str, Any]:
    return {
        "cmp": member.cmp_number,
        "nombres": member.given_names,
        "apellidos": member.surnames,
        "tipo_documento": member.get_document_type_display(),
        "documento": member.document_number,
        "consejo_regional": str(member.regional_council),
        "fecha_de_colegiacion": member.registered_date,
        "estado": member.get_status_display(),
        "correo_del_padron": member.email,
        "celular_del_padron": member.mobile,
    }


def _acts_and_covers(member: Member, kinds: Collection[str]) -> dict[str, Rows]:
    return {
        "exoneraciones": _rows(
            Exemption.objects.filter(member=member, kind__in=kinds),
            tipo="kind",
            desde="first_period",
            hasta="last_period",
            motivo="reason",
        ),
        "cubiertos_por_semefa": _rows(
            CoveredPerson.objects.filter(member=member),
            nombre="name",
            parentesco="relationship",
            nacimiento="birth_date",
        ),
    }


def _money(member: Member, kinds: Collection[str]) -> dict[str, Rows]:
    """What was paid outside the portal, waits to be identified, or belongs to the member."""
    return {
        "pagos_por_identificar": _rows(
            _waiting_payments(member, kinds),
            monto="amount",
            canal="channel",
            referencia="reference",
            codigo_en_el_archivo="code",
            nombre_en_el_archivo="payer",
            tipo="kind",
            mes="period",
            pagado="paid_at",
            por_que_espera="reason",
            resuelto="resolved_at",
            como_se_resolvio="resolution",
        ),
        "saldos_a_favor": _rows(
            Surplus.objects.filter(member=member, due__kind__in=kinds),
            monto="amount",
            canal="channel",
            referencia="reference",
            resuelto="resolved_at",
        ),
        "pagos_fuera_del_portal": _rows(
            OfflinePayment.objects.filter(member=member),
            canal="channel",
            operacion="reference",
            fecha="paid_on",
            monto="amount",
        ),
    }


def _dues(member: Member, kinds: Collection[str]) -> dict[str, Rows]:
    return {
        "cuotas": _rows(
            Due.objects.filter(member=member, kind__in=kinds).order_by("period", "kind"),
            tipo="kind",
            mes="period",
            monto="amount",
            vence="due_date",
            base="basis",
        ),
        "pagos_de_cuotas": _rows(
            Settlement.objects.filter(due__member=member, due__kind__in=kinds).order_by("paid_at"),
            tipo="due__kind",
            mes="due__period",
            monto="amount",
            canal="channel",
            referencia="reference",
            pagada="paid_at",
            revertida="reversed_at",
        ),
    }


_OF_THE_BUYER = ("correo", "documento_comprador", "comprador", "direccion_comprador")
_OF_THE_PAYER = ("tarjeta", "marca", "celular_yape", "cuotas_de_la_tarjeta", "direccion_ip")


def _orders(user: User) -> Rows:
    orders = _rows(
        Order.objects.filter(user=user).order_by("created_at"),
        id="pk",
        referencia="ref",
        cmp="member__cmp_number",
        tipo="kind",
        total="total",
        moneda="currency",
        estado="state",
        creado="created_at",
        pagado="paid_at",
        de_otra_persona="paid_by_other",
        correo="email",
        documento_comprador="buyer_document_number",
        comprador="buyer_name",
        direccion_comprador="buyer_address",
        terminos="terms_version",
        aceptados="terms_accepted_at",
    )
    lines = _by_order(OrderLine.objects.filter(order__user=user), mes="period", monto="amount")
    attempts = _by_order(
        Attempt.objects.filter(order__user=user).order_by("created_at"),
        numero_de_pedido="purchase_number",
        monto="amount",
        estado="state",
        creado="created_at",
        tarjeta="card",
        marca="brand",
        forma_de_pago="way",
        celular_yape="yape_phone_end",
        cuotas_de_la_tarjeta="instalments",
        direccion_ip="client_address",
        devuelto="given_back",
    )
    for order in orders:
        order |= {"cuotas": lines.get(order["id"], []), "intentos": attempts.get(order.pop("id"), [])}
        if order["de_otra_persona"]:
            _without_the_payer(order)
    return orders


def _automatic(user: User) -> dict[str, Rows]:
    """What was agreed, with which card, and what came of it; the code that charges the card is a secret."""
    plans = AutomaticPlan.objects.filter(user=user).order_by("pk")
    return {
        "acuerdos": _rows(
            plans,
            cmp="member__cmp_number",
            tipos="kinds",
            tope="ceiling",
            dia="day",
            texto="text_version",
            aceptado="consented_at",
            estado="state",
            detenido="stopped_at",
            motivo="stop_reason",
            marca="brand",
            ultimos_cuatro="last_four",
            vencimiento="card_expires",
        ),
        "historia": _rows(
            AutomaticEvent.objects.filter(plan__user=user).order_by("at", "pk"), fecha="at", que="what", acuerdo="terms"
        ),
        "cobros": _rows(
            AutomaticCharge.objects.filter(plan__user=user).order_by("month", "pk"),
            tipo="kind",
            fecha="charge_on",
            monto="amount",
            tarjeta="card",
            estado="state",
            motivo="reason",
        ),
    }


def _without_the_payer(order: dict[str, Any]) -> None:
    """Takes out what whoever paid by a link typed, or paid with: it is that person's, not the member's."""
    order |= dict.fromkeys(_OF_THE_BUYER, None)
    for attempt in order["intentos"]:
        attempt |= dict.fromkeys(_OF_THE_PAYER, None)


def _by_order(rows: "QuerySet[Any]", **fields: str) -> dict[int, Rows]:
    rows_by_order: dict[int, Rows] = {}
    for row in _rows(rows, **fields, order="order_id"):
        rows_by_order.setdefault(row.pop("order"), []).append(row)
    return rows_by_order


def _waiting_payments(member: Member, kinds: Collection[str]) -> "QuerySet[UnidentifiedPayment]":
    """Rows matched to the member; who took over a SEMEFA sees only what the file calls SEMEFA."""
    named = kinds if set(kinds) < set(Kind) else ["", *kinds]
    return UnidentifiedPayment.objects.filter(member=member, kind__in=named).order_by("recorded_at")


def _receipts(user: User) -> dict[str, Rows]:
    own = Receipt.objects.filter(order__user=user, order__paid_by_other=False)
    return {
        "constancias": _rows(
            Attestation.objects.filter(author=user).order_by("issued_at"),
            desde="first_day",
            hasta="last_day",
            total="total",
            emitida="issued_at",
            codigo="code",
        ),
        "constancias_de_habilidad": _rows(
            StandingCertificate.objects.filter(author=user).order_by("issued_at"),
            emitida="issued_at",
            vale_hasta="valid_until",
            codigo="code",
            anulada="revoked_at",
            motivo="revocation_reason",
        ),
        "emitidos": _rows(
            own.order_by("issued_at"),
            numero="name",
            emitido="issued_at",
            comprador="buyer_name",
            total="total",
            contenido="statement",
        ),
        "envios": _rows(
            Delivery.objects.filter(receipt__in=own).order_by("queued_at"),
            comprobante="receipt__name",
            correo="email",
            estado="state",
            enviado="sent_at",
        ),
    }
