"""Money that moves outside the portal, as staff record it: chargebacks, and what was given back by other means."""
