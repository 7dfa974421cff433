"""Whom an identifier names: over every campaign, and after identifiers were put together."""

from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import prepared_campaigns
from siei_match.output.memory.rights import read_exclusions
from siei_match.reference.errors import SieiError
from siei_match.reference.redirections import follow

REDIRECTIONS: Final = "redirections"
UNKNOWN: Final = "Look the person up with `siei personne find`, and copy the identifier whole."
TOLD: Final = {"campagne": pl.String, "id_ancien": pl.String, "id_personne": pl.String}


class UnknownPersonError(SieiError):
    """No campaign holds the person that an identifier names."""

    CODE = "personne"


def find_person(sortie: Path, identifier: str) -> str:
    """Return the `id_personne` that stays, for an id_personne or an id_signalement.

    Raises:
        UnknownPersonError: no campaign holds it, and no exclusion names it.
        OutputError: a table cannot be read.
    """
    campaigns = list(prepared_campaigns(sortie).values())
    for campaign in campaigns:
        listed = campaign.table("signalements")
        found = listed.filter(pl.col("id_signalement") == identifier)["id_personne"]
        if len(found):
            return current_id(sortie, found[0])
    names = all_ids(sortie, pl.Series([identifier]))
    held = any(
        campaign.table("identites")["id_personne"].is_in(names.implode()).any()
        for campaign in campaigns
    )
    if held or read_exclusions(sortie)["id_personne"].is_in(names.implode()).any():
        return current_id(sortie, identifier)
    raise UnknownPersonError(
        f"No campaign in {sortie} holds a person of this identifier.", remedy=UNKNOWN
    )


def current_id(sortie: Path, id_personne: str) -> str:
    """Return the identifier that stays for a person."""
    stays = _stays(sortie, pl.Series([id_personne]), None)
    return str(stays.filter(pl.col("id") == id_personne)["stays"][0])


def all_ids(sortie: Path, ids: pl.Series, redirections: pl.DataFrame | None = None) -> pl.Series:
    """Return every identifier that the people of `ids` bear or bore, sorted.

    Args:
        sortie: the output folder, whose campaigns say which identifiers were put together.
        ids: some `id_personne`.
        redirections: what a run that is not in place yet puts together.
    """
    stays = _stays(sortie, ids, redirections)
    people = stays.filter(pl.col("id").is_in(ids.implode()))["stays"]
    return stays.filter(pl.col("stays").is_in(people.implode()))["id"].unique().sort()


def spread(
    sortie: Path, rectifications: pl.DataFrame, redirections: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return `rectifications` under every identifier of each person, the newest of each column."""
    stays = _stays(sortie, rectifications["id_personne"], redirections)
    return (
        rectifications.join(stays, left_on="id_personne", right_on="id")
        .sort("decidee_le", "id_personne")
        .unique(["stays", "colonne"], keep="last")
        .drop("id_personne")
        .join(stays, on="stays")
        .rename({"id": "id_personne"})
        .select(rectifications.columns)
        .sort("id_personne", "colonne")
    )


def _stays(sortie: Path, ids: pl.Series, redirections: pl.DataFrame | None) -> pl.DataFrame:
    """Return each identifier of `ids` or of a redirection (`id`) and the one that stays."""
    parts = [
        campaign.table(REDIRECTIONS)
        for campaign in prepared_campaigns(sortie).values()
        if campaign.has_table(REDIRECTIONS)
    ]
    parts += [redirections] if redirections is not None else []
    told = pl.concat([pl.DataFrame(schema=TOLD), *(part.select(list(TOLD)) for part in parts)])
    every = pl.concat(
        [part.cast(pl.String).alias("id") for part in (ids, told["id_ancien"], told["id_personne"])]
    )
    frame = pl.DataFrame({"id": every.unique()}).with_columns(stays="id")
    return follow(frame, told, "stays")
