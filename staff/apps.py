from django.apps import AppConfig
from django.db.models.signals import post_migrate


class StaffConfig(AppConfig):
    name = "staff"
    verbose_name = "Personal del colegio"

    def ready(self) -> None:
        from staff import roles
        from staff.desk import borrowed_names

        borrowed_names.name_tables()
        # Run once, when all tables exist.
        post_migrate.connect(roles.grant_after_migrating, sender=self)
