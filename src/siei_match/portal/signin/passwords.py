"""Passwords: argon2id, few at a time, and the same time spent whether the account exists or not."""

import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LENGTH_MIN, LENGTH_MAX = 14, 200
"""CNIL, 2022: fourteen characters where nothing else slows a thief down; here a lock does too."""
DISTINCT_MIN: Final = 8
COMMON: Final = Path(__file__).with_name("mots_courants.txt")
BETWEEN_LETTERS: Final = re.compile("(?<=[a-z])[0134578@$!|]+(?=[a-z])")
LOOK_ALIKE: Final = str.maketrans("0134578@$!|", "oieastbasil")

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's least
# Two threads of their own: each that ever hashes keeps the 19 MB that it took, and the page has forty.
_few = ThreadPoolExecutor(2, thread_name_prefix="password")
_nobody = _hasher.hash("nobody has this password")


def hash_password(password: str) -> str:
    return _few.submit(_hasher.hash, password).result()


def verify_password(hashed: str | None, password: str) -> bool:
    """Say whether this is the password; without an account it takes as long, and says no."""
    try:
        good = _few.submit(_hasher.verify, hashed or _nobody, password).result()
        return good and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def is_common(password: str) -> bool:
    """Say whether a password is made of nothing but common words, runs of keys, digits and signs.

    No list of leaked passwords of fourteen characters is long enough; what they are made of is short.
    """
    folded = unicodedata.normalize("NFKD", password.casefold())
    # A sign among letters stands for one; a year at the end does not.
    readings = (folded, BETWEEN_LETTERS.sub(lambda m: m[0].translate(LOOK_ALIKE), folded))
    letters = ("".join(c for c in reading if "a" <= c <= "z") for reading in readings)
    return any(_common_words().fullmatch(text) for text in letters)


@cache
def _common_words() -> "re.Pattern[str]":
    lines = COMMON.read_text("utf-8").splitlines()
    words = {word for line in lines if not line.startswith("#") for word in line.split()}
    # Possessive would miss "pass" + "word" where "passw" is a word too; 200 characters bound the rest.
    return re.compile(f"(?:{'|'.join(sorted(words))})*")


def refuse_password(password: str, courriel: str) -> str | None:
    """Say in French why a new password will not do; None if it will."""
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        return f"Il faut de {LENGTH_MIN} à {LENGTH_MAX} caractères."
    if len(set(password)) < DISTINCT_MIN:
        return f"Il faut au moins {DISTINCT_MIN} caractères différents."
    if is_common(password):
        return (
            "Ce mot de passe n'est fait que de mots et de suites que tout le monde essaie d'abord."
        )
    if courriel.partition("@")[0].casefold() in password.casefold():
        return "Le mot de passe ne doit pas contenir votre adresse."
    return None
