"""The form in which a member agrees to automatic payment or changes it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.http import QueryDict

from dues.models import Kind
from payments.models import AutomaticPlan
from payments.models.ways.automatic_states import FIRST_DAY, LAST_DAY
from payments.ways.automatic.consent import LARGEST_CEILING
from payments.ways.automatic.terms import Terms

USUAL_DAY = 10
DAYS = [(day, str(day)) for day in range(FIRST_DAY, LAST_DAY + 1)]


class TermsForm(forms.Form):
    """Kinds, ceiling, day and consent. The rules stand in payments/ways/automatic/consent.py."""

    kinds = forms.MultipleChoiceField(
        label="¿Qué cuotas se pagan solas?",
        choices=Kind,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Marque al menos un tipo de cuota."},
    )
    ceiling = forms.DecimalField(
        label="Lo máximo que se cobra cada vez, en soles",
        help_text="Se cobran las cuotas más antiguas que quepan en este monto, por cada tipo de cuota.",
        min_value=Decimal("1.00"),
        max_value=LARGEST_CEILING,
        max_digits=8,
        decimal_places=2,
        error_messages={"required": "Escriba lo máximo que acepta que se cobre cada vez."},
    )
    day = forms.TypedChoiceField(
        label="Día del cobro, cada mes", choices=DAYS, coerce=int, help_text="Le escribimos al menos tres días antes."
    )
    consent = forms.BooleanField(
        label="Autorizo estos cobros a mi tarjeta, como dice arriba",
        error_messages={"required": "Para continuar, autorice los cobros."},
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        kinds: Sequence[Kind],
        ceiling: Decimal | None = None,
        plan: AutomaticPlan | None = None,
    ) -> None:
        initial: dict[str, Any] = {"kinds": [kind.value for kind in kinds[:1]], "day": USUAL_DAY, "ceiling": ceiling}
        if plan:
            initial = {"kinds": plan.kinds, "day": plan.day, "ceiling": plan.ceiling}
        super().__init__(data, initial=initial)
        cast(forms.MultipleChoiceField, self.fields["kinds"]).choices = [(kind.value, kind.label) for kind in kinds]
        self.fields["ceiling"].widget.attrs.update(inputmode="decimal")

    def terms(self) -> Terms:
        """Returns what was agreed to. Call it on a valid form."""
        cleaned = self.cleaned_data
        return Terms(kinds=tuple(cleaned["kinds"]), ceiling=cleaned["ceiling"], day=cleaned["day"])
