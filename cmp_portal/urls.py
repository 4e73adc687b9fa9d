from django.contrib import admin
from django.urls import include, path

from cmp_portal import health, metrics, pages
from cmp_portal.privacy import views as privacy
from receipts.views import check, history
from staff.treasury.views import home as treasury_home

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
    path("cuenta/", include("allauth.urls")),
    path("", include("members.urls")),
    path("", include("dues.urls")),
    path("pago/historial/", history, name="history"),
    path("pago/", include("payments.urls")),
    path("verificar/", check, name="check"),
    path("verificar/<str:code>/", check, name="check_code"),
    path("comprobantes/", include("receipts.urls")),
    path("admin/", treasury_home),
    path("admin/pagos/", include("staff.treasury.urls")),
    path("admin/pagos/", include("staff.outside.urls")),
    path("admin/webmaster/", include("staff.webmaster.urls")),
    path("admin/", admin.site.urls),
]
