from django.urls import path

from cmp_portal.webmaster import views

urlpatterns = [
    path("cuentas/<int:user_id>/", views.account, name="webmaster_account"),
    path("cuentas/<int:user_id>/corregir/", views.correct, name="webmaster_correct"),
    path("cuentas/<int:user_id>/intercambiar/", views.swap, name="webmaster_swap"),
    path("avisos/<int:report_id>/adjunto/", views.attachment, name="webmaster_attachment"),
]
