from django.urls import path

from payments.ways.automatic import views

urlpatterns = [
    path("", views.page, name="automatic_payment"),
    path("activar/", views.begin, name="begin_automatic"),
    path("tarjeta/", views.card, name="automatic_card"),
    path("otra-tarjeta/", views.replace_card, name="replace_automatic_card"),
    path("retorno/<str:signed>/", views.come_back, name="automatic_return"),
    path("cambiar/", views.change, name="change_automatic"),
    path("omitir/<uuid:charge_ref>/", views.skip, name="skip_automatic"),
    path("detener/", views.stop, name="stop_automatic"),
    path("carta/<str:signed>/", views.letter, name="automatic_letter"),
    path("carta/<str:signed>/omitir/", views.skip_by_letter, name="skip_automatic_by_letter"),
    path("carta/<str:signed>/detener/", views.stop_by_letter, name="stop_automatic_by_letter"),
]
