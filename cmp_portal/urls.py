from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from cmp_portal import health, metrics, pages
from cmp_portal.privacy import views as privacy
from members.login import confirming
from receipts.views import check, history
from staff import going_live
from staff.desk import pages as desk
from staff.treasury.views import home as treasury_home

to_the_portals_page = RedirectView.as_view(pattern_name="account_change_password")

urlpatterns = [
    path("", pages.home, name="home"),
    path("politica-de-devolucion/", pages.refund_policy, name="refund_policy"),
    path("terminos/", pages.terms, name="terms"),
    path("privacidad/", pages.privacy, name="privacy"),
    path("cuenta/mis-datos/", privacy.my_data, name="my_data"),
    path("cuenta/mis-datos/descargar/", privacy.download_my_data, name="download_my_data"),
    path("contacto/", pages.contact, name="contact"),
    path("accesibilidad/", pages.accessibility, name="accessibility"),
    path("salud/", health.everything, name="health"),
    path("salud/viva/", health.live, name="health_live"),
    path("salud/lista/", health.ready, name="health_ready"),
    path("salud/metricas/", metrics.show, name="metrics"),
    # In place of allauth's pages of the same names.
    path("cuenta/confirm-email/<str:key>/", confirming.confirm_email, name="account_confirm_email"),
    path("cuenta/confirm-email/<str:key>/descartar/", confirming.discard, name="discard_registration"),
    path("cuenta/", include("allauth.urls")),
    path("", include("members.urls")),
    path("", include("dues.urls")),
    path("pago/historial/", history, name="history"),
    path("pago/", include("payments.urls")),
    path("libro-de-reclamaciones/", include("complaints.urls")),
    path("verificar/", check, name="check"),
    path("verificar/<str:code>/", check, name="check_code"),
    path("comprobantes/", include("receipts.urls")),
    path("admin/", treasury_home),
    path("admin/configuracion/puesta-en-marcha/", going_live.steps, name="staff_golive"),
    path("admin/configuracion/puesta-en-marcha/<slug:key>/confirmar/", going_live.confirm, name="staff_confirm_step"),
    path("admin/configuracion/", desk.tables, name="staff_tables"),
    path("admin/buscar/", desk.search, name="staff_search"),
    path("admin/colegiados/", include("staff.desk.urls")),
    path("admin/pagos/", include("staff.treasury.urls")),
    path("admin/pagos/", include("staff.outside.urls")),
    path("admin/webmaster/", include("staff.webmaster.urls")),
    path("admin/informes/", include("staff.reports.urls")),
    # The portal's page has limits and writes a letter; the admin's has neither.
    path("admin/password_change/", to_the_portals_page),
    path("admin/password_change/done/", to_the_portals_page),
    path("admin/", admin.site.urls),
]
