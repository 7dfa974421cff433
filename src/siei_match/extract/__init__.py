"""Extract: from a campaign's folder to text columns with numbered rows."""

from siei_match.extract.delivery import CAMPAGNE_TOML, hash_file, read_declaration, read_delivery
from siei_match.extract.read import Brut, read_file, read_slices
from siei_match.livraison import Campagne, Fichier, Livraison

__all__ = [
    "CAMPAGNE_TOML",
    "Brut",
    "Campagne",
    "Fichier",
    "Livraison",
    "hash_file",
    "read_declaration",
    "read_delivery",
    "read_file",
    "read_slices",
]
