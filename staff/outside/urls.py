from django.urls import path

from staff.outside import chargebacks, file_reversals, given_back, mismatches

urlpatterns = [
    path("contracargos/", chargebacks.listing, name="staff_chargebacks"),
    path("contracargos/<int:chargeback_id>/", chargebacks.case, name="staff_chargeback"),
    path("contracargos/<int:chargeback_id>/documento/", chargebacks.add_paper, name="staff_chargeback_add_paper"),
    path("contracargos/<int:chargeback_id>/responder/", chargebacks.contest, name="staff_chargeback_contest"),
    path("contracargos/<int:chargeback_id>/ganado/", chargebacks.win, name="staff_chargeback_win"),
    path("contracargos/<int:chargeback_id>/perder/", chargebacks.propose_end, name="staff_chargeback_propose_end"),
    path("contracargos/<int:chargeback_id>/confirmar/", chargebacks.confirm_end, name="staff_chargeback_confirm_end"),
    path("contracargos/documento/<int:paper_id>/", chargebacks.paper, name="staff_chargeback_paper"),
    path("intento/<int:attempt_id>/contracargo/", chargebacks.record, name="staff_record_chargeback"),
    path("intento/<int:attempt_id>/devuelto/", given_back.propose_elsewhere, name="staff_given_back"),
    path("intento/<int:attempt_id>/no-devolver/", given_back.propose_waiver, name="staff_waive"),
    path("devoluciones/<int:proposal_id>/constancia/", given_back.voucher, name="staff_refund_voucher"),
    path("intento/<int:attempt_id>/no-coincide/", mismatches.propose, name="staff_mismatch"),
    path("no-coincide/<int:decision_id>/decidir/", mismatches.decide, name="staff_decide_mismatch"),
    path("archivos/", file_reversals.listing, name="staff_file_reversals"),
    path("archivos/<int:load_id>/", file_reversals.load, name="staff_file_load"),
    path("archivos/<int:load_id>/revertir/", file_reversals.propose_load, name="staff_reverse_load"),
    path("archivos/pago/<int:settlement_id>/revertir/", file_reversals.propose_row, name="staff_reverse_row"),
    path("archivos/reversion/<int:reversal_id>/", file_reversals.decide, name="staff_decide_file_reversal"),
    path("<int:order_id>/confirmacion/", given_back.confirmation, name="staff_confirmation"),
]
