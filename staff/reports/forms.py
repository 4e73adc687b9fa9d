"""The choice of a report: months, kind and council."""

from datetime import date
from typing import Any

from django import forms

from base.peru import months
from dues.models import Kind
from members.models import RegionalCouncil
from staff.models import ReportSubscription
from staff.reports.report import Choice, Report

#: Ten years of months are more than a page shows.
MOST_MONTHS = 120


class MonthField(forms.DateField):
    """A month as browsers send it, 2026-11; its value is the first day."""

    widget = forms.DateInput(format="%Y-%m", attrs={"type": "month", "placeholder": "aaaa-mm"})
    default_error_messages = {"invalid": "Escriba el mes como 2026-11."}  # noqa: RUF012 - as Django's fields

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m"], **kwargs)


class ChoiceForm(forms.Form):
    """Only what the report goes by; a report of today has no months."""

    desde = MonthField(label="Desde el mes")
    hasta = MonthField(label="Hasta el mes")
    tipo = forms.ChoiceField(label="Tipo de cuota", required=False, choices=[("", "Todos"), *Kind.choices])
    consejo = forms.ModelChoiceField(
        RegionalCouncil.objects.order_by("number"), label="Consejo Regional", required=False, empty_label="Todos"
    )

    def __init__(self, report: Report, first: Choice, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first = first
        absent = {"desde": report.by_period, "hasta": report.by_period, "tipo": report.by_kind}
        for name, goes_by in (absent | {"consejo": report.by_council}).items():
            if not goes_by:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("desde"), cleaned.get("hasta")
        if first and last and last < first:
            self.add_error("hasta", "Es anterior al primer mes.")
        elif first and last and months.between(first, last) >= MOST_MONTHS:
            self.add_error("hasta", f"Son más de {MOST_MONTHS} meses; pida menos.")
        return cleaned

    def choice(self) -> Choice:
        """What was chosen; the report's own months when it has no choice of them."""
        chosen = self.cleaned_data
        council = chosen.get("consejo")
        first: date = chosen.get("desde") or self.first.first
        last: date = chosen.get("hasta") or self.first.last
        return Choice(first, last, chosen.get("tipo") or "", council.number if council else None)


class SubscriptionForm(forms.Form):
    every = forms.ChoiceField(
        label="Recibirlo por correo", required=False, choices=[("", "No"), *ReportSubscription.Every.choices]
    )
