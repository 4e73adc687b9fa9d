"""Filing with SUNAT: what it can answer (`base`), where it is (`environments`), how it is spoken to (`client`)."""

from django.conf import settings

from receipts.tax_office.sunat.base import Answer, Family, family_of, family_of_fault
from receipts.tax_office.sunat.client import Sender, Sunat
from receipts.tax_office.sunat.environments import OFF, Environment, environment

__all__ = [
    "OFF",
    "Answer",
    "Environment",
    "Family",
    "Sender",
    "Sunat",
    "environment",
    "environment_from_settings",
    "family_of",
    "family_of_fault",
    "from_settings",
]


def environment_from_settings() -> Environment:
    """The place that SUNAT_ENVIRONMENT names. Raises ValueError for a bad setting, and for "off"."""
    return environment(
        settings.SUNAT_ENVIRONMENT, simulator_url=settings.SUNAT_SIMULATOR_URL, ose_url=settings.SUNAT_OSE_URL
    )


def from_settings() -> Sunat | None:
    """The service that SUNAT_ENVIRONMENT names, or None when filing is off. Raises ValueError for a bad setting."""
    if settings.SUNAT_ENVIRONMENT == OFF:
        return None
    sender = Sender(ruc=settings.COLLEGE["ruc"], user=settings.SUNAT_USER, password=settings.SUNAT_PASSWORD)
    return Sunat(environment=environment_from_settings(), sender=sender, timeouts=settings.SUNAT_TIMEOUTS)
