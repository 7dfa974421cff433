"""How platforms answered to the last list: who was told of, and at what rate; small counts hidden."""

from typing import Any

import polars as pl

from siei_match.reference.concealment import conceal_table
from siei_match.reference.redirections import follow
from siei_match.reference.vocabulary import UNPLACED
from siei_match.stages.publish.report.previous import PreviousCounts
from siei_match.stages.publish.results import CampaignTables


def describe_replies(results: CampaignTables, previous: PreviousCounts) -> list[dict[str, Any]]:
    """Return for each platform of the last list `psad`, `nom`, `listed`, `answered`, `rate`.

    Somebody is answered for by a standing answer of their platform, given after that list was made.
    The last line sums all up (`psad` is None). A count that is None is hidden.
    """
    listed = (
        follow(previous.signalements, results.redirections, "id_personne")
        .unique("id_personne", keep="first", maintain_order=True)
        .filter(pl.col("psad") != UNPLACED)
        .select("id_personne", "psad")
    )
    after = pl.col("date_retour").is_null() | (pl.col("date_retour") > previous.observation)
    said = results.reponses.filter(after, ~pl.col("annulee")).select("id_personne", by="psad")
    answered = (
        listed.join(said, on="id_personne")
        .filter(pl.col("by").is_null() | (pl.col("by") == pl.col("psad")))
        .select("id_personne")
        .unique()
        .with_columns(answered=pl.lit(value=True))
    )
    counted = (
        listed.join(answered, on="id_personne", how="left")
        .group_by("psad")
        .agg(listed=pl.len().cast(pl.Int64), answered=pl.col("answered").sum().cast(pl.Int64))
        .with_columns(silent=pl.col("listed") - pl.col("answered"))
        .join(results.psad.select("nom", psad="code"), on="psad", how="left")
        .sort("psad")
    )
    if not counted["answered"].sum():
        return []
    return [*_veil(counted), _sum(counted)]


def _veil(counted: pl.DataFrame) -> list[dict[str, Any]]:
    """Hide the small counts, of who was answered for and of who was not, and what would give them."""
    shown = conceal_table(counted, "psad", {"listed": ("answered", "silent")})
    told = shown.with_columns(rate=pl.col("answered") / pl.col("listed"))
    return told.select("psad", "nom", "listed", "answered", "rate").to_dicts()


def _sum(counted: pl.DataFrame) -> dict[str, Any]:
    listed, answered = (int(counted[column].sum()) for column in ("listed", "answered"))
    return {"psad": None, "nom": "Ensemble", "listed": listed, "answered": answered,
            "rate": answered / listed}  # fmt: skip
