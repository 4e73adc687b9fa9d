"""A stand-in for SUNAT's billService: a server process of its own with the same SOAP, zips, constancies and refusals.

It files nothing. It judges what it gets by the rules of `rules.py`, remembers every number it took, and can be told to
answer with any code, late, or not at all. Nothing of the portal but the reading of zip, XML and signature is shared.
"""
