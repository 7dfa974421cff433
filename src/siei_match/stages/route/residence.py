"""Which platform a person is for: by residence, else by last establishment, else none."""

from datetime import date
from typing import Final

import polars as pl

from siei_match.reference.contracts import conform
from siei_match.reference.enrolments import date_debut, keep_last, recency_key
from siei_match.reference.errors import SettingsError
from siei_match.reference.people import People
from siei_match.reference.vocabulary import UNPLACED

RESIDENCE_TIE_BREAK: Final = ["commune", "uai"]
"""What separates rows of one extract that begin and end on the same days: values, in order."""


def assign_psad(
    decisions: pl.DataFrame,
    people: People,
    psad_communes: pl.DataFrame,
    schools: pl.DataFrame,
    day: date,
) -> pl.DataFrame:
    """Complete the decisions with everybody's platform (contract, section 4).

    Input: the decisions without `psad`, one row per person; the rows of `people`;
    `psad_communes` (code_commune, psad); `schools` (uai, commune, nom). Output: tables/decisions, in the order of `decisions`.

    A residence is a row with a commune of residence: that is what an address places. A commune
    that belongs to no platform (abroad, say) leaves the choice to the establishment.

    Raises:
        SettingsError: a commune belongs to two platforms, or an establishment to two communes.
    """
    _require_unique(psad_communes, "code_commune", "psad_communes")
    _require_unique(schools, "uai", "etablissements")
    zones = psad_communes.select("code_commune", "psad")
    places = schools.select("uai", "commune").join(
        zones, left_on="commune", right_on="code_commune"
    )
    personnes = decisions.select("id_personne", personne=pl.int_range(pl.len(), dtype=pl.UInt32))
    rows = gather_lignes(personnes, people)
    residences = find_residences(rows, day).join(zones, left_on="commune", right_on="code_commune")
    return conform(
        decisions.with_columns(personnes["personne"])
        .join(
            residences.select("personne", de_residence="psad"),
            on="personne",
            how="left",
            maintain_order="left",
        )
        .join(
            places.select(dernier_uai="uai", d_etablissement="psad"),
            on="dernier_uai",
            how="left",
            maintain_order="left",
        )
        .with_columns(
            psad=pl.coalesce("de_residence", "d_etablissement", pl.lit(UNPLACED)),
        )
        .drop("personne", "de_residence", "d_etablissement"),
        "tables/decisions",
    )


def gather_lignes(personnes: pl.DataFrame, people: People) -> pl.DataFrame:
    """List the enrolments and follow-ups of `personnes` (id_personne, personne).

    Output: personne, rid, extrait, debut, cle (the order in which they follow one another),
    commune of residence, uai.
    """
    mine = people.members.join(personnes, on="id_personne").select("rid", "personne")
    return (
        people.enrolments.join(mine, on="rid")
        .select("personne", "rid", "extrait", "uai", debut=date_debut(), cle=recency_key())
        .join(people.traits.select("rid", "commune"), on="rid", how="left")
    )


def find_residences(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    """Find the row that says where each person lives: that of the last begun by the day.

    A row without any date counts as begun, before all others. Output: the row of `rows`, one
    per person with a known commune.
    """
    located = rows.filter(
        pl.col("commune").is_not_null(), (pl.col("debut") <= day).fill_null(value=True)
    )
    return keep_last(located, "cle", RESIDENCE_TIE_BREAK)


def _require_unique(table: pl.DataFrame, column: str, name: str) -> None:
    doubles = table.height - table[column].n_unique()
    if doubles:
        raise SettingsError(
            f"{name}: {doubles} rows repeat a {column}.",
            remedy="Correct the reference table: every code stands there once.",
        )
