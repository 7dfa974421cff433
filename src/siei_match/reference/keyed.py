"""Keyed hashes: what names a person to us alone.

HMAC-SHA-256 (RFC 2104) of a text under the secret key. Without the key nobody can compute one
from a name or an INE, nor find the text under it by trying all of them.
"""

import hashlib
import subprocess
import sys
from contextlib import suppress
from typing import Final

import numpy as np
import polars as pl

from siei_match.reference import hasher
from siei_match.reference.hasher import BETWEEN, BLOCK

LENGTH: Final = 32
"""Hexadecimal digits kept of the 64: 128 bits, no collision to fear among any population."""
NUMBER: Final = 8
"""Bytes of a digest that make a number."""
PART: Final = 1 << 19
"""Texts hashed at once: as objects of the interpreter they take ten times their room."""
APART: Final = 1 << 16
"""Texts from which a process of their own is started: fewer are hashed as fast here."""


def keyed(values: pl.Series, key: bytes) -> pl.Series:
    """Return the HMAC-SHA-256 of each text under the key, hexadecimal, cut to `LENGTH` digits."""
    digits = _hashed(values, key, LENGTH // 2).hex()
    cut = [digits[at : at + LENGTH] for at in range(0, len(digits), LENGTH)]
    return pl.Series(values.name, cut, dtype=pl.String)


def numbered(values: pl.Series, key: bytes) -> pl.Series:
    """Return the first 64 bits of the HMAC-SHA-256 of each text under the key (UInt64).

    Among the hundred million fingerprints of twenty national campaigns two collide with a chance
    of 3 in 10,000, and a collision is one vote among several. A number is sorted and joined ten
    times as fast as its digits, and takes a quarter of the room.
    """
    whole = np.frombuffer(_hashed(values, key, NUMBER), dtype=">u8")
    return pl.Series(values.name, whole.astype(np.uint64))


def _hashed(values: pl.Series, key: bytes, size: int) -> bytes:
    """Return the first bytes of the digest of each text, one after another."""
    padded = (hashlib.sha256(key).digest() if len(key) > BLOCK else key).ljust(BLOCK, b"\0")
    pads = [bytes(byte ^ pad for byte in padded) for pad in (0x36, 0x5C)]
    parts = [values.slice(at, PART) for at in range(0, len(values), PART)]
    return b"".join(_hash_apart(part, pads, size) for part in parts)


def _hash_apart(values: pl.Series, pads: list[bytes], size: int) -> bytes:
    """Hash texts in a process of their own where they are many, and here where none can be started."""
    if len(values) >= APART and not values.null_count():
        whole = values.str.join(BETWEEN).item().encode()
        if whole.count(BETWEEN.encode()) == len(values) - 1:
            with suppress(OSError, subprocess.CalledProcessError):
                return subprocess.run(  # noqa: S603 -- our own interpreter and file
                    [sys.executable, "-I", "-S", hasher.__file__],
                    input=b"".join([*pads, bytes([size]), whole]),
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    check=True,
                ).stdout
    texts: list[bytes] = values.cast(pl.Binary).to_list()
    return b"".join(digest[:size] for digest in hasher.digests(texts, *pads))


def lettered(letter: str, hashed: pl.Series) -> pl.Series:
    """Put a letter first: a spreadsheet reads 12345…e67 as a number, and rounds it."""
    return (letter + hashed.str.head(LENGTH - 1)).alias(hashed.name)
