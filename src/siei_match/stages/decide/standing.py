"""Which answers still stand: `annule` takes one back, and a row sent again counts once.

Contract, section 1: `annule` takes back what this platform answered before. Answers are taken in the
order of section 4, by date, then by reception; each `annule` takes back the last one that stands of
the same platform on the same signalement, and a second one the answer before it.
"""

from typing import Final

import polars as pl

from siei_match.reference.vocabulary import ANNULE

COLLECTED: Final = "collecte"
WHOSE: Final = ("id_signalement", "sender")
SENT: Final = ("origine", "fichier")
SAID: Final = ("retour", "psad_destination")


def name_senders(answers: pl.DataFrame, signalements: pl.DataFrame) -> pl.DataFrame:
    """Add `sender`, the platform that answers: the one that is said, else the list's of that day.

    Input: `answers` (id_signalement, date_retour, psad, reception); tables/signalements. An extract
    does not say who answers: it is whose list bore the signalement last, in a campaign of that month
    or before; the first list's for an answer that is older, or has no date.
    """
    listed = signalements.select(
        "id_signalement",
        date_retour=pl.col("campagne").str.to_date("%Y-%m", strict=False),
        reception=pl.lit(None, dtype=pl.UInt32),
        holder="psad",
    )
    asked = answers.select(
        "id_signalement", "date_retour", "reception", holder=pl.lit(None, dtype=pl.String)
    )
    # A list counts from the first day of its month on, before the answers of that day.
    in_turn = pl.concat([listed, asked]).sort(
        "id_signalement", "date_retour", "reception", "holder", nulls_last=False
    )
    holders = in_turn.with_columns(
        holder=pl.coalesce(
            pl.col("holder").forward_fill().over("id_signalement"),
            pl.col("holder").drop_nulls().first().over("id_signalement"),
        )
    ).filter(pl.col("reception").is_not_null())
    return (
        answers.join(holders.select("reception", "holder"), on="reception", how="left")
        .with_columns(sender=pl.coalesce("psad", "holder"))
        .drop("holder")
        .sort("reception")
    )


def find_standing(answers: pl.DataFrame) -> pl.Series:
    """Return the `reception` of the answers that stand: neither taken back, nor sent again since.

    Input: `answers`: reception, id_signalement, sender, origine, fichier, date_retour,
    retour, psad_destination, and `jour_ecrit`: whether the file itself gives the day.
    """
    placed = (
        answers.sort("reception").with_columns(place=_place()).sort(*WHOSE, "place", "reception")
    )
    once = placed.filter(~_sent_again()).filter(~_replaced())
    step = pl.when(pl.col("retour") == ANNULE).then(1).otherwise(-1).cast(pl.Int32)
    # From the last row back: how many annule wait for an answer to take back. They are all used
    # up where the sum falls under everything that it was since the end, and never above it.
    balance = once.with_columns(
        balance=step.fill_null(-1).cum_sum(reverse=True).over(WHOSE)
    ).with_columns(
        lowest=pl.min_horizontal(
            pl.col("balance").cum_min(reverse=True).shift(-1).over(WHOSE).fill_null(0), pl.lit(0)
        )
    )
    stands = (pl.col("balance") < pl.col("lowest")) & (pl.col("retour") != ANNULE).fill_null(
        value=True
    )
    return balance.filter(stands)["reception"]


def _place() -> pl.Expr:
    """When an answer counts.

    One without a date has no place; what takes it back comes after all that was received before it.
    """
    received = pl.col("date_retour").cum_max().forward_fill().over(WHOSE)
    taking_back = (pl.col("retour") == ANNULE).fill_null(value=False)
    return pl.when(taking_back).then(pl.coalesce("date_retour", received)).otherwise("date_retour")


def _same(*columns: str, shift: int) -> pl.Expr:
    """Whether a row says the same as its neighbour in the columns, absence being a value."""
    return pl.all_horizontal(
        pl.col(c).eq_missing(pl.col(c).shift(shift)) for c in (*WHOSE, *columns)
    )


def _sent_again() -> pl.Expr:
    """A row that another file says again: of the same day, or of none but that of reception."""
    elsewhere = ~_same(*SENT, shift=-1)
    undated = ~pl.col("jour_ecrit").shift(-1, fill_value=True)
    return _same(*SAID, shift=-1) & elsewhere & (_same("place", shift=-1) | undated)


def _replaced() -> pl.Expr:
    """A row that its platform sent again with another answer, its date unchanged."""
    collected = (pl.col("origine") == COLLECTED) & (pl.col("origine").shift(-1) == COLLECTED)
    taking_back = (pl.col("retour") == ANNULE) | (pl.col("retour").shift(-1) == ANNULE)
    return (
        _same("place", shift=-1)
        & ~_same(*SENT, shift=-1)
        & collected
        & ~taking_back.fill_null(value=False)
    ).fill_null(value=False)
