"""Common slips in e-mail addresses ("gmail.con"): suggested, never corrected by us.

The college's mails to such addresses bounce, and the receipt seems lost. Pure.
"""

from difflib import get_close_matches

# What people in Peru write to: a slip is measured against these. Short names of institutions would catch each other's.
COMMON_DOMAINS = (
    "gmail.com",
    "hotmail.com",
    "outlook.com",
    "yahoo.com",
    "icloud.com",
    "live.com",
    "msn.com",
    "cmp.org.pe",
)
# Right as they are, though one letter away from a common one.
OTHER_DOMAINS = frozenset(
    (
        "aol.com",
        "email.com",
        "gmx.com",
        "gmx.es",
        "googlemail.com",
        "hotmail.co.uk",
        "hotmail.es",
        "hotmail.fr",
        "hotmail.it",
        "live.cl",
        "live.com.ar",
        "live.com.mx",
        "live.com.pe",
        "mac.com",
        "mail.com",
        "me.com",
        "outlook.cl",
        "outlook.com.ar",
        "outlook.com.pe",
        "outlook.es",
        "proton.me",
        "protonmail.com",
        "upc.edu.pe",
        "upch.edu.pe",
        "yahoo.co",
        "yahoo.co.uk",
        "yahoo.com.ar",
        "yahoo.com.mx",
        "yahoo.com.pe",
        "yahoo.es",
        "ymail.com",
    )
)
# Endings that hardly anyone in Peru has (some are other countries'), and what was meant.
WRONG_ENDINGS = {
    ".con": ".com",
    ".cmo": ".com",
    ".ocm": ".com",
    ".comm": ".com",
    ".coom": ".com",
    ".vom": ".com",
    ".xom": ".com",
    ".c0m": ".com",
    ".om": ".com",
    ".cm": ".com",
    ".com.p": ".com.pe",
    ".com.ep": ".com.pe",
    ".con.pe": ".com.pe",
    ".cm.pe": ".com.pe",
    ".comm.pe": ".com.pe",
    ".prg.pe": ".org.pe",
    ".og.pe": ".org.pe",
    ".ogr.pe": ".org.pe",
    ".gop.pe": ".gob.pe",
    ".gov.pe": ".gob.pe",
    ".eu.pe": ".edu.pe",
    ".edu.ep": ".edu.pe",
    ".pee": ".pe",
}
# Addresses of services that have no Peruvian branch of that name.
NOT_IN_PERU = {
    "gmail.com.pe": "gmail.com",
    "gmail.pe": "gmail.com",
    "gmail.es": "gmail.com",
    "hotmail.com.pe": "hotmail.com",
}
# 0.84 takes one slip in "gmail" and two in "outlook"; a stranger's own domain stays below.
LIKENESS = 0.84


def suggest(address: str) -> str | None:
    """The address that was probably meant, or None when this one looks right.

    Never suggests another for a domain that is known to be right.
    """
    mailbox, _, written = address.strip().rpartition("@")
    domain = written.lower()
    if not mailbox or domain in COMMON_DOMAINS or domain in OTHER_DOMAINS:
        return None
    meant = _meant(domain)
    return f"{mailbox}@{meant}" if meant and meant != domain else None


def _meant(domain: str) -> str | None:
    if domain in NOT_IN_PERU:
        return NOT_IN_PERU[domain]
    ended = _with_right_ending(domain)
    if ended in COMMON_DOMAINS or ended in OTHER_DOMAINS:
        return ended
    close = get_close_matches(ended, COMMON_DOMAINS, n=1, cutoff=LIKENESS)
    if close:
        return close[0]
    return ended if ended != domain else None


def _with_right_ending(domain: str) -> str:
    for wrong, right in sorted(WRONG_ENDINGS.items(), key=lambda pair: -len(pair[0])):
        if domain.endswith(wrong):
            return domain.removesuffix(wrong) + right
    return domain
