"""The gateway's simulator with a card token that lives 4 seconds instead of 15 minutes: shorter than the portal waits
before it believes that a charge is absent (6 seconds instead of 35 minutes), as in life."""

from simulators.niubiz import gateway_api
from simulators.niubiz.__main__ import main

gateway_api.TOKEN_SECONDS = 4
gateway_api.LATE_SECONDS = 2.0

if __name__ == "__main__":
    main()
