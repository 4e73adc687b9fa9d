from dues.management.commands._import import ImportCommand
from dues.models import DataLoad


class Command(ImportCommand):
    help = "Carga el padrón: colegiados y sus consejos regionales."
    content = DataLoad.Content.ROLL
