"""Who is new on this list, and who was on the last. What became of those: cohortes.py."""

from dataclasses import dataclass

import polars as pl

from siei_match.reference.contracts import declaration
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


@dataclass(frozen=True)
class CauseCounts:
    """How many people one cause brought to the lists, took off them, and moved between platforms."""

    cause: str
    entered: int
    left: int
    moved: int


def count_causes(movements: pl.DataFrame) -> list[CauseCounts]:
    """Count tables/mouvements by cause: those that there are, in the order of their declaration."""
    counts = {
        (cause, kind): n
        for cause, kind, n in movements.group_by("cause", "mouvement").len().iter_rows()
    }
    fields = {f["name"]: f for f in declaration("tables/mouvements").fields}
    told = (
        CauseCounts(
            cause, *(counts.get((cause, kind), 0) for kind in ("entree", "sortie", "changement"))
        )
        for cause in fields["cause"]["constraints"]["enum"]
    )
    return [found for found in told if found.entered or found.left or found.moved]


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
