"""The rows of some people, of whom a step asks: the largest tables are gone through, never held."""

from typing import Final

import polars as pl

from siei_match.campaign.rights import read_rectified
from siei_match.campaign.worksite import Worksite
from siei_match.reference.people import People

TRAITS: Final = (
    "rid", "extrait", "naissance_annee", "naissance_mois", "naissance_jour", "commune",
)  # fmt: skip
PARCOURS: Final = (
    "rid", "extrait", "annee", "debut", "fin", "rupture", "uai", "cycle", "formation", "situation",
)  # fmt: skip
"""The columns of traits and parcours by which people are decided."""


def read_people(worksite: Worksite, wanted: pl.DataFrame) -> People:
    """Read all rows of the people of `wanted` (`id_personne`), with what they had put right."""
    members = worksite.read_rows("personnes", wanted, "rid", "id_personne", on=["id_personne"])
    return People(
        members,
        worksite.read_rows("parcours", members, *PARCOURS),
        read_rectified(worksite, *TRAITS, rows=members),
        worksite.read_rows("dates_douteuses", members),
    )
