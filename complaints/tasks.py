"""Jobs of the Libro de Reclamaciones, run by `manage.py procrastinate worker`."""

from procrastinate.contrib.django import app

from complaints import book
from complaints.models import Complaint
from members.tasks import UNTIL_DELIVERED


@app.task(name="complaints.send_copy", queue="mail", retry=UNTIL_DELIVERED)
def send_copy(complaint_id: int) -> None:
    book.copy_for_consumer(Complaint.objects.get(pk=complaint_id)).send()


@app.task(name="complaints.tell_college", queue="mail", retry=UNTIL_DELIVERED)
def tell_college(complaint_id: int) -> None:
    book.letter_to_college(Complaint.objects.get(pk=complaint_id)).send()


@app.task(name="complaints.send_answer", queue="mail", retry=UNTIL_DELIVERED)
def send_answer(complaint_id: int) -> None:
    book.letter_of_answer(Complaint.objects.get(pk=complaint_id)).send()
