from django.forms.renderers import TemplatesSetting


class PortalRenderer(TemplatesSetting):
    """Renders forms with the portal's partials: `{{ form }}`, `{{ form.email.as_field_group }}`, `{% field %}`.

    The admin is untouched: it lays out its fields by itself.
    """

    form_template_name = "partials/form.html"
    field_template_name = "partials/field.html"
