from dues.management.commands._import import ImportCommand
from dues.models import DataLoad


class Command(ImportCommand):
    help = "Carga cuotas: lo que cada colegiado debe por mes y tipo."
    content = DataLoad.Content.DUES
