"""The member's payments and receipts, one view a page."""

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dues import successions
from dues.models import Kind
from members.login import sessions
from members.models import Member
from members.requests import AccountRequest
from receipts import attestations as attesting
from receipts import authenticity
from receipts import standing_certificates as certifying
from receipts.delivery import letters
from receipts.exceptions import NothingPaid, ReceiptRule
from receipts.forms import ResendForm
from receipts.history import Entry, entry, orders_of, paid_by_year
from receipts.models import Attestation, Filing, Receipt, StandingCertificate
from receipts.printing import pdf
from receipts.tax_office.filing import filing_name

PAYMENTS_A_PAGE = 10
ATTESTATIONS_SHOWN = 20


@login_required
@require_safe
def history(request: AccountRequest) -> HttpResponse:
    page = Paginator(orders_of(request.user), PAYMENTS_A_PAGE).get_page(request.GET.get("page"))
    entries = [entry(order) for order in page.object_list]
    years = _by_year(entries, paid_by_year(request.user))
    return render(request, "receipts/history.html", {"page": page, "years": years, "intent": uuid.uuid4()})


def _by_year(entries: Sequence[Entry], paid: Mapping[int, Decimal]) -> list[tuple[int, Decimal | None, list[Entry]]]:
    """Each year (Lima) with what was paid in it, in soles, and those of these entries that began in it."""
    years = groupby(entries, key=lambda entry: timezone.localtime(entry.order.created_at).year)
    return [(year, paid.get(year), list(some)) for year, some in years]


@login_required
@require_safe
@never_cache
def receipt_pdf(request: AccountRequest, code: str) -> HttpResponse:
    receipt = visible_receipt(request, code)
    return _shown(pdf.pdf_of(receipt), f"{receipt.name}.pdf")


@login_required
@require_safe
@never_cache
def receipt_ticket(request: AccountRequest, code: str) -> HttpResponse:
    receipt = visible_receipt(request, code)
    return _shown(pdf.ticket_of(receipt), f"{receipt.name}-ticket.pdf")


def _shown(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@login_required
@require_safe
@never_cache
def receipt_xml(request: AccountRequest, code: str) -> HttpResponse:
    """The signed document itself, byte by byte as SUNAT has it; 404 until it is signed."""
    filed = get_object_or_404(Filing, receipt=visible_receipt(request, code))
    return _file(bytes(filed.xml), f"{filing_name(filed.receipt)}.xml", "application/xml")


@login_required
@require_safe
@never_cache
def receipt_cdr(request: AccountRequest, code: str) -> HttpResponse:
    """SUNAT's constancy as it came; 404 until there is one."""
    filed = get_object_or_404(Filing, receipt=visible_receipt(request, code), cdr__isnull=False)
    return _file(bytes(filed.cdr or b""), f"R-{filing_name(filed.receipt)}.zip", "application/zip")


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def attestations(request: AccountRequest) -> HttpResponse:
    """Ask for a constancia de pagos, and find those one asked for."""
    whom = sessions.whom(request, request.user)
    member = whom.member
    if member is None:
        return redirect("report_cmp")
    kinds = successions.kinds_of(whom.succession)
    years = attesting.years(member, kinds)
    if request.method == "POST":
        return _attest(request, member, years, kinds)
    listed = list(attesting.of(request.user)[:ATTESTATIONS_SHOWN])
    waiting = any(not attestation.printed for attestation in listed)
    context = {"years": years, "attestations": listed, "waiting": waiting}
    return render(request, "receipts/attestations.html", context)


def _attest(request: AccountRequest, member: Member, years: list[int], kinds: Sequence[Kind]) -> HttpResponse:
    typed = request.POST.get("year", "")
    year = next((year for year in years if str(year) == typed), None)
    try:
        if typed and year is None:
            raise NothingPaid
        first_day, last_day = attesting.days_of(year, member, kinds)
        attesting.attest(member, author=request.user, first_day=first_day, last_day=last_day, kinds=kinds)
    except ReceiptRule as rule:
        messages.error(request, rule.sentence)
    else:
        messages.success(request, "Preparamos su constancia; en unos segundos la puede descargar aquí.")
    return redirect("attestations")


@login_required
@require_safe
@never_cache
def attestation_pdf(request: AccountRequest, code: str) -> HttpResponse:
    """One's own; another's is not there at all, nor is one that is not printed yet."""
    attestation = get_object_or_404(Attestation, code=code, author=request.user, pdf__isnull=False)
    return _shown(bytes(attestation.pdf or b""), f"constancia-de-pagos-{attestation.last_day}.pdf")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def standing_certificates(request: AccountRequest) -> HttpResponse:
    """Take a constancia de habilidad, and find those one took."""
    whom = sessions.whom(request, request.user)
    if whom.member is None or whom.succession:
        return redirect("home")
    if request.method == "POST":
        try:
            certifying.issue(whom.member, author=request.user)
        except ReceiptRule as rule:
            messages.error(request, rule.sentence)
        return redirect("standing_certificates")
    listed = list(certifying.of(request.user).filter(member=whom.member)[:ATTESTATIONS_SHOWN])
    context = {
        "standing": certifying.may_have(whom.member),
        "certificates": listed,
        "waiting": any(not certificate.printed and not certificate.revoked_at for certificate in listed),
        "days": settings.STANDING_CERTIFICATE_DAYS,
    }
    return render(request, "receipts/standing_certificates.html", context)


@login_required
@require_safe
@never_cache
def standing_certificate_pdf(request: AccountRequest, code: str) -> HttpResponse:
    """One's own, unless it was revoked; another's is not there at all."""
    own = StandingCertificate.objects.filter(author=request.user, pdf__isnull=False, revoked_at=None)
    certificate = get_object_or_404(own, code=code)
    return _shown(bytes(certificate.pdf or b""), f"constancia-de-habilidad-cmp-{certificate.member.cmp_number}.pdf")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def check(request: HttpRequest, code: str = "") -> HttpResponse:
    """“¿Es auténtico este comprobante?”, for anybody who holds one. What is typed is posted: no log keeps it."""
    typed = request.POST.get("code", "") or code
    if typed and not authenticity.may_ask(get_adapter(request).get_client_ip(request)):
        return render(request, "429.html", status=429)
    document, refused = None, None
    try:
        document = authenticity.look_up(typed) if typed else None
    except authenticity.PaperRule as rule:
        refused = rule
    status = 404 if typed and not document else 200
    context = {"asked": typed, "found": document, "refused": refused}
    return render(request, "receipts/check.html", context, status=status)


@login_required
@require_POST
def resend(request: AccountRequest, code: str) -> HttpResponse:
    receipt = visible_receipt(request, code, permission="receipts.add_delivery")
    form = ResendForm(request.POST)
    if not form.is_valid():
        messages.error(request, "No reenviamos el comprobante: revise el correo que escribió.")
        return redirect("history")
    email = form.cleaned_data["email"]
    try:
        letters.resend(receipt, email=email, intent=form.cleaned_data["intent"].hex, author=request.user)
    except ReceiptRule as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"Enviaremos el comprobante {receipt.name} a {email} en unos segundos.")
    return redirect("history")


def visible_receipt(request: AccountRequest, code: str, *, permission: str = "receipts.view_receipt") -> Receipt:
    """The account's own receipt, or any for staff with the permission; another's is not there at all."""
    receipts = Receipt.objects.select_related("order__user").filter(code=code)
    if not request.user.has_perm(permission):
        # What a link's payer bought is the payer's: it was mailed to the payer.
        receipts = receipts.filter(order__user=request.user, order__paid_by_other=False)
    receipt = receipts.first()
    if receipt is None:
        raise Http404
    return receipt
