from django.apps import AppConfig
from django.forms import EmailField, FileField

# Django's own say "Introduzca" and "fichero", as nobody in Peru does, and allauth's forms use its fields too. Here,
# because a field takes its words when a form is defined, and the admin's are defined before the applications are ready.
EmailField.default_error_messages = {"invalid": "Escriba una dirección de correo electrónico válida."}
FileField.default_error_messages |= {"empty": "El archivo está vacío."}


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = "Colegiados y cuentas"
