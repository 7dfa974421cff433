"""Which platform a person is for: by residence, else by last establishment, else none."""

from collections.abc import Callable
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
    split: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Complete the decisions with everybody's platform (contract, section 4).

    Input: the decisions without `psad`, one row per person; the rows of `people`;
    `psad_communes` (code_commune, psad); `schools` (uai, commune, nom). `split` (rid, psad): the rows
    whose postal code has another platform than their commune. Output: tables/decisions, in the order of `decisions`.

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
    residences = _find_platforms(rows, psad_communes, day, split)
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


def place_people(
    holders: pl.DataFrame,
    people: People,
    psad_communes: pl.DataFrame,
    day: date,
    split: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Find the platform of people whoever they are: id_personne, psad (`UNPLACED` where none is known).

    Input: `holders` (id_personne); the rest as `assign_psad`. Residence alone places them.
    """
    personnes = holders.select("id_personne", personne=pl.int_range(pl.len(), dtype=pl.UInt32))
    residences = _find_platforms(gather_lignes(personnes, people), psad_communes, day, split)
    return personnes.join(residences.select("personne", "psad"), on="personne", how="left").select(
        "id_personne", pl.col("psad").fill_null(UNPLACED)
    )


def _find_platforms(
    rows: pl.DataFrame, psad_communes: pl.DataFrame, day: date, split: pl.DataFrame | None
) -> pl.DataFrame:
    """Find the platform of each person's residence, of its postal code where that has one of its own: personne, psad."""
    zones = psad_communes.select("code_commune", "psad")
    residences = find_residences(rows, day).join(zones, left_on="commune", right_on="code_commune")
    if split is None:
        return residences
    own = split.rename({"psad": "of_part"})
    return residences.join(own, on="rid", how="left").with_columns(
        psad=pl.coalesce("of_part", "psad")
    )


def find_split_rows(
    traits: pl.DataFrame, split: pl.DataFrame, read: Callable[..., pl.DataFrame]
) -> pl.DataFrame | None:
    """Find the rows whose postal code has another platform than their commune: rid, psad.

    Args:
        traits: rid, commune.
        split: code_commune, code_postal, psad.
        read: reads columns of tables/coordonnees; not called where no commune is split.
    """
    if split.is_empty():
        return None
    living = traits.select("rid", code_commune="commune").join(
        split.select("code_commune").unique(), on="code_commune", how="semi"
    )
    written = read("rid", "code_postal").join(living, on="rid")
    return (
        written.with_columns(pl.col("code_postal").str.strip_chars().str.zfill(5))
        .join(split, on=["code_commune", "code_postal"])
        .select("rid", "psad")
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
