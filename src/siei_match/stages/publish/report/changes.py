"""Who is new on this list, and who was on the last. What became of those: cohortes.py."""

from dataclasses import dataclass

import polars as pl

from siei_match.reference.redirections import follow
from siei_match.stages.publish.report.counts import NamedCount, share
from siei_match.stages.publish.report.previous import Precedente
from siei_match.stages.publish.results import Resultats


@dataclass(frozen=True)
class Changements:
    """This list's people by whether they were on the last, or an earlier one."""

    origines: list[NamedCount]
    deplaces: int
    """Still listed, at another platform."""


def describe_changes(resultats: Resultats, precedente: Precedente) -> Changements:
    """Compare the two lists, by the identifiers that people have now."""
    before = follow(precedente.signalements, resultats.redirections, "id_personne").unique(
        "id_personne", keep="first", maintain_order=True
    )
    now = resultats.signalements.join(
        before.select("id_personne", avant="psad"), on="id_personne", how="left"
    )
    first = resultats.listes.filter(pl.col("premier_signalement") == pl.col("campagne")).height
    again = now["avant"].count()
    origins = (
        ("deja_signales", again),
        ("nouveaux", first),
        ("revenus", now.height - again - first),
    )
    return Changements(
        origines=[NamedCount(nom, n, share(n, now.height)) for nom, n in origins],
        deplaces=now.filter(pl.col("avant") != pl.col("psad")).height,
    )
