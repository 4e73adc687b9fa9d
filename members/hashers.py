from django.contrib.auth.hashers import Argon2PasswordHasher


class OwaspArgon2Hasher(Argon2PasswordHasher):
    """argon2id at OWASP's parameters: 19 MiB, two passes, one lane. Docs: docs/decisions/."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
