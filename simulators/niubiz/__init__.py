"""A stand-in for Niubiz as a server of its own: the outside world in development, tests and demo.

It shares nothing with the portal: no settings, no models, no code of `payments.gateway`. What both know of the protocol
is written twice on purpose, so that a misreading in one is not confirmed by the other.
"""
