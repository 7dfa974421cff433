"""What came in: files and rows by extract, rules broken, beside the last campaign's."""

from typing import Any, Final

import polars as pl

from siei_match.output.manifest import Execution
from siei_match.reference.vocabulary import AVERTISSEMENT, REJET
from siei_match.stages.publish.report.previous import PreviousCounts

KEYS: Final = ["extrait", "regle", "colonne"]


def compare_extracts(execution: Execution, previous: PreviousCounts | None) -> list[dict[str, Any]]:
    """Return one line per extract of this campaign or of the last: rows now, before, difference."""
    now = pl.DataFrame(
        [(f.extrait, f.lignes, f.rejetees) for f in execution.entrees],
        {"extrait": pl.String, "lignes": pl.Int64, "rejetees": pl.Int64},
        orient="row",
    )
    now = now.group_by("extrait", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("fichiers"), pl.col("lignes", "rejetees").sum()
    )
    before = (previous.lignes if previous else now.clear().drop("fichiers")).rename(
        {"lignes": "lignes_avant", "rejetees": "rejetees_avant"}
    )
    joined = now.join(
        before, on="extrait", how="full", coalesce=True, maintain_order="left_right"
    ).with_columns(pl.col("fichiers", "lignes", "rejetees").fill_null(0))
    return joined.with_columns(
        gap=pl.when(pl.col("lignes_avant") > 0).then(pl.col("lignes") / pl.col("lignes_avant") - 1)
    ).to_dicts()


def describe_rejets(
    rejets: pl.DataFrame, previous: PreviousCounts | None
) -> dict[str, list[dict[str, Any]]]:
    """Return, for rejections and for warnings, the count of each rule by extract.

    `before` is that of the last campaign; a rule that is no longer broken is told, with 0.
    """
    before = previous.rejets if previous else rejets.clear()
    return {gravite: _count(rejets, before, gravite) for gravite in (REJET, AVERTISSEMENT)}


def _count(rejets: pl.DataFrame, before: pl.DataFrame, gravite: str) -> list[dict[str, Any]]:
    now, then = (
        frame.filter(pl.col("gravite") == gravite).group_by(KEYS).agg(pl.len().cast(pl.Int64))
        for frame in (rejets, before)
    )
    return (
        now.rename({"len": "nombre"})
        .join(then.rename({"len": "avant"}), on=KEYS, how="full", coalesce=True, nulls_equal=True)
        .with_columns(pl.col("nombre", "avant").fill_null(0))
        .sort("nombre", "avant", *KEYS, descending=[True, True, False, False, False])
        .to_dicts()
    )
