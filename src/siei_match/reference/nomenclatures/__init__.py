"""Reference data, dated and declared in `schemas/nomenclatures/`: places, formations, platforms.

Every function returns a polars frame that is read once and cached: callers never change it in
place (polars frames are immutable) and join on it.
"""

from siei_match.reference.nomenclatures.formations import (
    describe_diplomes,
    describe_mefs,
    diplomes,
    dispositifs,
    mefs,
    niveaux,
    regles_cycles,
    regles_titres,
    titres_dip_obt,
)
from siei_match.reference.nomenclatures.frequencies import (
    lieux_parts,
    patronymes_parts,
    prenoms_courants,
    prenoms_parts,
)
from siei_match.reference.nomenclatures.places import (
    communes,
    communes_historique,
    departements,
    etablissements,
    indicatifs,
    libelles_communes,
    mots_vides,
    pays,
    types_voies,
)
from siei_match.reference.nomenclatures.psad import Psad, load_psad

__all__ = [
    "Psad",
    "communes",
    "communes_historique",
    "departements",
    "describe_diplomes",
    "describe_mefs",
    "diplomes",
    "dispositifs",
    "etablissements",
    "indicatifs",
    "libelles_communes",
    "lieux_parts",
    "load_psad",
    "mefs",
    "mots_vides",
    "niveaux",
    "patronymes_parts",
    "pays",
    "prenoms_courants",
    "prenoms_parts",
    "regles_cycles",
    "regles_titres",
    "titres_dip_obt",
    "types_voies",
]
