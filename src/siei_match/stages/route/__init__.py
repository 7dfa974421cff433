"""Send every sortant to one platform, and write what its list says (contract, 3 and 4)."""

from siei_match.stages.route.destinations import find_own
from siei_match.stages.route.lists import BuiltLists, Numbering, build_lists, public_of, sort_lists
from siei_match.stages.route.movements import (
    Source,
    WhatChanged,
    explain_moves,
    find_moves,
    name_source,
    settle_moves,
)
from siei_match.stages.route.reach import list_contacts
from siei_match.stages.route.residence import assign_psad, find_split_rows, place_people
from siei_match.stages.route.studies import describe_studies
from siei_match.stages.route.transfers import Transfers, apply_transfers

__all__ = [
    "BuiltLists",
    "Numbering",
    "Source",
    "Transfers",
    "WhatChanged",
    "apply_transfers",
    "assign_psad",
    "build_lists",
    "describe_studies",
    "explain_moves",
    "find_moves",
    "find_own",
    "find_split_rows",
    "list_contacts",
    "name_source",
    "place_people",
    "public_of",
    "settle_moves",
    "sort_lists",
]
