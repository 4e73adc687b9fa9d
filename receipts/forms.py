from django import forms

from base.forms import MailboxField


class ResendForm(forms.Form):
    """Where to send the letter again. `intent` is made with the page, so that a form posted twice is one letter."""

    email = MailboxField(label="Correo", max_length=254, error_messages={"required": "Escriba un correo."})
    intent = forms.UUIDField(widget=forms.HiddenInput)
