"""What cmp_portal.local.quick_migrate made, and the tests run on, lacks nothing that a model names."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Model

pytestmark = pytest.mark.django_db


def models() -> Iterator[type[Model]]:
    for model in apps.get_models():
        if model._meta.managed and not model._meta.proxy:
            yield model


def test_every_constraint_and_index_of_a_model_is_in_its_table() -> None:
    named, missing = 0, []
    with connection.cursor() as cursor:
        for model in models():
            found = connection.introspection.get_constraints(cursor, model._meta.db_table)
            for option in (*model._meta.constraints, *model._meta.indexes):
                named += 1
                missing += [] if option.name in found else [f"{model._meta.label}: {option.name}"]
    assert named > 100
    assert missing == []


def test_every_trigger_of_a_model_is_on_its_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal")
        found = set(cursor.fetchall())
    named = {
        (model._meta.db_table, trigger.get_pgid(model))
        for model in models()
        for trigger in getattr(model._meta, "triggers", [])
    }
    assert len(named) > 20
    assert named - found == set()
