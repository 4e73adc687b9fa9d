"""Base classes of the admin pages."""

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
    """An admin that shows and searches rows; nobody, not even a superuser, adds, changes or deletes them."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SearchedWithoutAccents:
    """Searches names without regard to accents and capitals: «nuñez», «nunez» and «NÚÑEZ» are equal.

    `folded_names` maps each folded name in `search_fields` to its column. E-mail addresses need no folding.
    """

    folded_names: Mapping[str, str] = {}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        folded = {name: WithoutAccents(column) for name, column in self.folded_names.items()}
        return super().get_queryset(request).alias(**folded)  # type: ignore[misc,no-any-return]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, without_accents(search_term))  # type: ignore[misc,no-any-return]


class PickedFromTable(AutocompleteSelect):
    """A search box for one row. Text sent instead of a number counts as no choice."""

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> Any:
        return super().optgroups(name, [each for each in value if str(each).isdecimal()], attr)


class PicksFromTables:
    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.autocomplete_fields:  # type: ignore[attr-defined]
            kwargs["widget"] = PickedFromTable(db_field, admin.site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]


class CappedPaginator(Paginator):
    """Counts at most MOST rows: a COUNT of a million rows costs more than the page itself."""

    MOST = 10_000

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[: self.MOST].count()


def money_column(field: str, label: str) -> Callable[[Model], str]:
    """Returns a sortable column for the admin's list: `1,234.50` soles, or a dash without an amount.

    USE_THOUSAND_SEPARATOR would also group the digits of CMP and purchase numbers.
    """

    @admin.display(description=f"{label} (S/)", ordering=field)
    def column(row: Model) -> str:
        amount = getattr(row, field)
        return "—" if amount is None else f"{amount:,.2f}"

    column.__name__ = field
    return column


def money_field(field: str, label: str) -> Callable[[Model], str]:
    """Returns a field for the page of one row: `S/ 1,234.50`. List the field in `readonly_fields`."""

    @admin.display(description=label)
    def column(row: Model) -> str:
        amount = getattr(row, field)
        return "—" if amount is None else f"S/ {amount:,.2f}"

    column.__name__ = field
    return column


class ShowsSums(ReadOnly):
    """Writes every sum on the page of a row with thousands separators. Only for read-only pages."""

    model: type[Model]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        names = super().get_fields(request, obj)  # type: ignore[misc]
        sums = {each.name: each for each in self.model._meta.fields if isinstance(each, DecimalField)}
        return [
            money_field(name, str(sums[name].verbose_name).removesuffix(" (S/)")) if name in sums else name
            for name in names
        ]
