"""Pago automático: a card on file pays the oldest dues once a month, after a letter (docs/automatic-payment.md)."""
