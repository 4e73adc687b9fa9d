"""What the address of a list in the admin may ask for: its own filters and its dates, and no other column.

Django lets `?password__startswith=` through for every column of a table, so that a list tells a hidden value letter by
letter. Here a lookup must be one that the page itself offers, with a value that can exist.
"""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.db import models
from django.http import HttpRequest

#: What Django's own filters append to the name of their field.
SUFFIXES = frozenset(("exact", "isnull", "gte", "lt", "in", "isempty"))
#: The least and the greatest of each part of a date.
PARTS = {"year": (1, 9999), "month": (1, 12), "day": (1, 31)}
# PostgreSQL's largest number has nineteen digits; nothing of ours that is looked for is longer than a word.
LONGEST_VALUE = 100


def lookup_allowed(self: "ModelAdmin[Any]", lookup: str, value: Any, request: HttpRequest) -> bool:
    """In place of Django's: False, which answers 400, for what the page does not offer or no value can be."""
    values = [str(each) for each in value] if isinstance(value, (list, tuple)) else [str(value)]
    if any(len(each) > LONGEST_VALUE for each in values):
        return False
    if lookup in _own_parameters(self, request):
        return True
    name, _, suffix = lookup.rpartition("__")
    if name and name == self.date_hierarchy and suffix in PARTS:
        return all(_within(each, *PARTS[suffix]) for each in values)
    field = name if suffix in SUFFIXES else lookup
    if suffix == "in":
        values = [each for value in values for each in value.split(",")]
    return field in _filtered(self, request) and all(_may_be(self.model, field, suffix, each) for each in values)


def _own_parameters(page: "ModelAdmin[Any]", request: HttpRequest) -> set[str]:
    """The names of the page's filters that are classes: they read their values themselves."""
    names = [getattr(entry, "parameter_name", None) for entry in page.get_list_filter(request)]
    return {name for name in names if name}


def _filtered(page: "ModelAdmin[Any]", request: HttpRequest) -> set[str]:
    """The fields of the page's own filters, also as their foreign keys name them, and of its dates."""
    names = [entry[0] if isinstance(entry, (tuple, list)) else entry for entry in page.get_list_filter(request)]
    fields = {name for name in names if isinstance(name, str)} | (
        {page.date_hierarchy} if page.date_hierarchy else set()
    )
    return fields | {f"{name}__{_key_of(page.model, name)}" for name in fields if _key_of(page.model, name)}


def _key_of(model: type[models.Model], path: str) -> str:
    """What a foreign key at the end of the path points to (`number`, `id`); empty for a plain column."""
    field = _field_of(model, path)
    return str(field.related_model._meta.pk.name) if field.related_model else ""


def _field_of(model: type[models.Model], path: str) -> Any:
    """The column at the end of a path of names."""
    field: Any = None
    for name in path.split("__"):
        field = model._meta.get_field(name)
        model = field.related_model or model
    return field


def _within(value: str, least: int, most: int) -> bool:
    return value.isascii() and value.isdigit() and least <= int(value) <= most


def _may_be(model: type[models.Model], path: str, suffix: str, value: str) -> bool:
    """One of the column's choices, where it has some; not a number that no column can hold."""
    choices = _field_of(model, path).choices
    if choices and suffix in ("exact", "in"):
        return value in {str(choice) for choice, _ in choices}
    if suffix in ("gte", "lt") and not isinstance(_field_of(model, path), models.DateField):
        return False
    digits = value.lstrip("-")
    return not digits.isdigit() or (digits.isascii() and int(digits) < 2**63)


def install() -> None:
    """For every list of the admin, those of other applications too."""
    ModelAdmin.lookup_allowed = lookup_allowed  # type: ignore[method-assign,assignment]
