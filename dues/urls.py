from django.urls import path

from dues import views

urlpatterns = [
    path("estado-de-cuenta/", views.statement, name="statement"),
]
