from django.contrib.auth.hashers import Argon2PasswordHasher


class OwaspArgon2Hasher(Argon2PasswordHasher):
    """argon2id at OWASP's parameters (Password Storage Cheat Sheet): 7 MiB, five passes, one lane.

    Not more, because a login is answered by the same cores that take payments: Django's own 100 MiB with eight lanes
    cost 0.2 s of CPU each, so that a rush of logins, or of guesses, held up members who pay, and sixteen threads took
    1.6 GB. Not less, because OWASP counts this as the least that is safe, equal to 19 MiB and two passes. Of its
    equal pairs this one takes the least memory. What it costs: docs/performance.md.
    """

    time_cost = 5
    memory_cost = 7_168
    parallelism = 1
