"""A platform hands a person over to another: the list follows, until an address says otherwise."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from siei_match.reference.contracts import conform
from siei_match.reference.people import People
from siei_match.stages.route.residence import find_residences, gather_lignes


@dataclass(frozen=True)
class Transfers:
    """`decisions`: tables/decisions with the platforms moved; `appliques`: whom, since when, where.

    `appliques`: id_personne, date_retour, psad_destination. `unknown`: answers that name a
    platform there is not: they move nobody.
    """

    decisions: pl.DataFrame
    appliques: pl.DataFrame
    unknown: int


def apply_transfers(
    decisions: pl.DataFrame,
    answers: pl.DataFrame,
    people: People,
    psad_communes: pl.DataFrame,
    psads: pl.Series,
    day: date,
) -> Transfers:
    """Move the people of `decisions` whom a platform handed over to another.

    Input: tables/decisions; `answers` (id_personne, date_retour, psad_destination); the rows
    of `people`; the zones; the platforms' codes; the day. The newest transfer to a platform there
    is holds until a row that began after it gives an address in some platform's zone. Output in
    the order of `decisions`.
    """
    names = pl.DataFrame({"psad_destination": psads, "cle": psads.str.to_lowercase()})
    said = answers.filter(pl.col("psad_destination").is_not_null()).select(
        "id_personne", "date_retour", cle=pl.col("psad_destination").str.to_lowercase()
    )
    valides = said.join(names, on="cle")
    last = (
        valides.drop_nulls("date_retour")
        .sort("id_personne", -pl.col("date_retour").dt.epoch("d"), "psad_destination")
        .unique("id_personne", keep="first", maintain_order=True)
        .join(decisions, on="id_personne", how="semi")
        .select("id_personne", "date_retour", "psad_destination")
    )
    personnes = last.select("id_personne", personne=pl.int_range(pl.len(), dtype=pl.UInt32))
    # A commune of no zone says nothing of the platform, as for everybody else.
    residences = find_residences(gather_lignes(personnes, people), day).join(
        psad_communes, left_on="commune", right_on="code_commune", how="semi"
    )
    addresses = residences.join(personnes, on="personne").select("id_personne", "debut")
    appliques = (
        last.join(addresses, on="id_personne", how="left")
        .filter((pl.col("debut") <= pl.col("date_retour")).fill_null(value=True))
        .drop("debut")
        .sort("id_personne")
    )
    moved = decisions.join(
        appliques.select("id_personne", "psad_destination"),
        on="id_personne",
        how="left",
        maintain_order="left",
    ).with_columns(psad=pl.coalesce("psad_destination", "psad"))
    return Transfers(
        conform(moved.drop("psad_destination"), "tables/decisions"),
        appliques,
        said.height - valides.height,
    )
