"""Reference data, dated and declared in `schemas/nomenclatures/`: places, formations, platforms.

Every function returns a polars frame that is read once and cached: callers never change it in
place (polars frames are immutable) and join on it.
"""

from siei_match.reference.nomenclatures.formations import (
    cycle_rules,
    describe_diplomes,
    describe_mefs,
    diplomes,
    mefs,
    niveaux,
    programmes,
    title_rules,
    titres_dip_obt,
)
from siei_match.reference.nomenclatures.frequencies import (
    common_first_names,
    first_name_shares,
    first_name_variants,
    place_shares,
    surname_shares,
)
from siei_match.reference.nomenclatures.places import (
    academies,
    commune_history,
    commune_labels,
    communes,
    departements,
    dialling_codes,
    empty_words,
    pays,
    schools,
    street_types,
)
from siei_match.reference.nomenclatures.psad import Psad, load_psad

__all__ = [
    "Psad",
    "academies",
    "common_first_names",
    "commune_history",
    "commune_labels",
    "communes",
    "cycle_rules",
    "departements",
    "describe_diplomes",
    "describe_mefs",
    "dialling_codes",
    "diplomes",
    "empty_words",
    "first_name_shares",
    "first_name_variants",
    "load_psad",
    "mefs",
    "niveaux",
    "pays",
    "place_shares",
    "programmes",
    "schools",
    "street_types",
    "surname_shares",
    "title_rules",
    "titres_dip_obt",
]
