"""The treasury's pages at the size of years: a million attempts, searched by each key, filtered, opened and exported.

The rows are made by SQL with triggers off; the pages are asked through Django's whole stack, as a logged-in treasurer.
Beside each page's median stands its own slowest SQL query, in the same run.
"""
