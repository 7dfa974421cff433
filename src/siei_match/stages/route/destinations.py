"""Transfers that go nowhere: to the very platform that hands the person over."""

import polars as pl


def find_own(answers: pl.DataFrame) -> pl.Series:
    """Return the `reception` of the answers that transfer to the platform which answers.

    Contract, section 1: psad_destination is a platform that exists, and not one's own.

    Input: `answers`: reception, id_signalement, date_retour, psad (who answers, if it is said),
    sender (whose list it was), psad_destination. Where nobody says who answers, it is the
    platform to which the last transfer before went: it may well give the person back.
    """
    moved_before = pl.col("psad_destination").forward_fill().shift(1).over("id_signalement")
    holder = pl.coalesce("psad", moved_before, "sender").str.to_lowercase()
    own = pl.col("psad_destination").str.to_lowercase() == holder
    return answers.sort("id_signalement", "date_retour", "reception").filter(own)["reception"]
