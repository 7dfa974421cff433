"""Which platform a person is for: by residence, else by last establishment, else none."""

from datetime import date
from typing import Final

import polars as pl

from siei_match.reference.contracts import conform
from siei_match.reference.enrolments import cle_recence, date_debut, keep_last
from siei_match.reference.errors import SettingsError
from siei_match.reference.people import People
from siei_match.reference.vocabulary import NON_AFFECTE

DEPARTAGE_RESIDENCE: Final = ["commune", "uai"]
"""What separates rows of one extract that begin and end on the same days: values, in order."""


def assign_psad(
    decisions: pl.DataFrame,
    people: People,
    psad_communes: pl.DataFrame,
    etablissements: pl.DataFrame,
    jour: date,
) -> pl.DataFrame:
    """Complete the decisions with everybody's platform (contract, section 4).

    Input: the decisions without `psad`, one row per person; the rows of `people`;
    `psad_communes` (code_commune, psad); `etablissements` (uai, commune, nom). Output: tables/decisions, in the order of `decisions`.

    A residence is a row with a commune of residence: that is what an address places. A commune
    that belongs to no platform (abroad, say) leaves the choice to the establishment.

    Raises:
        SettingsError: a commune belongs to two platforms, or an establishment to two communes.
    """
    _require_unique(psad_communes, "code_commune", "psad_communes")
    _require_unique(etablissements, "uai", "etablissements")
    zones = psad_communes.select("code_commune", "psad")
    lieux = etablissements.select("uai", "commune").join(
        zones, left_on="commune", right_on="code_commune"
    )
    personnes = decisions.select("id_personne", personne=pl.int_range(pl.len(), dtype=pl.UInt32))
    lignes = gather_lignes(personnes, people)
    residences = find_residences(lignes, jour).join(
        zones, left_on="commune", right_on="code_commune"
    )
    return conform(
        decisions.with_columns(personnes["personne"])
        .join(
            residences.select("personne", de_residence="psad"),
            on="personne",
            how="left",
            maintain_order="left",
        )
        .join(
            lieux.select(dernier_uai="uai", d_etablissement="psad"),
            on="dernier_uai",
            how="left",
            maintain_order="left",
        )
        .with_columns(
            psad=pl.coalesce("de_residence", "d_etablissement", pl.lit(NON_AFFECTE)),
        )
        .drop("personne", "de_residence", "d_etablissement"),
        "tables/decisions",
    )


def gather_lignes(personnes: pl.DataFrame, people: People) -> pl.DataFrame:
    """List the enrolments and follow-ups of `personnes` (id_personne, personne).

    Output: personne, rid, extrait, debut, cle (the order in which they follow one another),
    commune of residence, uai.
    """
    miennes = people.members.join(personnes, on="id_personne").select("rid", "personne")
    return (
        people.enrolments.join(miennes, on="rid")
        .select("personne", "rid", "extrait", "uai", debut=date_debut(), cle=cle_recence())
        .join(people.traits.select("rid", "commune"), on="rid", how="left")
    )


def find_residences(lignes: pl.DataFrame, jour: date) -> pl.DataFrame:
    """Find the row that says where each person lives: that of the last begun by the day.

    A row without any date counts as begun, before all others. Output: the row of `lignes`, one
    per person with a known commune.
    """
    situees = lignes.filter(
        pl.col("commune").is_not_null(), (pl.col("debut") <= jour).fill_null(value=True)
    )
    return keep_last(situees, "cle", DEPARTAGE_RESIDENCE)


def _require_unique(table: pl.DataFrame, colonne: str, nom: str) -> None:
    doubles = table.height - table[colonne].n_unique()
    if doubles:
        raise SettingsError(
            f"{nom}: {doubles} rows repeat a {colonne}.",
            remedy="Correct the reference table: every code stands there once.",
        )
