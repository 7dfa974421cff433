"""Whom a platform's answer is about, and which one decides."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from siei_match.reference.vocabulary import BINDING_ANSWERS
from siei_match.stages.decide.observation import Observation


@dataclass(frozen=True)
class JoinedAnswers:
    """The answers by what can be done with them: read = the four heights' sum, always.

    `answers`: the columns received and `id_personne`, as `too_late`. `unknown`: no earlier list carried their
    id_signalement. `others`: the platform that answers never held theirs. `too_late`: collected
    from a platform, and dated after the day.
    """

    reponses: pl.DataFrame
    unknown: pl.DataFrame
    others: pl.DataFrame
    too_late: pl.DataFrame


def join_answers(
    retours: pl.DataFrame, signalements: pl.DataFrame, day: date | None = None
) -> JoinedAnswers:
    """Find the person of each answer through the lists of earlier campaigns.

    Input: tables/retours, with or without `psad` (who answers) and `origine`; tables/signalements of
    every earlier campaign; the day of observation, after which what was collected is too late. An identifier that two people carried in turn (their rows were later told
    apart or put together) means the person of the latest campaign.
    """
    bearers = (
        signalements.sort("campagne", "id_personne", descending=[True, False])
        .unique("id_signalement", keep="first", maintain_order=True)
        .select("id_signalement", "id_personne")
    )
    joined = retours.join(bearers, on="id_signalement", how="left", maintain_order="left")
    known = pl.col("id_personne").is_not_null()
    recognised, unknown = joined.filter(known), joined.filter(~known).select(retours.columns)
    others = recognised.clear()
    if "psad" in retours.columns:
        held = pl.concat(
            [
                signalements.select("id_signalement", "psad"),
                retours.select("id_signalement", psad="psad_destination").drop_nulls(),
            ]
        ).unique()
        said = recognised.filter(pl.col("psad").is_not_null())
        others = said.join(held, on=["id_signalement", "psad"], how="anti")
        recognised = recognised.join(others, on=["fichier", "ligne"], how="anti")
    too_late = recognised.clear()
    if day is not None and "origine" in retours.columns:
        # Else a campaign run again would be rewritten by what its own lists brought. What the
        # delivery holds counts whatever its day: who delivers it wants it heard.
        late = (pl.col("origine") == "collecte") & (pl.col("date_retour") > day)
        too_late = recognised.filter(late)
        recognised = recognised.filter(late.not_().fill_null(value=True))
    return JoinedAnswers(recognised, unknown, others.select(retours.columns), too_late)


def keep_decisive(answers: pl.DataFrame, key: str, observation: Observation) -> pl.DataFrame:
    """Keep, of each `key`, the latest answer in year N, by the day, that takes off the lists.

    Of two answers of one day, the first in the contract's order. A later answer of another kind
    (refus, injoignable…) takes nothing back. One without a date cannot be said to come since the
    start of the year.
    """
    order = pl.col("retour").replace_strict(
        {retour: rang for rang, retour in enumerate(BINDING_ANSWERS)},
        default=None,
        return_dtype=pl.Int8,
    )
    liantes = answers.with_columns(order=order).filter(
        pl.col("order").is_not_null(),
        pl.col("date_retour") >= observation.first_day,
    )
    origine = [column for column in ("fichier", "ligne") if column in answers.columns]
    return (
        liantes.sort(key, -pl.col("date_retour").dt.epoch("d"), "order", *origine)
        .unique(key, keep="first", maintain_order=True)
        .drop("order")
    )
