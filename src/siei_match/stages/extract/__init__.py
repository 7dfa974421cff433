"""Extract: from a campaign's folder to text columns with numbered rows."""

from siei_match.reference.delivery import Campagne, Fichier, Livraison
from siei_match.stages.extract.delivery import (
    CAMPAGNE_TOML,
    read_declaration,
    read_delivery,
)
from siei_match.stages.extract.read import Brut, read_file, read_slices

__all__ = [
    "CAMPAGNE_TOML",
    "Brut",
    "Campagne",
    "Fichier",
    "Livraison",
    "read_declaration",
    "read_delivery",
    "read_file",
    "read_slices",
]
