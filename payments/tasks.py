"""Jobs of the payments app, run by `manage.py procrastinate worker`."""

from procrastinate.contrib.django import app

from payments import reconcile


@app.task(name="payments.ask", queue="payments")
def ask(attempt_id: int) -> None:
    reconcile.ask_again_if_due(attempt_id)


@app.periodic(cron="* * * * *")
@app.task(name="payments.sweep", queue="payments", queueing_lock="payments.sweep")
def sweep(timestamp: int) -> None:  # noqa: ARG001 - the moment procrastinate hands over
    """Whatever a lost job or a crash left behind, once a minute."""
    reconcile.ask_all_due()
    reconcile.expire_lapsed()
