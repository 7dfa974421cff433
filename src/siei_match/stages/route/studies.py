"""What analysts count of those on a list: the training that they left, where, and from when to when."""

from datetime import date
from typing import Final

import polars as pl

from siei_match.reference.contracts import conform
from siei_match.reference.enrolments import date_debut, keep_last, recency_key
from siei_match.reference.people import People
from siei_match.reference.vocabulary import SCHOOLING_EXTRACTS
from siei_match.stages.route.residence import find_residences, gather_lignes

TABLE: Final = "scolarites"
FIELD: Final = r"^\d{3}([1-4]\d)\d"
"""Of the code of a diploma: after its level, the NSF group of its field (décret n° 94-522, annexe)."""
MONTH: Final = "%Y-%m"
COLLEGE: Final = "college"


def describe_studies(
    decisions: pl.DataFrame, people: People, schools: pl.DataFrame, day: date
) -> pl.DataFrame:
    """Describe the last enrolment and the residence of people: tables/scolarites.

    Args:
        decisions: tables/decisions of those to describe.
        people: their rows.
        schools: uai, commune, nature.
        day: of the observation.
    """
    known = decisions.sort("id_personne").select(
        "id_personne",
        "dernier_uai",
        mois_sortie=pl.col("date_derniere_sortie").dt.strftime(MONTH),
        personne=pl.int_range(pl.len(), dtype=pl.UInt32),
    )
    numbers = known.select("id_personne", "personne")
    homes = find_residences(gather_lignes(numbers, people), day)
    told = (
        known.join(_last(numbers, people, day), on="personne", how="left")
        .join(homes.select("personne", commune_residence="commune"), on="personne", how="left")
        .join(
            schools.select(dernier_uai="uai", commune_etablissement="commune", nature="nature"),
            on="dernier_uai",
            how="left",
        )
        .with_columns(
            etablissement=pl.coalesce(
                "nature", pl.when(pl.col("cycle") == COLLEGE).then(pl.lit(COLLEGE))
            )
        )
        .sort("id_personne")
    )
    names = ("id_personne", "domaine", "etablissement", "commune_residence",
             "commune_etablissement", "mois_entree", "mois_sortie")  # fmt: skip
    return conform(told.select(names), f"tables/{TABLE}")


def _last(numbers: pl.DataFrame, people: People, day: date) -> pl.DataFrame:
    """Return personne, domaine, cycle, mois_entree of the last enrolment begun by the day."""
    mine = people.members.join(numbers, on="id_personne").select("rid", "personne")
    begun = people.enrolments.filter(
        pl.col("extrait").is_in(SCHOOLING_EXTRACTS), date_debut() <= day
    ).join(mine, on="rid")
    rows = begun.select(
        "personne",
        "uai",
        "formation",
        "cycle",
        domaine=pl.col("diplome").str.extract(FIELD),
        mois_entree=date_debut().dt.strftime(MONTH),
        cle=recency_key(),
    )
    last = keep_last(rows, "cle", ["uai", "formation", "domaine"])
    return last.select("personne", "domaine", "cycle", "mois_entree")
