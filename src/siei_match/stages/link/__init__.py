"""Linkage: which rows are the same person.

A data set that is none of the SIEI's is declared (`read_spec`), its files read as rows (`read_rows`),
and linked (`link`); docs/linkage.md shows how.
"""

from siei_match.stages.link.declared.spec import read_spec
from siei_match.stages.link.engine import Linkage, link
from siei_match.stages.link.measure.passes import (
    SuggestedPass,
    UnmetPairs,
    estimate_unmet,
    suggest_passes,
    with_passes,
)
from siei_match.stages.link.people.counts import LinkageCounts
from siei_match.stages.link.records.dataset import read_rows

__all__ = [
    "Linkage",
    "LinkageCounts",
    "SuggestedPass",
    "UnmetPairs",
    "estimate_unmet",
    "link",
    "read_rows",
    "read_spec",
    "suggest_passes",
    "with_passes",
]
