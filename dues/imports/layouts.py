"""What the files that the college loads hold, and how each is merged. docs/imports.md tells their writers the same."""

from collections.abc import Callable, Sequence

from base.files.staging import Counts
from base.files.tables import Column
from dues.imports.dues import DUES_COLUMNS, load_dues
from dues.imports.exemptions import EXEMPTIONS_COLUMNS, load_exemptions
from dues.imports.payment_files import PAYMENTS_COLUMNS, load_payments
from dues.leaving import load_roll
from dues.models import DataLoad
from members import roll

#: The columns of each kind of file.
COLUMNS: dict[DataLoad.Content, Sequence[Column]] = {
    DataLoad.Content.ROLL: roll.COLUMNS,
    DataLoad.Content.DUES: DUES_COLUMNS,
    DataLoad.Content.PAYMENTS: PAYMENTS_COLUMNS,
    DataLoad.Content.EXEMPTIONS: EXEMPTIONS_COLUMNS,
}

LOADERS: dict[DataLoad.Content, Callable[..., Counts]] = {
    DataLoad.Content.ROLL: load_roll,
    DataLoad.Content.DUES: load_dues,
    DataLoad.Content.PAYMENTS: load_payments,
    DataLoad.Content.EXEMPTIONS: load_exemptions,
}
