from django.conf import settings
from django.db import migrations, models

import dues.models.settled


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0013_closed_sessions"),
        ("payments", "0021_surplus_waits_for_refund"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="paymentelsewhere",
            name="an_operation_is_recorded_once",
        ),
        migrations.AddConstraint(
            model_name="paymentelsewhere",
            constraint=models.UniqueConstraint(
                models.F("channel"),
                dues.models.settled.Operation("reference"),
                condition=models.Q(("reversed_at", None)),
                name="an_operation_is_recorded_once",
            ),
        ),
    ]
