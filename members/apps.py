from django.apps import AppConfig
from django.db.models.signals import post_migrate


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = "Colegiados y cuentas"

    def ready(self) -> None:
        from members import roles

        # Where Django makes permissions itself: once, when all tables are there, however many migrations ran.
        post_migrate.connect(roles.grant_after_migrating, sender=self)
