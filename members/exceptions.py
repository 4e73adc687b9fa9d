"""What the house of members refuses, each with the sentence that its person reads."""


class MemberRule(Exception):
    """A rule of accounts and numbers stands in the way. Nothing changed."""

    sentence = "No se pudo hacer. No cambió nada."


class StaffNeedsTwo(MemberRule):
    """One webmaster alone gives no account that may act for the college a CMP: it could write off its own dues."""

    sentence = (
        "Es una cuenta del personal: un solo webmaster no le da un CMP. Propóngalo en «Corregir el CMP»; lo aprueba "
        "otro webmaster o un superusuario. No cambió nada."
    )


class NotStaff(MemberRule):
    """Only an account of staff needs two persons for its number."""

    sentence = "Esa cuenta no es del personal: corrija su CMP directamente. No cambió nada."


class OwnAccount(MemberRule):
    """Nobody of staff asks for a number for the own account."""

    sentence = "Es su propia cuenta: lo propone otro webmaster. No cambió nada."


class NumberProposed(MemberRule):
    """One proposal at a time waits for each account of staff."""

    sentence = "Esta cuenta ya tiene un CMP propuesto que espera a otra persona. No cambió nada."


class OwnNumberProposal(MemberRule):
    """Neither who proposed a number nor whose account gets it approves it."""

    sentence = "Usted propuso este CMP, o es su propia cuenta; debe aprobarlo otra persona. No cambió nada."


class NumberDecided(MemberRule):
    """A proposed number is decided once."""

    sentence = "Esta propuesta ya fue decidida; no se hizo nada más."
