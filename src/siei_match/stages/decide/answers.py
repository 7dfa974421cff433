"""Whom a platform's answer is about, whether it still stands, and which one decides."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from siei_match.reference.vocabulary import BINDING_ANSWERS
from siei_match.stages.decide.observation import Observation
from siei_match.stages.decide.standing import COLLECTED, find_standing, name_senders


@dataclass(frozen=True)
class JoinedAnswers:
    """The answers by what can be done with them: read = the five heights' sum, always.

    `reponses`: those that stand: the columns received, `id_personne`, `reception` (their order) and
    `sender` (the platform that answers); so `taken_back`, the rows `annule`, what they take
    back, and what was sent again since. `unknown`: no earlier list carried their id_signalement.
    `others`: the platform that answers never held theirs. `too_late`: collected from a platform, and
    dated after the day.
    """

    reponses: pl.DataFrame
    unknown: pl.DataFrame
    others: pl.DataFrame
    too_late: pl.DataFrame
    taken_back: pl.DataFrame


def join_answers(
    retours: pl.DataFrame, signalements: pl.DataFrame, day: date | None = None
) -> JoinedAnswers:
    """Find the person of each answer through the lists of earlier campaigns, and what stands.

    Input: tables/retours in the order of reception, with or without `psad` (who answers), `origine`
    and `jour_ecrit` (the file itself gives the day); tables/signalements of every earlier campaign;
    the day of observation, after which what was collected is too late. An identifier that two people
    carried in turn (their rows were later told apart or put together) means the person of the latest
    campaign.
    """
    bearers = (
        signalements.sort("campagne", "id_personne", descending=[True, False])
        .unique("id_signalement", keep="first", maintain_order=True)
        .select("id_signalement", "id_personne")
    )
    received = _complete(retours)
    joined = received.join(bearers, on="id_signalement", how="left", maintain_order="left")
    known = pl.col("id_personne").is_not_null()
    recognised, unknown = joined.filter(known), joined.filter(~known)
    strange = _find_strangers(recognised, signalements)
    others = recognised.join(strange, on="reception", how="semi")
    recognised = recognised.join(strange, on="reception", how="anti")
    # Else a campaign run again would be rewritten by what its own lists brought. What the
    # delivery holds counts whatever its day: who delivers it wants it heard.
    late = pl.lit(value=False)
    if day is not None:
        late = (pl.col("origine") == COLLECTED) & (pl.col("date_retour") > day)
        late = late.fill_null(value=False)
    in_time = name_senders(recognised.filter(~late), signalements)
    stands = pl.col("reception").is_in(find_standing(in_time).implode())
    told = [*retours.columns, "id_personne", "reception", "sender"]
    return JoinedAnswers(
        in_time.filter(stands).select(told),
        unknown.select(retours.columns),
        others.select(retours.columns),
        name_senders(recognised.filter(late), signalements).select(told),
        in_time.filter(~stands).select(told),
    )


def _complete(retours: pl.DataFrame) -> pl.DataFrame:
    """Number the rows, and say what an extract alone leaves unsaid."""
    absent = {
        "psad": pl.lit(None, dtype=pl.String),
        "origine": pl.lit("livraison"),
        "jour_ecrit": pl.lit(value=True),
    }
    added = [said.alias(name) for name, said in absent.items() if name not in retours.columns]
    return retours.with_columns(added).with_columns(
        reception=pl.int_range(pl.len(), dtype=pl.UInt32)
    )


def _find_strangers(recognised: pl.DataFrame, signalements: pl.DataFrame) -> pl.DataFrame:
    """Return the `reception` of answers of a platform that never held the signalement."""
    held = pl.concat(
        [
            signalements.select("id_signalement", "psad"),
            recognised.select("id_signalement", psad="psad_destination").drop_nulls(),
        ]
    ).unique()
    said = recognised.filter(pl.col("psad").is_not_null())
    return said.join(held, on=["id_signalement", "psad"], how="anti").select("reception")


def keep_last(answers: pl.DataFrame, key: str, observation: Observation) -> pl.DataFrame:
    """Keep, of each `key`, the last answer of year N: by its day, then by reception.

    Input: answers that stand, with `date_retour`, `retour`, `reception`. One without a date cannot be
    said to come since the start of the year; a row that transfers and answers nothing is no answer.
    """
    told = answers.filter(
        pl.col("retour").is_not_null(), pl.col("date_retour") >= observation.first_day
    )
    return told.sort(key, "date_retour", "reception", descending=[False, True, True]).unique(
        key, keep="first", maintain_order=True
    )


def keep_decisive(answers: pl.DataFrame, key: str, observation: Observation) -> pl.DataFrame:
    """Keep the last answer of each `key` where it is one that takes off the lists.

    Contract, section 4: a later answer of another kind (refus, injoignable…) leaves the person on.
    """
    last = keep_last(answers, key, observation)
    return last.filter(pl.col("retour").is_in(BINDING_ANSWERS))
