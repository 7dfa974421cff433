"""People's rights as every run hears them: who is left out, and what replaces a wrong value.

    DIR/memoire/exclusions.parquet        schemas/tables/exclusions.json
    DIR/memoire/rectifications.parquet    schemas/tables/rectifications.json: holds values (0600)

Frames in, frames out. `retention` writes both files, and changes what stands in place already.
"""

from siei_match.output.memory.exclusions import (
    EXCLUDED_PERSON,
    excluded_on,
    reject_rows,
    sort_rejets,
    without_rows,
)
from siei_match.output.memory.people import (
    UnknownPersonError,
    all_ids,
    current_id,
    find_person,
    spread,
)
from siei_match.output.memory.rectifications import (
    rectify_lists,
    rectify_traits,
)
from siei_match.output.memory.rights import (
    EXCLUSIONS,
    RECTIFICATIONS,
    read_exclusions,
    read_rectifications,
    write_memory,
)

__all__ = [
    "EXCLUDED_PERSON",
    "EXCLUSIONS",
    "RECTIFICATIONS",
    "UnknownPersonError",
    "all_ids",
    "current_id",
    "excluded_on",
    "find_person",
    "read_exclusions",
    "read_rectifications",
    "rectify_lists",
    "rectify_traits",
    "reject_rows",
    "sort_rejets",
    "spread",
    "without_rows",
    "write_memory",
]
