"""Chaos at SUNAT: documents are filed while answers are lost, late, refused and repeated.

Then two persons of the treasury do what the portal's pages offer, looking at SUNAT's page where it asks them to, and
every document is compared with the stand-in's books. `python -m bench.sunat --seed 1`.
"""
