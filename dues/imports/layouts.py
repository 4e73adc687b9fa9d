"""What the files that the college loads hold, and how each is merged. docs/imports.md tells their writers the same."""

from collections.abc import Callable

from base.files.staging import Counts
from dues.imports.dues import load_dues
from dues.imports.exemptions import load_exemptions
from dues.imports.payments import load_payments
from dues.leaving import load_roll
from dues.models import DataLoad

LOADERS: dict[DataLoad.Content, Callable[..., Counts]] = {
    DataLoad.Content.ROLL: load_roll,
    DataLoad.Content.DUES: load_dues,
    DataLoad.Content.PAYMENTS: load_payments,
    DataLoad.Content.EXEMPTIONS: load_exemptions,
}
