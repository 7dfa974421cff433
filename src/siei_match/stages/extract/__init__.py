"""Extract: from a campaign's folder to text columns with numbered rows."""

from siei_match.reference.delivery import Campagne, Delivery, Fichier
from siei_match.stages.extract.delivery import (
    CAMPAGNE_TOML,
    read_declaration,
    read_delivery,
)
from siei_match.stages.extract.read import RawSlice, read_file, read_slices

__all__ = [
    "CAMPAGNE_TOML",
    "Campagne",
    "Delivery",
    "Fichier",
    "RawSlice",
    "read_declaration",
    "read_delivery",
    "read_file",
    "read_slices",
]
