"""Codes of a second factor: TOTP (RFC 6238) over HOTP (RFC 4226), as every application makes them.

Thirty lines on `hmac`, with the RFC's vectors as tests, in place of a library: docs/adr/0025.
"""

import base64
import hmac
import secrets
import struct
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

STEP: Final = 30
"""Seconds that a code lives: what applications assume without being told."""
DIGITS: Final = 6
SECRET_BYTES: Final = 20
"""160 bits: RFC 4226, requirement R6."""
DRIFT: Final = 1
"""Steps before and after now that count too: a telephone's clock may be half a minute off."""
ISSUER: Final = "SIEI"


def new_secret() -> str:
    """Return a secret as a person may type it: capitals and digits, 32 of them."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def code_at(secret: bytes, step: int, digits: int = DIGITS, algorithm: str = "sha1") -> str:
    """Return the code of a step."""
    made = hmac.new(secret, struct.pack(">Q", step), algorithm).digest()
    start = made[-1] & 0xF
    (number,) = struct.unpack(">I", made[start : start + 4])
    return f"{(number & 0x7FFFFFFF) % 10**digits:0{digits}d}"


def step_of(when: datetime) -> int:
    return int(when.timestamp()) // STEP


def find_step(secret: str, code: str, when: datetime, after: int) -> int | None:
    """Return the step whose code this is, None if it is of none near now.

    Steps up to `after` are spent: a code that was seen over a shoulder opens nothing a second time.
    """
    key, now = base64.b32decode(secret), step_of(when)
    given = "".join(code.split()).encode()
    near = [
        step
        for step in range(now - DRIFT, now + DRIFT + 1)
        if hmac.compare_digest(code_at(key, step).encode(), given)
    ]
    return next((step for step in near if step > after), None)


def address_of(secret: str, courriel: str) -> str:
    """Return the address that an application reads: otpauth://totp/SIEI:…"""
    label = quote(f"{ISSUER}:{courriel}", safe="")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': ISSUER})}"
