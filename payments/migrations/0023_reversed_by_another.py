from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0014_plain_names"),
        ("payments", "0022_one_operation_however_written"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="paymentelsewhere",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reversed_by", None), models.Q(("reversed_by", models.F("author")), _negated=True), _connector="OR"
                ),
                name="a_second_person_reverses_a_payment_elsewhere",
            ),
        ),
    ]
