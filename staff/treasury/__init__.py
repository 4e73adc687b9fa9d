"""The treasury's desk in the admin: it stands above the four houses, because a payment's page shows all of them."""
