"""What earlier campaigns of the output folder tell this one: registers, lists, identifiers."""

from pathlib import Path
from typing import Final

import polars as pl

from siei_match.campaign.worksite import Worksite
from siei_match.output import newest, previous_signalements, read_previous, read_published
from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Campagne
from siei_match.reference.errors import OutputError
from siei_match.reference.redirections import follow
from siei_match.stages.identify.identities import id_signalement

REGISTRE: Final = "registre"


def read_registers(sortie: Path, code: str) -> tuple[list[pl.DataFrame], pl.DataFrame | None]:
    """Return the registers in which people are looked for, and the one that is handed on.

    The newest holds every identifier given so far, this campaign's too if it runs again; that of
    the campaign before this one, those that this campaign put together.
    """
    before = newest(sortie, code)
    folders = dict.fromkeys(f for f in (before, newest(sortie)) if f is not None)
    read = {folder: _read_register(folder) for folder in folders}
    return list(read.values()), read[before] if before is not None else None


def _read_register(folder: Path) -> pl.DataFrame:
    registre = read_published(folder / f"{REGISTRE}.parquet")
    if registre.columns != declaration(f"tables/{REGISTRE}").columns:
        raise OutputError(
            f"{folder / REGISTRE}.parquet was written by another version of siei-match.",
            remedy="Run the campaigns of this folder again, oldest first, into a new --sortie.",
        )
    return registre


def earlier_signalements(chantier: Worksite, campagne: Campagne) -> pl.DataFrame:
    """Return who was listed where before this campaign, by the identifiers that they have now."""
    sortie = chantier.staging.sortie
    told = read_previous(sortie, campagne.code, "redirections")
    redirections = pl.concat([told, chantier.read("redirections")])
    return follow(previous_signalements(sortie, campagne.code), redirections, "id_personne")


def name_signalements(sortants: pl.Series, earlier: pl.DataFrame, cle: bytes) -> pl.DataFrame:
    """Return `id_personne`, `id_signalement`: the one that they were listed under first, if any."""
    first = earlier.sort("campagne", "id_signalement").unique(
        "id_personne", keep="first", maintain_order=True
    )
    named = pl.DataFrame([sortants, id_signalement(sortants, cle).alias("_nouveau")])
    return named.join(
        first.select("id_personne", "id_signalement"), on="id_personne", how="left"
    ).select("id_personne", pl.coalesce("id_signalement", "_nouveau"))
