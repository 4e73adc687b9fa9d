"""Common slips in e-mail addresses, such as "gmail.con". We suggest the right address and never correct it.

Mail to such an address bounces, and the member believes that the receipt is lost.
"""

from difflib import get_close_matches

# Common domains in Peru; slips are compared with these. Institutions' short names are missing because they resemble
# each other.
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
# Correct domains that differ from a common one by few letters.
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
# Wrong endings, which hardly any address in Peru has, with the right ones.
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
# Services that have no Peruvian domain of that name.
NOT_IN_PERU = {
    "gmail.com.pe": "gmail.com",
    "gmail.pe": "gmail.com",
    "gmail.es": "gmail.com",
    "hotmail.com.pe": "hotmail.com",
}
# 0.84 accepts one slip in "gmail" and two in "outlook", and no unrelated domain.
LIKENESS = 0.84


def suggest(address: str) -> str | None:
    """Returns the address that the person probably meant, or None when this one looks right.

    Domains listed here as correct never get a suggestion.
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
