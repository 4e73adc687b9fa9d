"""The college's face on every letter: the plain text, and an HTML twin made of it with one layout."""

import re
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

ADDRESS = re.compile(r"(?:(?P<words>[^\n]*?):?\s*\n?)?(?P<url>https?://\S+)$")
# A button says where it leads in a few words; longer ones stay a sentence above it.
LONGEST_BUTTON = 40


class PortalMail(EmailMultiAlternatives):
    """A plain-text letter that gets its HTML twin when it is sent, unless it has one already."""

    def message(self, *args: Any, **kwargs: Any) -> Any:
        if not self.alternatives:
            self.attach_alternative(in_html(str(self.subject), str(self.body)), "text/html")
        return super().message(*args, **kwargs)


def in_html(subject: str, body: str) -> str:
    """Returns the letter in the layout: a paragraph for each of the text's, and a button for an address at its end."""
    parts = [_part(text) for text in re.split(r"\n\s*\n", body.strip()) if text.strip()]
    return render_to_string("emails/layout.html", {"subject": subject, "parts": parts})


def _part(text: str) -> dict[str, str]:
    found = ADDRESS.search(text.strip())
    if not found:
        return {"text": text.strip()}
    words = (found["words"] or "").strip().rstrip(":")
    before = text.strip()[: found.start()].strip()
    if len(words) > LONGEST_BUTTON:
        before, words = f"{before}\n{words}:".strip(), ""
    return {"text": before, "url": found["url"], "label": words or "Ver en CMP Digital"}
