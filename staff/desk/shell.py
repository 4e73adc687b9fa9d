"""The bar on every page of the staff: eight sections, each with the places that this person may use."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.urls import NoReverseMatch, reverse

from members.models import User


@dataclass(frozen=True)
class Place:
    """A page of the bar: its URL name, words, the permission it takes, and a query of the address."""

    name: str
    words: str
    permission: str = ""
    query: str = ""

    @property
    def url(self) -> str:
        """Its address without the query; "" for a page that this portal does not have."""
        try:
            return reverse(self.name)
        except NoReverseMatch:
            return ""


@dataclass(frozen=True)
class Section:
    words: str
    places: Sequence[Place]
    #: Beginnings of addresses that belong here and are not below one of the places.
    below: Sequence[str] = ()


@dataclass(frozen=True)
class Link:
    words: str
    url: str
    here: bool


@dataclass(frozen=True)
class Bar:
    """What the template draws: the sections, and the places of the section that is open."""

    sections: Sequence[Link]
    places: Sequence[Link] = field(default_factory=tuple)


def _table(app_and_model: str, words: str, query: str = "") -> Place:
    """A list of Django's admin: app_model."""
    app, _, model = app_and_model.partition("_")
    return Place(f"admin:{app_and_model}_changelist", words, f"{app}.view_{model}", query)


SECTIONS = (
    Section("Inicio", (Place("admin:index", "Inicio"),)),
    Section(
        "Colegiados",
        (
            Place("staff_search", "Buscar", "members.view_member"),
            _table("members_claim", "Solicitudes de registro", "estado=waiting"),
            _table("members_assignmentreport", "Avisos de CMP equivocado", "estado=abiertos"),
            _table("members_user", "Cuentas"),
            _table("complaints_complaint", "Libro de Reclamaciones"),
        ),
        below=("/admin/colegiados/", "/admin/webmaster/"),
    ),
    Section(
        "Pagos",
        (
            Place("staff_payments", "Pagos", "payments.view_attempt"),
            Place("staff_proposals", "Por aprobar", "payments.view_refundproposal"),
            Place("staff_chargebacks", "Contracargos", "payments.view_chargeback"),
            Place("staff_duplicates", "Posibles duplicados", "payments.view_attempt"),
            Place("staff_elsewhere", "Registrados a mano", "payments.view_offlinepayment"),
            Place("staff_file_reversals", "Pagos por archivo", "payments.view_filereversal"),
        ),
    ),
    Section(
        "Comprobantes y SUNAT",
        (
            Place("staff_sunat", "Ante SUNAT", "receipts.view_filing"),
            _table("receipts_receipt", "Comprobantes"),
            _table("receipts_credit", "Notas de crédito por emitir"),
            _table("receipts_delivery", "Envíos por correo"),
            _table("receipts_attestation", "Constancias de pagos"),
            _table("receipts_standingcertificate", "Constancias de habilidad"),
        ),
    ),
    Section(
        "Cuotas",
        (
            _table("dues_due", "Cuotas"),
            _table("dues_settlement", "Pagos de cuotas"),
            _table("dues_exemption", "Exoneraciones y actos"),
            _table("dues_surplus", "Saldos a favor"),
            _table("dues_coveredperson", "Personas cubiertas"),
            Place("staff_reminders", "Recordatorios", "payments.view_reminderstep"),
        ),
    ),
    Section(
        "Archivos",
        (
            _table("dues_dataload", "Cargas"),
            _table("dues_unidentifiedpayment", "Por identificar"),
            Place("staff_debts", "Deudas al banco", "dues.write_debts_file"),
            Place("staff_settlements", "Liquidaciones", "payments.view_payoutreport"),
            Place("staff_deposits", "Depósitos", "payments.view_payoutreport"),
        ),
    ),
    Section(
        "Informes",
        (
            Place("informes", "Informes", "staff.see_declines"),
            Place("staff_closes", "Cierre diario", "payments.view_dailyclose"),
        ),
    ),
    Section(
        "Configuración",
        (
            Place("staff_tables", "Tablas"),
            Place("staff_golive", "Puesta en marcha", "payments.view_confirmation"),
        ),
        below=("/admin/",),
    ),
)


def bar(user: User, path: str) -> Bar:
    """The bar for this person on this page. A section leads to its first place that the person may use."""
    offered = [(section, list(_offered(section, user))) for section in SECTIONS]
    offered = [(section, places) for section, places in offered if places]
    current = max((pair[0] for pair in offered), key=lambda section: _nearness(section, path), default=None)
    nearest = max((_near(place.url, path) for section in SECTIONS for place in section.places), default=0)
    sections = [Link(section.words, _address(places[0]), section is current) for section, places in offered]
    places = next((places for section, places in offered if section is current), [])
    links = [Link(place.words, _address(place), 0 < nearest == _near(place.url, path)) for place in places]
    return Bar(sections, links if len(links) > 1 else ())


def _offered(section: Section, user: User) -> Iterator[Place]:
    return (
        place for place in section.places if place.url and (not place.permission or user.has_perm(place.permission))
    )


def _address(place: Place) -> str:
    return f"{place.url}?{place.query}" if place.query else place.url


def _nearness(section: Section, path: str) -> int:
    """How many letters of the address belong to the section; the home page belongs to itself alone."""
    own = (_near(place.url, path) for place in section.places)
    return max(*own, *(len(start) for start in section.below if path.startswith(start)), 0)


def _near(url: str, path: str) -> int:
    if url == reverse("admin:index"):
        return len(url) + 1 if path == url else 0
    return len(url) if url and path.startswith(url) else 0
