"""Send every sortant to one platform, and write what its list says (contract, 3 and 4)."""

from siei_match.stages.route.lists import Listes, Numbering, build_listes, public_de, sort_listes
from siei_match.stages.route.residence import assign_psad
from siei_match.stages.route.transfers import Transferts, apply_transferts

__all__ = [
    "Listes",
    "Numbering",
    "Transferts",
    "apply_transferts",
    "assign_psad",
    "build_listes",
    "public_de",
    "sort_listes",
]
