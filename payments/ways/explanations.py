"""Why the gateway decided as it did, in the words of the way to pay."""

from payments.gateway import Explanation, explain
from payments.gateway.yape_refusals import explain_yape
from payments.models import Attempt
from payments.states import Way


def explanation_of(attempt: Attempt) -> Explanation:
    """Returns what the attempt's action code means for the member and for the support desk."""
    if attempt.way == Way.YAPE:
        return explain_yape(attempt.action_code, attempt.action_description)
    return explain(attempt.action_code)
