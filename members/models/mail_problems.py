"""Addresses from which letters came back."""

from django.db import models
from django.utils import timezone


class MailProblem(models.Model):
    """An address, in small letters, whose mail server refused a letter for good or returned it."""

    email = models.EmailField("correo", primary_key=True, max_length=254)
    why = models.CharField("motivo", max_length=300)
    since = models.DateTimeField("desde", default=timezone.now)

    class Meta:
        verbose_name = "correo que no recibe"
        verbose_name_plural = "correos que no reciben"

    def __str__(self) -> str:
        return self.email
