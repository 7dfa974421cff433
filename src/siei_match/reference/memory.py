"""What was freed, given back to the system.

glibc keeps the pages of arrays that were freed between those that stay: of a million people a third of
what the linkage held between two steps. Elsewhere than with glibc nothing is done.
"""

import ctypes
import functools
import re
from collections.abc import Callable
from pathlib import Path


def give_back() -> None:
    """Have the allocator give back the pages that nothing uses any more; a few milliseconds."""
    if (trim := _trim()) is not None:
        trim(0)


@functools.cache
def _trim() -> Callable[[int], int] | None:
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return None
    return found


def anonymous(process: int | str = "self") -> int | None:
    """Return the bytes of memory that the kernel could not take back: no page of a file. None: it does not say.

    Args:
        process: a number; by default this one.
    """
    try:
        found = re.search(
            r"^RssAnon:\s+(\d+) kB",
            Path(f"/proc/{process}/status").read_text("ascii"),
            re.MULTILINE,
        )
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None
