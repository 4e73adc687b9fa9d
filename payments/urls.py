from django.urls import include, path

from payments import views
from payments.ways import link_views

urlpatterns = [
    path("", views.greeting, name="greeting"),
    path("cuotas/", views.choose, name="choose"),
    path("correo/", views.mail_works, name="mail_works"),
    path("adelantar/<str:kind>/", views.pay_ahead, name="pay_ahead"),
    path("retorno/<str:signed>/", views.come_back, name="payment_return"),
    path("recordatorios/<str:signed>/", views.stop_reminders, name="stop_reminders"),
    path("recordatorios/<str:signed>/volver/", views.resume_reminders, name="resume_reminders"),
    path("automatico/", include("payments.ways.automatic.urls")),
    path("<uuid:ref>/", views.order_page, name="order"),
    path("<uuid:ref>/resumen/", views.summary, name="summary"),
    path("<uuid:ref>/pagar/", views.open_card_form, name="open_card_form"),
    path("<uuid:ref>/tarjeta/", views.card, name="card"),
    path("<uuid:ref>/tiempo-agotado/", views.form_timed_out, name="form_timed_out"),
    path("<uuid:ref>/enlace/", link_views.make_link, name="make_link"),
    path("<uuid:ref>/enlace/anular/", link_views.revoke_link, name="revoke_link"),
    path("enlace/<str:token>/", link_views.link_page, name="link_page"),
    path("enlace/<str:token>/tarjeta/", link_views.link_card, name="link_card"),
    path("enlace/<str:token>/retorno/<str:signed>/", link_views.link_return, name="link_return"),
    path("<uuid:ref>/cancelar/", views.cancel, name="cancel_order"),
]
