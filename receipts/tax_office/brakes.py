"""What stops everything: a refused user or certificate, before a hundred documents make it worse.

One stop is open at a time, told once, ended by one person's button. An unfit certificate signs nothing at all.
"""

from datetime import UTC, date, datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from base.safe_xml import UnsafeXml, parse
from receipts.models import FilingStep, FilingStop, Summary
from receipts.tax_office import alerts
from receipts.tax_office.certificate import Certificate, NoCertificate, Signer, UnfitCertificate, signer_of
from receipts.tax_office.signature import certificate_from_settings, loaded_certificate
from receipts.tax_office.sunat import Answer
from receipts.tax_office.sunat.base import CERTIFICATE_REFUSED, NO_PROFILE, STOPPING

# Of the certificate: SUNAT and the certification bodies take days to issue the next one.
WARNING_DAYS = (30, 15, 5, 1)
# 0111 comes at random; so many in a row are no chance.
RUN_OF_REFUSALS = 5
EVER = datetime.min.replace(tzinfo=UTC)


def stopped() -> bool:
    """Whether nothing is sent until a person resumes."""
    return FilingStop.objects.filter(resumed_at=None).exists()


def stop_for(answer: Answer) -> None:
    """Stop everything when this answer would come to every document, or ends a run of 0111; recorded answers count."""
    if answer.code in STOPPING or (answer.code == NO_PROFILE and _is_a_run()):
        stop(answer)


def stop(answer: Answer) -> None:
    """Send nothing more until staff resume, and tell them once."""
    fingerprint = _fingerprint() if answer.code in CERTIFICATE_REFUSED else ""
    open_stop, new = FilingStop.objects.get_or_create(
        resumed_at=None,
        defaults={"code": answer.code, "message": answer.message, "fingerprint": fingerprint},
    )
    if new:
        alerts.stopped(open_stop)


def _is_a_run() -> bool:
    """Whether the last answers, to documents and files alike, were all 0111 and came since a person last resumed."""
    resumed = FilingStop.objects.aggregate(last=Max("resumed_at"))["last"] or EVER
    steps = FilingStep.objects.filter(at__gt=resumed).exclude(code="").order_by("-pk")
    files = Summary.objects.filter(answered_at__gt=resumed).order_by("-answered_at")
    answers = [
        *steps.values_list("at", "code")[:RUN_OF_REFUSALS],
        *files.values_list("answered_at", "code")[:RUN_OF_REFUSALS],
    ]
    last = sorted(answers, reverse=True)[:RUN_OF_REFUSALS]
    return len(last) == RUN_OF_REFUSALS and all(code == NO_PROFILE for _, code in last)


# --- The certificate


def certificate_to_sign_with() -> Certificate:
    """The college's certificate, as long as SUNAT has not refused it.

    Raises NoCertificate when it is missing, UnfitCertificate when it may not sign today or SUNAT refuses it (2325 to
    2328) and nobody has resumed since.
    """
    certificate = certificate_from_settings()
    refusal = FilingStop.objects.filter(resumed_at=None, fingerprint=certificate.fingerprint).first()
    if refusal:
        sentence = f"SUNAT no acepta el certificado ({refusal.code}: {refusal.message})."
        raise UnfitCertificate(f"SUNAT refuses the certificate ({refusal.code})", sentence)
    return certificate


def still_signs(xml: bytes) -> bool:
    """Whether SUNAT can take what this certificate signed: it is today's, or one that is still fit."""
    try:
        signer = signer_of(parse(xml))
        today = loaded_certificate()
    except (NoCertificate, UnsafeXml):
        return True  # nothing better can be had
    return (signer.fingerprint == today.fingerprint and not signer.has_expired) or _still_fit(signer, today)


def _still_fit(signer: Signer, today: Certificate) -> bool:
    refused = FilingStop.objects.filter(fingerprint=signer.fingerprint).exists()
    worthless = signer.is_self_made and not today.is_self_made
    return not (signer.has_expired or refused or worthless)


def _fingerprint() -> str:
    try:
        return loaded_certificate().fingerprint
    except NoCertificate:
        return ""


def warn_of_certificate() -> None:
    """Tell the treasury WARNING_DAYS before the certificate ends, each once, and when it may not sign."""
    try:
        certificate = loaded_certificate()
    except NoCertificate:
        return
    ends = timezone.localdate(certificate.expires)
    for days in reversed(WARNING_DAYS):
        if timezone.localdate() >= ends - timedelta(days=days) and not certificate.has_expired:
            alerts.certificate_ends(ends, days)
            break
    _tell_of_unfit(ends)


def _tell_of_unfit(ends: date) -> None:
    try:
        certificate_from_settings()
    except UnfitCertificate as unfit:
        alerts.certificate_unfit(unfit.sentence, ends)
    except NoCertificate:
        return
