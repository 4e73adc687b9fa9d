from django.urls import path, re_path

from staff.reports import pages, share_pages

FILE = r"(?P<file_type>csv|xlsx)$"

urlpatterns = [
    path("", pages.index, name="informes"),
    path("participaciones/", share_pages.listing, name="informes_participaciones"),
    path("participaciones/proponer/", share_pages.propose, name="informes_proponer_participacion"),
    path("participaciones/<int:share_id>/decidir/", share_pages.decide, name="informes_decidir_participacion"),
    path("<slug:slug>/", pages.show, name="informe"),
    path("<slug:slug>/calcular/", pages.calculate, name="informe_calcular"),
    path("<slug:slug>/suscripcion/", pages.subscribe, name="informe_suscripcion"),
    path("<slug:slug>/estado.pdf", pages.paper, name="informe_pdf"),
    re_path(rf"^(?P<slug>[\w-]+)/tabla\.{FILE}", pages.table_file, name="informe_archivo"),
    path("<slug:slug>/formato/<str:layout>/", pages.download, name="informe_formato"),
    path("<slug:slug>/filas/<str:line>/", pages.behind, name="informe_filas"),
    re_path(rf"^(?P<slug>[\w-]+)/filas/(?P<line>[^/]+)/filas\.{FILE}", pages.rows_file, name="informe_filas_archivo"),
]
