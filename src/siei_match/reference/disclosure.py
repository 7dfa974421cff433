"""What a count may tell of somebody."""

from typing import Final

SMALL_COUNT: Final = 5
"""A count of people under it, but 0, could tell who they are: it is not shown, nor is what would
give it back (INSEE's and DEPP's own threshold for tables on places). The views of siei.duckdb write
it out, for a view has no parameter."""
