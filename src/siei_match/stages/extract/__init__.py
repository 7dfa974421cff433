"""Extract: from a campaign's folder to text columns with numbered rows."""

from siei_match.reference.delivery import Campagne, Delivery, Fichier
from siei_match.stages.extract.delivery import (
    CAMPAGNE_TOML,
    read_declaration,
    read_delivery,
)
from siei_match.stages.extract.read import RawSlice, read_file, read_slices
from siei_match.stages.extract.siecle import list_companions
from siei_match.stages.extract.survey import Fault, survey_delivery
from siei_match.stages.extract.unchanged import require_unchanged
from siei_match.stages.extract.unlisted import guess_extract

__all__ = [
    "CAMPAGNE_TOML",
    "Campagne",
    "Delivery",
    "Fault",
    "Fichier",
    "RawSlice",
    "guess_extract",
    "list_companions",
    "read_declaration",
    "read_delivery",
    "read_file",
    "read_slices",
    "require_unchanged",
    "survey_delivery",
]
