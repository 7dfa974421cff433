"""A platform's notes on young people: read on its own pages alone, encrypted wherever they rest.

A note stands in the row of the answer that it came with (`tables/retours_collectes`), so that what
goes over answers, a purge or an exclusion, goes over it too. Its key is the page's: a file of answers
that is copied elsewhere, or read by a run, tells nothing of it.
"""

from typing import Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

KEY_NAME: Final = "notes"
LONGEST: Final = 500
HEADER: Final = {"alg": "dir", "enc": "A256GCM"}
LOST: Final = "(note illisible : sa clé a été perdue avec portail.sqlite)"


def seal_note(text: str, signalement: str, secret: bytes) -> str:
    """Encrypt a note, bound to the one whom it is about."""
    return jwe.encrypt_compact(HEADER, f"{signalement}\n{text}".encode(), _key(secret))


def open_note(sealed: str | None, signalement: str, secret: bytes) -> str:
    """Return a note; nothing where there is none, `LOST` where it cannot be read."""
    if not sealed:
        return ""
    try:
        told = jwe.decrypt_compact(sealed, _key(secret)).plaintext or b""
    except (JoseError, ValueError):
        return LOST
    about, _, text = told.decode().partition("\n")
    return text if about == signalement else LOST


def _key(secret: bytes) -> OctKey:
    return OctKey.import_key(bytes.fromhex(secret.decode()))
