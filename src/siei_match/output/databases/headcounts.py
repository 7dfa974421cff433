"""The tables of siei.duckdb that count people by campaign, place and indicator; small counts hidden."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from siei_match.output import PreparedCampaign
from siei_match.output.bac import count_bac_holders
from siei_match.output.databases.indicators import COUNTED, count_indicators, tell_indicators
from siei_match.reference.contracts import conform, declaration
from siei_match.reference.redirections import follow
from siei_match.reference.vocabulary import UNPLACED

INDICATEURS: Final = "indicateurs"
TERRITOIRES: Final = "indicateurs_territoires"


def count_people(
    campaigns: Mapping[str, PreparedCampaign], zones: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Return tables/indicateurs (platforms) and tables/indicateurs_territoires (what they lie in).

    Zeros included; a count that is hidden is absent.
    """
    new = _find_new(campaigns)
    exact = {code: _count(campaign, new[code]) for code, campaign in campaigns.items()}
    # Earlier campaigns may have had other platforms.
    psads = {UNPLACED, *(psad for counts in exact.values() for psad in counts["psad"])}
    nobody = pl.DataFrame({"psad": sorted(psads)}, {"psad": pl.String})
    empty = pl.DataFrame(schema={"campagne": pl.String, "niveau": pl.String, "lieu": pl.String,
                                 "indicateur": pl.String, "valeur": pl.Int64})  # fmt: skip
    told = [
        tell_indicators(nobody.join(counts, on="psad", how="left").fill_null(0), zones).select(
            "niveau", "lieu", "indicateur",
            campagne=pl.lit(code), valeur=pl.when("told").then("n"),
        )
        for code, counts in exact.items()
    ]  # fmt: skip
    every = pl.concat([empty, *(frame.select(empty.columns) for frame in told)])
    platforms = every.filter(niveau="psad").rename({"lieu": "psad"})
    return {
        name: conform(_declared(frame, name), f"tables/{name}")
        for name, frame in ((INDICATEURS, platforms), (TERRITOIRES, every))
    }


def join_levels(counts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the rows of both tables of `count_people` as one: campagne, niveau, lieu, indicateur, valeur."""
    places = counts[TERRITOIRES]
    platforms = counts[INDICATEURS].with_columns(niveau=pl.lit("psad"), lieu="psad")
    return pl.concat([places, platforms.select(places.columns)])


def _count(campaign: PreparedCampaign, new: pl.Series) -> pl.DataFrame:
    """Count a campaign's people by platform, those too who are on no list by right: `psad`, a column per indicator."""
    counts = count_indicators(
        campaign.ask("decisions", lambda rows: rows.select(COUNTED).collect()), new
    )
    return counts.join(count_bac_holders(campaign), on="psad", how="full", coalesce=True).fill_null(
        0
    )


def _declared(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Keep what the declaration of a table names, in a total order."""
    told = declaration(f"tables/{name}")
    for field in told.fields:
        if allowed := field.get("constraints", {}).get("enum"):
            frame = frame.filter(pl.col(field["name"]).is_in(allowed))
    return frame.select(told.columns).sort(told.columns[:-1])


def _find_new(campaigns: Mapping[str, PreparedCampaign]) -> dict[str, pl.Series]:
    """Return, for each campaign, the `id_personne` of those whom no earlier one had listed."""
    listed = [
        campaign.table("signalements").select("id_personne", campagne=pl.lit(code))
        for code, campaign in campaigns.items()
    ]
    empty = pl.DataFrame(schema={"id_personne": pl.String, "campagne": pl.String})
    every = pl.concat([empty, *listed]).with_columns(now="id_personne")
    told = [
        campaign.table("redirections")
        for campaign in campaigns.values()
        if campaign.has_table("redirections")
    ]
    if told:
        every = follow(every, pl.concat(told), "now")
    first = every.filter(pl.col("campagne") == pl.col("campagne").min().over("now"))
    return {code: first.filter(campagne=code)["id_personne"] for code in campaigns}
