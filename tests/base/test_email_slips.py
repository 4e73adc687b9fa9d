"""Slips in e-mail addresses: what is suggested, and what is left alone."""

import pytest

from base.peru.email_slips import COMMON_DOMAINS, OTHER_DOMAINS, suggest


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ana@gmail.con", "ana@gmail.com"),
        ("ana@gmail.cm", "ana@gmail.com"),
        ("ana@gmail.co", "ana@gmail.com"),
        ("ana@gmail.comm", "ana@gmail.com"),
        ("ana@gmail.com.pe", "ana@gmail.com"),
        ("ana@gmail.pe", "ana@gmail.com"),
        ("ana@gmial.com", "ana@gmail.com"),
        ("ana@gmai.com", "ana@gmail.com"),
        ("ana@gnail.com", "ana@gmail.com"),
        ("ana@gmaill.com", "ana@gmail.com"),
        ("ana@gamil.con", "ana@gmail.com"),
        ("Ana.Quispe@GMAIL.CON", "Ana.Quispe@gmail.com"),
        ("ana@hotmal.com", "ana@hotmail.com"),
        ("ana@hotmial.com", "ana@hotmail.com"),
        ("ana@hotmail.con", "ana@hotmail.com"),
        ("ana@hotmail.com.pe", "ana@hotmail.com"),
        ("ana@homail.com", "ana@hotmail.com"),
        ("ana@outlok.com", "ana@outlook.com"),
        ("ana@outlook.con", "ana@outlook.com"),
        ("ana@outloook.com", "ana@outlook.com"),
        ("ana@yaho.com", "ana@yahoo.com"),
        ("ana@yahoo.con", "ana@yahoo.com"),
        ("ana@yahoo.con.pe", "ana@yahoo.com.pe"),
        ("ana@yahoo.com.p", "ana@yahoo.com.pe"),
        ("ana@icloud.con", "ana@icloud.com"),
        ("ana@iclod.com", "ana@icloud.com"),
        ("ana@live.con", "ana@live.com"),
        ("ana@cmp.og.pe", "ana@cmp.org.pe"),
        ("ana@cmp.org.pee", "ana@cmp.org.pe"),
        ("ana@essalud.gov.pe", "ana@essalud.gob.pe"),
        # A clinic's own domain: only its impossible ending is suspected.
        ("citas@clinicalosandes.con.pe", "citas@clinicalosandes.com.pe"),
    ],
)
def test_a_slip_is_suggested_as_what_was_meant(written: str, meant: str) -> None:
    assert suggest(written) == meant


@pytest.mark.parametrize("domain", [*COMMON_DOMAINS, *sorted(OTHER_DOMAINS)])
def test_a_known_domain_is_left_alone(domain: str) -> None:
    assert suggest(f"ana@{domain}") is None
    assert suggest(f"ana@{domain.upper()}") is None


@pytest.mark.parametrize(
    "address",
    [
        "ana@clinicalosandes.com.pe",
        "ana@hospitalregional.gob.pe",
        "ana@quispe.pe",
        "ana@uni.pe",
        "ana@upao.edu.pe",
        "ana@unsa.edu.pe",
        "ana@google.com",
        "ana@gob.pe",
        "ana@minjus.gob.pe",
        "ana@fastmail.com",
        "ana@hey.com",
        "ana@mailbox.org",
        "ana",
        "@gmail.con",
        "",
    ],
)
def test_a_domain_of_ones_own_is_left_alone(address: str) -> None:
    assert suggest(address) is None
