from django.urls import path

from receipts import views

urlpatterns = [
    path("constancias/", views.attestations, name="attestations"),
    path("constancias/<str:code>.pdf", views.attestation_pdf, name="attestation_pdf"),
    path("habilidad/", views.standing_certificates, name="standing_certificates"),
    path("habilidad/<str:code>.pdf", views.standing_certificate_pdf, name="standing_certificate_pdf"),
    path("<str:code>/pdf/", views.receipt_pdf, name="receipt_pdf"),
    path("<str:code>/ticket/", views.receipt_ticket, name="receipt_ticket"),
    path("<str:code>/xml/", views.receipt_xml, name="receipt_xml"),
    path("<str:code>/cdr/", views.receipt_cdr, name="receipt_cdr"),
    path("<str:code>/reenviar/", views.resend, name="receipt_resend"),
]
