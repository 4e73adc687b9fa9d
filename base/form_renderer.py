from collections.abc import Mapping
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

#: Django's widgets that are a single <input>; an option is one if its label stands beside the input.
SINGLE_INPUTS = frozenset(f"django/forms/widgets/{kind}.html" for kind in ("text", "email", "password", "checkbox"))
OPTIONS = frozenset(f"django/forms/widgets/{kind}_option.html" for kind in ("radio", "checkbox"))


class PortalRenderer(TemplatesSetting):
    """Renders forms with the portal's partials: `{{ form }}`, `{{ form.email.as_field_group }}`, `{% field %}`.

    The admin lays out its fields itself.
    """

    form_template_name = "partials/form.html"
    field_template_name = "partials/field.html"

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        # Django nests three templates for one tag, which took a tenth of the time of the page of dues.
        widget = context.get("widget", {})
        if template_name in SINGLE_INPUTS or (template_name in OPTIONS and not widget["wrap_label"]):
            return _input(widget)
        return super().render(template_name, context, request)


def _input(widget: Mapping[str, Any]) -> SafeString:
    attributes = {"type": widget["type"], "name": widget["name"], "value": widget["value"]}
    return format_html("<input{}>", flatatt(attributes | widget["attrs"]))
