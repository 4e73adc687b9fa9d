from django.urls import path

from members import views

urlpatterns = [
    path("este-cmp-no-es-el-mio/", views.report_cmp, name="report_cmp"),
    path("cuenta/sesiones/", views.open_sessions, name="open_sessions"),
    path("cuenta/sesiones/cerrar/", views.close_other_sessions, name="close_other_sessions"),
    path("registro/", views.prove, name="prove"),
    path("registro/codigo/", views.check_proof_code, name="prove_check"),
    path("registro/codigo/enviar/", views.send_proof_code, name="prove_send"),
    path("registro/foto/", views.prove_by_photo, name="prove_photo"),
    path("cuenta/no-es-mia/<str:token>/", views.not_my_account, name="not_my_account"),
    path("cuenta/este-equipo/<str:token>/", views.let_through, name="let_through"),
]
