"""Whom a platform's answer is about, and which one decides."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from siei_match.reference.vocabulary import RETOURS_LIANTS
from siei_match.stages.decide.observation import Observation


@dataclass(frozen=True)
class Reponses:
    """The answers by what can be done with them: read = the four heights' sum, always.

    `reponses`: the columns received and `id_personne`, as `tardives`. `inconnues`: no earlier list carried their
    id_signalement. `etrangeres`: the platform that answers never held theirs. `tardives`: collected
    from a platform, and dated after the day.
    """

    reponses: pl.DataFrame
    inconnues: pl.DataFrame
    etrangeres: pl.DataFrame
    tardives: pl.DataFrame


def join_reponses(
    retours: pl.DataFrame, signalements: pl.DataFrame, jour: date | None = None
) -> Reponses:
    """Find the person of each answer through the lists of earlier campaigns.

    Input: tables/retours, with or without `psad` (who answers) and `origine`; tables/signalements of
    every earlier campaign; the day of observation, after which what was collected is too late. An identifier that two people carried in turn (their rows were later told
    apart or put together) means the person of the latest campaign.
    """
    porteurs = (
        signalements.sort("campagne", "id_personne", descending=[True, False])
        .unique("id_signalement", keep="first", maintain_order=True)
        .select("id_signalement", "id_personne")
    )
    jointes = retours.join(porteurs, on="id_signalement", how="left", maintain_order="left")
    connue = pl.col("id_personne").is_not_null()
    connues, inconnues = jointes.filter(connue), jointes.filter(~connue).select(retours.columns)
    etrangeres = connues.clear()
    if "psad" in retours.columns:
        tenus = pl.concat(
            [
                signalements.select("id_signalement", "psad"),
                retours.select("id_signalement", psad="psad_destination").drop_nulls(),
            ]
        ).unique()
        dites = connues.filter(pl.col("psad").is_not_null())
        etrangeres = dites.join(tenus, on=["id_signalement", "psad"], how="anti")
        connues = connues.join(etrangeres, on=["fichier", "ligne"], how="anti")
    tardives = connues.clear()
    if jour is not None and "origine" in retours.columns:
        # Else a campaign run again would be rewritten by what its own lists brought. What the
        # delivery holds counts whatever its day: who delivers it wants it heard.
        late = (pl.col("origine") == "collecte") & (pl.col("date_retour") > jour)
        tardives = connues.filter(late)
        connues = connues.filter(late.not_().fill_null(value=True))
    return Reponses(connues, inconnues, etrangeres.select(retours.columns), tardives)


def keep_decisives(reponses: pl.DataFrame, cle: str, observation: Observation) -> pl.DataFrame:
    """Keep, of each `cle`, the latest answer in year N, by the day, that takes off the lists.

    Of two answers of one day, the first in the contract's order. A later answer of another kind
    (refus, injoignable…) takes nothing back. One without a date cannot be said to come since the
    start of the year.
    """
    ordre = pl.col("retour").replace_strict(
        {retour: rang for rang, retour in enumerate(RETOURS_LIANTS)},
        default=None,
        return_dtype=pl.Int8,
    )
    liantes = reponses.with_columns(ordre=ordre).filter(
        pl.col("ordre").is_not_null(),
        pl.col("date_retour") >= observation.rentree,
    )
    origine = [colonne for colonne in ("fichier", "ligne") if colonne in reponses.columns]
    return (
        liantes.sort(cle, -pl.col("date_retour").dt.epoch("d"), "ordre", *origine)
        .unique(cle, keep="first", maintain_order=True)
        .drop("ordre")
    )
