from django.urls import path

from members import views

urlpatterns = [
    path("este-cmp-no-es-el-mio/", views.report_cmp, name="report_cmp"),
    path("cuenta/sesiones/", views.open_sessions, name="open_sessions"),
    path("cuenta/sesiones/cerrar/", views.close_other_sessions, name="close_other_sessions"),
]
