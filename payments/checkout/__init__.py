"""A checkout, from the choice of dues to the outcome of the charge."""
