"""Whom a platform's answer is about: earlier lists carried an identifier, answers bring it back."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Reponses:
    """`reponses` (id_personne, date_retour, retour), and the answers that name nobody listed.

    `inconnues` holds the rows of tables/retours whose id_signalement no earlier list carried:
    read = len(reponses) + len(inconnues), always.
    """

    reponses: pl.DataFrame
    inconnues: pl.DataFrame


def join_reponses(retours: pl.DataFrame, signalements: pl.DataFrame) -> Reponses:
    """Find the person of each answer through the lists of earlier campaigns.

    Input: tables/retours, and tables/signalements of every earlier campaign. An identifier that
    two people carried in turn (their rows were later told apart or put together) means the person
    of the latest campaign.
    """
    porteurs = (
        signalements.sort("campagne", "id_personne", descending=[True, False])
        .unique("id_signalement", keep="first", maintain_order=True)
        .select("id_signalement", "id_personne")
    )
    jointes = retours.join(porteurs, on="id_signalement", how="left", maintain_order="left")
    connue = pl.col("id_personne").is_not_null()
    return Reponses(
        reponses=jointes.filter(connue).select("id_personne", "date_retour", "retour"),
        inconnues=jointes.filter(~connue).select(retours.columns),
    )
