"""Passwords that a guesser in Peru tries first are refused, however they are decorated.

What counts is what is left of a password without the words that everybody tries: the college's, the country's, its
clubs, the person's own numbers, years, and runs such as 12345. `colegiomedico2026` and `P3ru123456` leave nothing.
"""

import re
from collections.abc import Iterable

from django.core.exceptions import ValidationError

from base.postgres.plain_names import without_accents
from members.login.second_factor import may_act
from members.models import Claim, User

# Letters and digits that must be left.
LEAST_LEFT = 6
LEAST_OF_STAFF = 12
# Longest first, so that a short word does not break a long one.
WORDS = sorted(
    """
    colegiomedicodelperu colegiomedico colegiatura colegiado colegio medicos medicas medicina medico medica cmpdigital
    digital cmp semefa habil decano doctora doctor doc hospital clinica posta essalud minsa salud enfermera paciente
    peruano peruana peru lima callao arequipa cusco cuzco trujillo piura chiclayo iquitos huancayo tacna machupicchu
    alianzalima alianza universitario sportingcristal cristal melgar cienciano garra crema blanquirroja
    contrasena password passw0rd clave secreto admin usuario bienvenido welcome hola qwertyuiop qwerty asdfgh zxcvbn
    teamo tequiero mivida miamor amor jesus cristo dios familia mama papa bebe princesa sanmarcos cayetano villarreal
    pago pagos cuota cuotas tesoreria webmaster
    """.split(),  # noqa: SIM905 - a list that is read by people
    key=len,
    reverse=True,
)
LOOKS_LIKE = str.maketrans("013457@$!", "oieastasi")
YEAR = re.compile(r"(19|20)\d\d")
LADDERS = ("01234567890", "9876543210", "abcdefghijklmnopqrstuvwxyz")


def left_of(password: str, own: Iterable[str] = ()) -> int:
    """How many letters and digits remain without well-known words, the person's `own` texts, years and runs."""
    text = without_accents(password[:200]).lower()
    for each in own:
        text = text.replace(each.lower(), " ") if len(each) > 2 else text
    text = _without_runs(YEAR.sub(" ", text))
    # Read twice: as it stands, and with the digits and signs that stand for letters.
    return min(_without_words(text), _without_words(_without_runs(text.translate(LOOKS_LIKE))))


def _without_words(text: str) -> int:
    for word in WORDS:
        text = text.replace(word, " ")
    return sum(character.isalnum() for character in re.sub(r"(.)\1{2,}", " ", text))


def _without_runs(text: str) -> str:
    """Without what climbs or falls one by one, from three characters on: 123, 98765, abcd."""
    for ladder in LADDERS:
        for length in range(len(ladder), 2, -1):
            for start in range(len(ladder) - length + 1):
                text = text.replace(ladder[start : start + length], " ")
    return text


def own_numbers(user: User | None) -> set[str]:
    """The CMP numbers and documents that an account pays for, paid for or declared."""
    if user is None or user.pk is None:
        return set()
    numbers: set[str] = set()
    for cmp_number, document in user.assignments.values_list("member__cmp_number", "member__document_number"):
        numbers |= {str(cmp_number), document}
    for cmp_number, document in Claim.objects.filter(user=user).values_list("cmp_number", "document_number"):
        numbers |= {str(cmp_number), document}
    return numbers


class NotTriedFirstValidator:
    """Refuses a password of which too little is left without what everybody tries first."""

    def validate(self, password: str, user: User | None = None) -> None:
        if left_of(password, own_numbers(user)) < LEAST_LEFT:
            raise ValidationError(
                "Es fácil de adivinar: está hecha de palabras muy usadas (colegio, médico, Perú…), años, series como "
                "12345 o su propio número. Pruebe con tres o cuatro palabras que no tengan relación.",
                code="password_tried_first",
            )

    def get_help_text(self) -> str:
        return "No use palabras como colegio, médico o Perú con números, ni su número CMP."


class StaffLengthValidator:
    """Whoever acts for the college has a longer password."""

    def validate(self, password: str, user: User | None = None) -> None:
        if user is not None and user.pk is not None and may_act(user) and len(password) < LEAST_OF_STAFF:
            raise ValidationError(
                f"Para el personal del colegio debe tener al menos {LEAST_OF_STAFF} caracteres.",
                code="password_too_short_for_staff",
            )

    def get_help_text(self) -> str:
        return f"El personal del colegio usa al menos {LEAST_OF_STAFF} caracteres."
