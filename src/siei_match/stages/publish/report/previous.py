"""The campaign before, to compare with."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from siei_match.output import PreparedCampaign
from siei_match.output.manifest import Manifest
from siei_match.output.tallies import recall_tallies
from siei_match.reference.tallies import PreviousTallies


@dataclass(frozen=True)
class PreviousCounts:
    """What the report compares with. Its identifiers are those of its own day."""

    code: str
    lignes: pl.DataFrame
    """extrait, lignes, rejetees: one row per extract that it received."""
    rejets: pl.DataFrame
    signalements: pl.DataFrame
    observation: date
    tallies: PreviousTallies


def read_previous_counts(before: PreparedCampaign | None) -> PreviousCounts | None:
    """Read what is compared of the campaign before this one; None if this is the first.

    Raises:
        OutputError: a table or the manifest of that campaign cannot be read.
    """
    if before is None:
        return None
    manifest = before.manifest()
    return PreviousCounts(
        code=before.code,
        lignes=_count_received(manifest),
        rejets=before.table("rejets"),
        signalements=before.table("signalements"),
        observation=manifest.campagne.date_observation,
        tallies=recall_tallies(manifest),
    )


def _count_received(manifest: Manifest) -> pl.DataFrame:
    rows = [(f.extrait, f.lignes, f.rejetees) for f in manifest.entrees]
    schema = {"extrait": pl.String, "lignes": pl.Int64, "rejetees": pl.Int64}
    return pl.DataFrame(rows, schema, orient="row").group_by("extrait").sum().sort("extrait")
