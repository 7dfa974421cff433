"""Passwords: argon2id, few at a time, and the same time spent whether the account exists or not."""

import threading
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LENGTH_MIN, LENGTH_MAX = 14, 200
"""CNIL, 2022: fourteen characters where nothing else slows a thief down; here a lock does too."""
DISTINCT_MIN: Final = 8

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's least
_few = threading.BoundedSemaphore(2)
_nobody = _hasher.hash("nobody has this password")


def hash_password(password: str) -> str:
    with _few:
        return _hasher.hash(password)


def verify_password(hashed: str | None, password: str) -> bool:
    """Say whether this is the password; without an account it takes as long, and says no."""
    with _few:
        try:
            return _hasher.verify(hashed or _nobody, password) and hashed is not None
        except (VerificationError, InvalidHashError):
            return False


def refuse_password(password: str, courriel: str) -> str | None:
    """Say in French why a new password will not do; None if it will."""
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        return f"Il faut de {LENGTH_MIN} à {LENGTH_MAX} caractères."
    if len(set(password)) < DISTINCT_MIN:
        return f"Il faut au moins {DISTINCT_MIN} caractères différents."
    if courriel.partition("@")[0].casefold() in password.casefold():
        return "Le mot de passe ne doit pas contenir votre adresse."
    return None
