"""Who is new on this list, and who was on the last. What became of those: cohortes.py."""

from dataclasses import dataclass

import polars as pl

from siei_match.reference.redirections import follow
from siei_match.stages.publish.report.counts import NamedCount, share
from siei_match.stages.publish.report.previous import PreviousCounts
from siei_match.stages.publish.results import CampaignTables


@dataclass(frozen=True)
class Changes:
    """This list's people by whether they were on the last, or an earlier one."""

    origins: list[NamedCount]
    moved: int
    """Still listed, at another platform."""


def describe_changes(results: CampaignTables, previous: PreviousCounts) -> Changes:
    """Compare the two lists, by the identifiers that people have now."""
    before = follow(previous.signalements, results.redirections, "id_personne").unique(
        "id_personne", keep="first", maintain_order=True
    )
    now = results.signalements.join(
        before.select("id_personne", avant="psad"), on="id_personne", how="left"
    )
    first = results.listes.filter(pl.col("premier_signalement") == pl.col("campagne")).height
    again = now["avant"].count()
    origins = (
        ("deja_signales", again),
        ("nouveaux", first),
        ("revenus", now.height - again - first),
    )
    return Changes(
        origins=[NamedCount(name, n, share(n, now.height)) for name, n in origins],
        moved=now.filter(pl.col("avant") != pl.col("psad")).height,
    )
