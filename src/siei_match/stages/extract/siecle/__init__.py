"""SIECLE's XML exports as `scolarite`: pupils (`Eleves…`), and their guardians (`Responsables…`) beside them.

What each holds is read from public programs that read them, GEPI first of all.
"""

from siei_match.stages.extract.siecle.files import (
    hold_addresses,
    holds_pupils,
    is_companion,
    list_companions,
)
from siei_match.stages.extract.siecle.reading import SiecleReading, tell_year

__all__ = [
    "SiecleReading",
    "hold_addresses",
    "holds_pupils",
    "is_companion",
    "list_companions",
    "tell_year",
]
