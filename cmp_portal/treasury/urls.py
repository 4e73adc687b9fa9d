from django.urls import path, re_path

from cmp_portal.treasury import actions, closes, duplicates, reminding, replacing, settlements, views

urlpatterns = [
    path("", views.payments, name="staff_payments"),
    re_path(r"^exportar\.(?P<file_type>csv|xlsx)$", views.export_payments, name="staff_export"),
    path("<int:order_id>/", views.payment, name="staff_payment"),
    path("<int:order_id>/liberar/", actions.release, name="staff_release"),
    path("<int:order_id>/reemplazar/", replacing.replace, name="staff_replace"),
    path("intento/<int:attempt_id>/", views.attempt, name="staff_attempt"),
    path("intento/<int:attempt_id>/consultar/", actions.ask, name="staff_ask"),
    path("intento/<int:attempt_id>/devolver/", actions.propose, name="staff_propose"),
    path("comprobante/<int:receipt_id>/reenviar/", actions.resend, name="staff_resend"),
    path("devoluciones/", views.proposals, name="staff_proposals"),
    path("devoluciones/<int:proposal_id>/decidir/", actions.decide, name="staff_decide"),
    path("devoluciones/en-duda/<int:refund_id>/", actions.settle_doubt, name="staff_settle_doubt"),
    path("a-mano/", views.elsewhere, name="staff_elsewhere"),
    path("a-mano/registrar/", actions.record_elsewhere, name="staff_record_elsewhere"),
    path("a-mano/<int:payment_id>/constancia/", views.voucher, name="staff_voucher"),
    path("a-mano/<int:payment_id>/revertir/", actions.reverse_elsewhere, name="staff_reverse_elsewhere"),
    path("liquidaciones/", settlements.reports, name="staff_settlements"),
    path("liquidaciones/cargar/", settlements.load_report, name="staff_load_settlement"),
    path("liquidaciones/<int:report_id>/", settlements.report, name="staff_settlement"),
    path("liquidaciones/<int:report_id>/comparar/", settlements.compare, name="staff_compare_settlement"),
    path("liquidaciones/<int:report_id>/conformidad/", settlements.sign, name="staff_sign_settlement"),
    path("cierres/", closes.closes, name="staff_closes"),
    path("cierres/cerrar/", closes.close_next, name="staff_close_next"),
    path("cierres/<int:close_id>/", closes.close, name="staff_close"),
    path("cierres/<int:close_id>/cierre.pdf", closes.close_pdf, name="staff_close_pdf"),
    path("cierres/<int:close_id>/cierre.xlsx", closes.close_xlsx, name="staff_close_xlsx"),
    path("duplicados/", duplicates.duplicates, name="staff_duplicates"),
    path("recordatorios/", reminding.preview, name="staff_reminders"),
]
