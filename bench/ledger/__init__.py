"""The dues ledger at the college's size: loading, charging and asking, each beside what bounds it.

100,000 members owe two kinds of due for 36 months; at most months are paid. The bounds are measured in the same run on
the same tables, indexes, constraints and triggers included: the bare COPY of the same rows, the bare INSERT … SELECT.
"""
