from dues.management.commands._import import ImportCommand
from dues.models import DataLoad


class Command(ImportCommand):
    help = "Carga exoneraciones y libera las cuotas pendientes de sus meses."
    content = DataLoad.Content.EXEMPTIONS
