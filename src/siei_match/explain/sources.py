"""The tables of a campaign, read for one person; and who an identifier is."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import PreparedCampaign, prepared_campaigns
from siei_match.reference.errors import OutputError
from siei_match.reference.redirections import follow

IDENTIFIER: Final = re.compile(r"[ps][0-9a-f]{31}|[0-9a-f]{32}")
PLACE: Final = ("extrait", "fichier", "ligne")


def find_person(sortie: Path, campagne: PreparedCampaign, identifier: str) -> str:
    """Return the `id_personne` meant by an id_personne or an id_signalement of any campaign.

    Raises:
        OutputError: nobody of this campaign has it; the remedy says where it is known, and who
            shares its fingerprints now.
    """
    if not IDENTIFIER.fullmatch(identifier):
        raise OutputError(
            "What was given is no identifier.",
            remedy="Give an id_personne or an id_signalement: a letter, then 31 characters 0-9 a-f.",
        )
    if campagne.rows("identites", pl.col("id_personne") == identifier).height:
        return identifier
    personne = identifier
    others = _others(sortie, campagne)
    for one in (campagne, *reversed(others)):
        reported = one.rows("signalements", pl.col("id_signalement") == identifier)
        if reported.height:
            personne = str(reported["id_personne"][0])
            break
    personne = _find_heir(campagne, others, personne)
    if campagne.rows("identites", pl.col("id_personne") == personne).height:
        return personne
    known = [
        one.code
        for one in others
        if one.rows("identites", pl.col("id_personne") == personne).height
    ]
    raise _unknown(campagne, known, identifier)


def _others(sortie: Path, campagne: PreparedCampaign) -> list[PreparedCampaign]:
    """Return the other campaigns of the output folder, oldest first."""
    return [one for one in prepared_campaigns(sortie).values() if one.code != campagne.code]


def _unknown(campagne: PreparedCampaign, known: Sequence[str], identifier: str) -> OutputError:
    if not known:
        return OutputError(
            f"Nobody has the identifier {identifier} in any campaign of this output folder.",
            remedy="Copy it whole from a list or a table of this folder; a run with another key "
            "gives other identifiers.",
        )
    return OutputError(
        f"{identifier} is nobody of campaign {campagne.code}; known in {', '.join(known)}.",
        remedy=f"No row of theirs may have been delivered this time: explain them in {known[-1]}.",
    )


def _find_heir(
    campagne: PreparedCampaign, others: Sequence[PreparedCampaign], personne: str
) -> str:
    """Return the identifier that somebody known earlier has in this campaign, if another one."""
    earlier = [one for one in others if one.code < campagne.code]
    parts = [one.table("redirections") for one in (*earlier, campagne)]
    one = pl.DataFrame({"id_personne": [personne]})
    return str(follow(one, pl.concat(parts), "id_personne").item())


def at_places(places: pl.DataFrame, suffix: str = "") -> pl.Expr:
    """Keep the rows that may stand at `places` (extrait, fichier, ligne); join to be exact."""
    return pl.all_horizontal(
        pl.col(f"{column}{suffix}").is_in(places[column].unique().implode()) for column in PLACE[1:]
    )


def join_places(
    rows: pl.DataFrame, places: pl.DataFrame, suffix: str, columns: Sequence[str]
) -> pl.DataFrame:
    """Add `columns` of `places` as `<column><suffix>` by the place of each row's end `suffix`."""
    renamed = places.select(*PLACE, *columns).rename(lambda c: f"{c}{suffix}")
    return rows.join(renamed, on=[f"{c}{suffix}" for c in PLACE], how="left")
