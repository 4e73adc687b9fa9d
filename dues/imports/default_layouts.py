"""The banks' layouts that come with the portal; staff change them when a bank changes its file.

Positions as public programs that read real files have them (docs/imports.md, "Files of banks").
"""

from dues.models import BankLayout, Kind

_FIXED, _COLUMNS = BankLayout.Shape.FIXED, BankLayout.Shape.COLUMNS

LAYOUTS: tuple[dict[str, object], ...] = (
    {
        "name": "BCP, reporte de cobros (CDPG)",
        "bank": "BCP",
        "shape": _FIXED,
        "detail_mark": "DD",
        "totals_mark": "CC",
        "count_at": "23-31",
        "total_at": "32-46",
        "code_at": "14-27",
        "information_at": "28-57",
        "paid_on_at": "58-65",
        "hour_at": "169-174",
        "amount_at": "104-118",
        "office_at": "119-124",
        "operation_at": "125-130",
        "extorno_at": "197-197",
    },
    {
        "name": "BBVA, retorno de recaudación",
        "bank": "BBVA",
        "shape": _FIXED,
        "detail_mark": "02",
        "totals_mark": "03",
        "count_at": "3-11",
        "total_at": "12-29",
        "summed_at": "81-95",
        "code_at": "33-41",
        "information_at": "42-59",
        "payer_at": "3-32",
        "paid_on_at": "136-143",
        "amount_at": "96-110, 81-95",
        "office_at": "126-129",
        "operation_at": "130-135",
    },
    {
        "name": "BCP, estado de cuenta",
        "bank": "BCP",
        "shape": _COLUMNS,
        "description_at": "Descripción operación",
        "paid_on_at": "Fecha",
        "hour_at": "Operación - Hora",
        "amount_at": "Monto",
        "office_at": "Sucursal - agencia",
        "operation_at": "Operación - Número",
        "dates": BankLayout.Dates.SEPARATED,
        "implied_decimals": False,
    },
    {
        "name": "BBVA, estado de cuenta",
        "bank": "BBVA",
        "shape": _COLUMNS,
        "description_at": "Concepto",
        "paid_on_at": "F.Operación",
        "amount_at": "Importe",
        "operation_at": "Núm.Movimiento",
        "dates": BankLayout.Dates.SEPARATED,
        "implied_decimals": False,
    },
)


def ensure() -> None:
    """Write the layouts into a database that has none."""
    if not BankLayout.objects.exists():
        BankLayout.objects.bulk_create([BankLayout(kind=Kind.COLEGIADO, **layout) for layout in LAYOUTS])
