"""The tables of ways to pay besides a card typed into the gateway's form."""
