"""The seal of a file: enough to tell that a disk, or a network share, gives back what was written."""

import zlib
from pathlib import Path
from typing import Final

CHUNK: Final = 1 << 20
Seal = tuple[int, int]
"""A file's size and CRC-32: against disks, not against people, who have no right to the folder."""


def seal_of(path: Path) -> Seal:
    """Return the seal of a file.

    Raises:
        OSError: it is not there, or cannot be read.
    """
    size = crc = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            size, crc = size + len(chunk), zlib.crc32(chunk, crc)
    return size, crc
