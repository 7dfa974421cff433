"""Identifiers that campaigns put together: whose an old one is now."""

import polars as pl


def follow(frame: pl.DataFrame, redirections: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Return `frame` with the identifier that stays instead of each that redirects to it.

    Args:
        frame: any table.
        redirections: `tables/redirections`, of the campaigns that count.
        columns: those of `frame` that hold an `id_personne`.

    A campaign may redirect to an identifier that a later one redirects again: they are followed in
    the order of time.
    """
    for _, told in sorted(redirections.partition_by("campagne", as_dict=True).items()):
        names = told.select("id_ancien", _id="id_personne")
        for column in columns:
            frame = (
                frame.join(
                    names, left_on=column, right_on="id_ancien", how="left", maintain_order="left"
                )
                .with_columns(pl.coalesce("_id", column).alias(column))
                .drop("_id")
            )
    return frame
