"""Ways to pay besides a card typed into the gateway's form: Yape, PagoEfectivo, automatic payment, a link."""
