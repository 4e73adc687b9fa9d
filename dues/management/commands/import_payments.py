from dues.management.commands._import import ImportCommand
from dues.models import DataLoad


class Command(ImportCommand):
    help = "Carga pagos hechos fuera del portal: banco, planilla, tesorería, saldos iniciales."
    content = DataLoad.Content.PAYMENTS
