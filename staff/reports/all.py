"""Every report of the desk, in the order of the list."""

from staff.reports import ageing, collection, councils, declines, exempted, semefa, standing
from staff.reports.journal import report as journal
from staff.reports.register import report as register
from staff.reports.report import Report

_ALL = (
    Report(
        slug="recaudacion",
        title="Recaudación",
        question="¿Cuánto se emitió, cuánto entró y por dónde?",
        permission="staff.see_collection",
        answer=collection.answer,
        behind=collection.behind,
    ),
    Report(
        slug="antiguedad",
        title="Antigüedad de la deuda",
        question="¿Cuánto se debe y desde cuándo?",
        permission="staff.see_ageing",
        answer=ageing.answer,
        behind=ageing.behind,
        by_period=False,
    ),
    Report(
        slug="habilidad",
        title="Hábiles e inhábiles",
        question="¿Cuántos son hábiles, quiénes volvieron y qué trajeron los recordatorios?",
        permission="staff.see_standing",
        answer=standing.answer,
        behind=standing.behind,
        by_kind=False,
        months_back=2,
    ),
    Report(
        slug="semefa",
        title="SEMEFA por edad y parentesco",
        question="¿A quiénes cubre SEMEFA y cuánto se paga por ellos?",
        permission="staff.see_semefa",
        answer=semefa.answer,
        behind=semefa.behind,
        by_kind=False,
        months_back=2,
    ),
    Report(
        slug="rechazos",
        title="Rechazos de tarjetas",
        question="¿Está caída Niubiz?",
        permission="staff.see_declines",
        answer=declines.answer,
        behind=declines.behind,
        by_period=False,
    ),
    Report(
        slug="exoneraciones",
        title="Exoneraciones vigentes",
        question="¿Qué actos están en vigor y cuánto cuestan?",
        permission="staff.see_exempted",
        answer=exempted.answer,
        behind=exempted.behind,
    ),
    Report(
        slug="consejos",
        title="Estado de los consejos regionales",
        question="¿Cuánto le corresponde a cada consejo?",
        permission="staff.see_councils",
        answer=councils.answer,
        behind=councils.behind,
        printed=True,
        months_back=0,
    ),
    Report(
        slug="registro-de-ventas",
        title="Registro de ventas de SUNAT",
        question="¿Qué comprobantes van en el registro del mes?",
        permission="staff.see_sales_register",
        answer=register.answer,
        behind=register.behind,
        months_back=0,
        downloads=register.downloads,
    ),
    Report(
        slug="asiento-contable",
        title="Asiento contable",
        question="¿Qué se registra en la contabilidad?",
        permission="staff.see_journal",
        answer=journal.answer,
        behind=journal.behind,
        months_back=0,
        downloads=journal.downloads,
    ),
)
REPORTS = {report.slug: report for report in _ALL}
