"""What the admin pages of every house share."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.paginator import Paginator
from django.db.models import DecimalField, ForeignKey, Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from base.postgres.plain_names import WithoutAccents, without_accents


class ReadOnly:
    """Looked at and searched; superusers included, nobody adds, changes or deletes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SearchedWithoutAccents:
    """Names are found as people type them: «nuñez», «nunez» and «NÚÑEZ» are one.

    `folded_names` says from which column each folded name of `search_fields` is made. E-mails are plain letters anyway.
    """

    folded_names: Mapping[str, str] = {}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        made = {name: WithoutAccents(column) for name, column in self.folded_names.items()}
        return super().get_queryset(request).alias(**made)  # type: ignore[misc,no-any-return]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, without_accents(search_term))  # type: ignore[misc,no-any-return]


class PickedFromTable(AutocompleteSelect):
    """A person's search box; what was sent instead of a number is drawn as nothing chosen."""

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> Any:
        return super().optgroups(name, [each for each in value if str(each).isdecimal()], attr)


class PicksFromTables:
    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.autocomplete_fields:  # type: ignore[attr-defined]
            kwargs["widget"] = PickedFromTable(db_field, admin.site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


class CappedPaginator(Paginator):
    """Counts no further than staff would turn pages: a COUNT of a million rows costs more than the page itself."""

    MOST = 10_000

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[: self.MOST].count()


def money_column(field: str, label: str) -> Callable[[Model], str]:
    """A column of a table in the admin: `1,234.50`, sortable; a dash when there is no amount.

    Django groups the digits of all numbers or of none, and a CMP number or a purchase number must stay whole.
    """

    @admin.display(description=f"{label} (S/)", ordering=field)
    def column(row: Model) -> str:
        amount = getattr(row, field)
        return "—" if amount is None else f"{amount:,.2f}"

    column.__name__ = field
    return column


def money_field(field: str, label: str) -> Callable[[Model], str]:
    """A sum on the page of one row, `S/ 1,234.50`; the admin must be told that it is read only."""

    @admin.display(description=label)
    def shown(row: Model) -> str:
        amount = getattr(row, field)
        return "—" if amount is None else f"S/ {amount:,.2f}"

    shown.__name__ = field
    return shown


class ShowsSums(ReadOnly):
    """Every sum on the page of a row with its thousands apart. Only for what nobody types: see ReadOnly."""

    model: type[Model]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        names = super().get_fields(request, obj)  # type: ignore[misc]
        sums = {each.name: each for each in self.model._meta.fields if isinstance(each, DecimalField)}
        return [
            money_field(name, str(sums[name].verbose_name).removesuffix(" (S/)")) if name in sums else name
            for name in names
        ]
