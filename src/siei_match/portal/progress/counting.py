"""Counts of a released campaign by platform: contacted, reached, in training; small ones hidden."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final

import polars as pl

from siei_match.portal.lists.progress import AGAIN
from siei_match.portal.lists.reader import ReleasedCampaign
from siei_match.portal.state import Portal
from siei_match.reference.concealment import conceal_table
from siei_match.reference.disclosure import SMALL_COUNT

NOT_REACHED: Final = (AGAIN, "injoignable", "coordonnees_incorrectes")
"""Answers of somebody who called, and spoke to nobody."""
NESTED: Final[Mapping[str, str]] = {
    "contacted": "listed",
    "reached": "contacted",
    "in_training": "reached",
}
"""Of which other count each is a part: who is not of it must not be few either."""


def count_work(
    portal: Portal, code: str, publication: ReleasedCampaign, psads: Collection[str]
) -> pl.DataFrame:
    """Count what platforms have done with their lists of a campaign, exactly.

    Returns a row per platform that has somebody on its list: `psad`, `nom`, `listed`, `minors`, `contacted` (an answer that
    stands came after the list was made), `reached` (somebody was spoken to), `in_training` (says the
    last answer), `again` (to be called again), `delay` (days from the release to the first contact,
    the median of those contacted), `opened` (the page showed or sent the list).
    """
    mine = [c for psad, c in publication.counts.items() if psad in psads and c.inscrits]
    columns = {"psad": pl.String, "nom": pl.String, "listed": pl.Int64, "minors": pl.Int64}
    told = pl.DataFrame(
        [(c.psad, c.nom, c.inscrits, c.mineurs) for c in mine], columns, orient="row"
    )
    opened = portal.base.rows("select psad from ouvertures where campagne = ?", code)
    worked = _work(portal, code, publication, told["psad"])
    return (
        told.join(worked, on="psad", how="left", maintain_order="left")
        .with_columns(
            pl.col("contacted", "reached", "in_training", "again").fill_null(0).cast(pl.Int64),
            opened=pl.col("psad").is_in([row["psad"] for row in opened]),
        )
        .sort("psad")
    )


def _work(
    portal: Portal, code: str, publication: ReleasedCampaign, psads: pl.Series
) -> pl.DataFrame:
    listed = portal.reader.all_listed(code).filter(pl.col("psad").is_in(psads.implode()))
    observed = date.fromisoformat(publication.observation)
    released = publication.released.quand.date()
    about = (pl.col("day") > observed) | (pl.col("date_collecte") >= released)
    # An answer bears the day of the call; one of before the release was late in coming.
    waited = (pl.col("day").min() - pl.lit(released)).dt.total_days().clip(0)
    each = (
        portal.answers.of_lists(listed)
        .filter("stands", about)
        .group_by("holder", "id_signalement", maintain_order=True)
        .agg(
            last=pl.col("retour").last(),
            call=pl.col("rappel").last(),
            reached=(~pl.col("retour").is_in(NOT_REACHED)).any(),
            delay=waited,
        )
    )
    return each.group_by(psad="holder").agg(
        contacted=pl.len(),
        reached=pl.col("reached").sum(),
        in_training=(pl.col("last") == "en_formation").sum(),
        again=((pl.col("last") == AGAIN) | pl.col("call").is_not_null()).sum(),
        delay=pl.col("delay").median(),
    )


def sum_work(counted: pl.DataFrame) -> dict[str, Any]:
    """Sum the counts of several platforms; the delay is told of each alone."""
    summed = ("listed", "minors", "contacted", "reached", "in_training", "again")
    unopened = counted.filter(~pl.col("opened")).height
    return {name: int(counted[name].sum()) for name in summed} | {
        "platforms": counted.height,
        "unopened": unopened,
    }


def veil_work(counted: pl.DataFrame) -> pl.DataFrame:
    """Hide what tells of few people: small counts, and what would give one back by a sum or a difference."""
    told = counted.drop("again", "minors").with_columns(
        (pl.col(whole) - pl.col(part)).alias(_others(part)) for part, whole in NESTED.items()
    )
    parts = {whole: (part, _others(part)) for part, whole in NESTED.items()}
    shown = conceal_table(told, "psad", parts).drop(_others(part) for part in NESTED)
    # A median of few tells the days of some.
    return shown.with_columns(
        delay=pl.when(pl.col("contacted") >= SMALL_COUNT).then("delay"),
        # Who answers works on its list, even one that came by another way than this page; what is hidden is not told so either.
        opened=pl.col("opened") | (pl.col("contacted") > 0).fill_null(value=False),
    )


def _others(part: str) -> str:
    """Name the count of those of a whole who are not of a part."""
    return f"not_{part}"
