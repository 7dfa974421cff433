"""The floor: read the rows, join them once on the INE, write. Nothing that links can do less."""

from pathlib import Path
from typing import Any

import polars as pl
from measure import compete


def floor(dossier: Path, reponse: Path, options: dict[str, str]) -> dict[str, Any]:
    traits = pl.read_parquet(dossier / "traits.parquet")
    rows = traits.select("rid", "ine").drop_nulls()
    pairs = rows.join(rows, on="ine", suffix="_b").filter(pl.col("rid") < pl.col("rid_b"))
    first = pairs.group_by("rid_b").agg(pl.col("rid").min().alias("personne"))
    answer = traits.join(first, left_on="rid", right_on="rid_b", how="left").with_columns(
        pl.col("personne").fill_null(pl.col("rid"))
    )
    answer.select("rid", "personne").write_parquet(reponse)
    return {"candidates": pairs.height}


if __name__ == "__main__":
    compete(floor)
