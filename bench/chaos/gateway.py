"""The gateway's simulator with a card token that lives 12 seconds instead of 15 minutes: shorter than the portal waits
before it believes that a charge is absent (14 seconds instead of 35 minutes), as in life."""

from payments.simulator import gateway_api
from payments.simulator.__main__ import main

gateway_api.TOKEN_SECONDS = 12
gateway_api.LATE_SECONDS = 5.0

if __name__ == "__main__":
    main()
