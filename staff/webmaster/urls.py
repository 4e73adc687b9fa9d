from django.urls import path

from staff.webmaster import claims, staff_numbers, successions, views

urlpatterns = [
    path("cuentas/<int:user_id>/", views.account, name="webmaster_account"),
    path("cuentas/<int:user_id>/corregir/", views.change_number, name="webmaster_correct"),
    path("cuentas/<int:user_id>/intercambiar/", views.swap, name="webmaster_swap"),
    path("cuentas/<int:user_id>/suceder/", successions.succeed, name="webmaster_succeed"),
    path("sucesiones/<int:succession_id>/documento/", successions.proof, name="webmaster_proof"),
    path("avisos/<int:report_id>/adjunto/", views.attachment, name="webmaster_attachment"),
    path("solicitudes/<int:claim_id>/", claims.claim, name="webmaster_claim"),
    path("solicitudes/<int:claim_id>/asignar/", claims.assign, name="webmaster_assign"),
    path("solicitudes/<int:claim_id>/no-asignar/", claims.refuse, name="webmaster_refuse"),
    path("solicitudes/<int:claim_id>/reabrir/", claims.reopen, name="webmaster_reopen"),
    path("solicitudes/<int:claim_id>/foto/", views.photo, name="webmaster_photo"),
    path("propuestas/<int:proposal_id>/decidir/", staff_numbers.decide, name="webmaster_decide_number"),
]
