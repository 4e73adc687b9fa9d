"""Spanish names for the tables of libraries that have none: no menu of the staff shows a word of English."""

from django.apps import apps

#: Model, its name, its plural, and the name of its app.
NAMES = (
    ("mfa.Authenticator", "segundo factor", "segundos factores", "Segundo factor"),
    ("procrastinate.ProcrastinateJob", "trabajo pendiente", "trabajos pendientes", "Proceso de envíos"),
)


def name_tables() -> None:
    """Called once, when all apps are ready; neither library offers a setting for it."""
    for label, name, plural, app_name in NAMES:
        model = apps.get_model(label)
        model._meta.verbose_name, model._meta.verbose_name_plural = name, plural
        apps.get_app_config(model._meta.app_label).verbose_name = app_name
