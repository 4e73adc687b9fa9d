from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.forms import EmailField


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = "Colegiados y cuentas"

    def ready(self) -> None:
        from members import roles

        # Django's own says "Introduzca", every other sentence of ours "Escriba"; allauth's forms use its fields too.
        EmailField.default_error_messages = {"invalid": "Escriba una dirección de correo electrónico válida."}
        # Where Django makes permissions itself: once, when all tables are there, however many migrations ran.
        post_migrate.connect(roles.grant_after_migrating, sender=self)
