"""What earlier campaigns of the output folder tell this one: registers, lists, identifiers."""

from pathlib import Path
from typing import Final

import polars as pl

from siei_match.campaign.worksite import Worksite
from siei_match.output import PreparedCampaign, newest_prepared, prepared_campaigns, read_earlier
from siei_match.output.tallies import recall_tallies
from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Campagne
from siei_match.reference.errors import OutputError
from siei_match.reference.redirections import follow
from siei_match.reference.tallies import PreviousTallies
from siei_match.stages.identify.identities import id_signalement

REGISTRE: Final = "registre"


def read_registers(sortie: Path, code: str) -> tuple[list[pl.DataFrame], pl.DataFrame | None]:
    """Return the registers in which people are looked for, and the one that is handed on.

    The newest holds every identifier given so far, this campaign's too if it runs again; that of
    the campaign before this one, those that this campaign put together.
    """
    before = newest_prepared(sortie, code)
    campaigns = dict.fromkeys(c for c in (before, newest_prepared(sortie)) if c is not None)
    read = {campaign: read_register(campaign) for campaign in campaigns}
    return list(read.values()), read[before] if before is not None else None


def read_register(campaign: PreparedCampaign) -> pl.DataFrame:
    """Return the register that a campaign left.

    Raises:
        OutputError: it cannot be read, or another version wrote it.
    """
    register = campaign.table(REGISTRE)
    _require_ours(campaign, register.columns)
    return register


def ask_register(campaign: PreparedCampaign, prints: pl.Series) -> pl.DataFrame:
    """Return `id_personne`, `empreinte` of the register that a campaign left, of these fingerprints alone.

    Raises:
        OutputError: as `read_register`.
    """

    def of_these(register: pl.LazyFrame) -> pl.DataFrame:
        _require_ours(campaign, register.collect_schema().names())
        held = register.filter(pl.col("empreinte").is_in(prints.implode()))
        return held.select("id_personne", "empreinte").collect(engine="streaming")

    return campaign.ask(REGISTRE, of_these)


def _require_ours(campaign: PreparedCampaign, columns: list[str]) -> None:
    if columns != declaration(f"tables/{REGISTRE}").columns:
        raise OutputError(
            f"{campaign.table_path(REGISTRE)} was written by another version of siei-match.",
            remedy="Run the campaigns of this folder again, oldest first, into a new --sortie.",
        )


def read_previous_tallies(sortie: Path, code: str) -> PreviousTallies | None:
    """Return what the campaign before this one counted of its delivery; None without.

    Raises:
        OutputError: its manifest cannot be read.
    """
    before = newest_prepared(sortie, code)
    return recall_tallies(before.manifest()) if before is not None else None


def earlier_signalements(worksite: Worksite, campagne: Campagne) -> pl.DataFrame:
    """Return who was listed where before this campaign, by the identifiers that they have now."""
    sortie = worksite.staging.sortie
    told = read_earlier(sortie, campagne.code, "redirections")
    redirections = pl.concat([told, worksite.read("redirections")])
    return follow(read_earlier(sortie, campagne.code, "signalements"), redirections, "id_personne")


def given_signalements(worksite: Worksite) -> pl.DataFrame:
    """Return who was ever listed where, in this campaign's last run and in later ones too.

    What a list has shown is kept when its campaign is run again under a key that was renewed since:
    the answers of platforms are about it.
    """
    campaigns = prepared_campaigns(worksite.staging.sortie).values()
    told = [campaign.table("redirections") for campaign in campaigns]
    listed = [campaign.table("signalements") for campaign in campaigns]
    empty = pl.DataFrame(schema=declaration("tables/signalements").polars_schema)
    redirections = pl.concat([*told, worksite.read("redirections")])
    return follow(pl.concat([empty, *listed]), redirections, "id_personne")


def name_signalements(sortants: pl.Series, given: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Return `id_personne`, `id_signalement`: the one that they were listed under first, if any."""
    first = given.sort("campagne", "id_signalement").unique(
        "id_personne", keep="first", maintain_order=True
    )
    named = pl.DataFrame([sortants, id_signalement(sortants, key).alias("_nouveau")])
    return named.join(
        first.select("id_personne", "id_signalement"), on="id_personne", how="left"
    ).select("id_personne", pl.coalesce("id_signalement", "_nouveau"))
