from django.urls import path

from members import views

urlpatterns = [
    path("este-cmp-no-es-el-mio/", views.report_cmp, name="report_cmp"),
]
