from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class StaffConfig(AppConfig):
    name = "staff"
    verbose_name = "Personal del colegio"

    def ready(self) -> None:
        from staff import roles
        from staff.desk import borrowed_names

        borrowed_names.name_tables()
        # Run once, when all tables exist. Django sends no such signal for an app without tables, so we use receipts'.
        post_migrate.connect(roles.grant_after_migrating, sender=apps.get_app_config("receipts"))
