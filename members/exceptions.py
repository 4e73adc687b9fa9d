"""What the house of members refuses, each with the sentence that its person reads."""


class MemberRule(Exception):
    """A rule of accounts and numbers stands in the way. Nothing changed."""

    sentence = "No se pudo hacer. No cambió nada."


class StaffNeedsTwo(MemberRule):
    """One webmaster alone gives no account of staff a CMP: it could then write off its own dues."""

    sentence = (
        "Es una cuenta del personal: un solo webmaster no le da un CMP. Propóngalo en «Corregir el CMP»; lo aprueba "
        "otro webmaster o un superusuario. No cambió nada."
    )
