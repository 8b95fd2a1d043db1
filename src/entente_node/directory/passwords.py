"""How a password is kept: Argon2id, with a cost that a small machine bears.

32 MiB and two passes are above OWASP's least (19 MiB, two passes); one lane, because eight
threads may check eight passwords at once. Measured at 46 ms on the project's 2-core machine;
Django's own parameters take 100 MiB each time. A password that an older node kept with scrypt
is kept anew when it next signs in.
"""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id for a node."""

    time_cost = 2
    memory_cost = 32 * 1024
    parallelism = 1
