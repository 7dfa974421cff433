"""How many people each platform has on its list, of which kinds; no name enters here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import CampaignFolder
from siei_match.reference.contracts import conform
from siei_match.reference.vocabulary import A_VERIFIER, UNPLACED
from siei_match.release.names import read_names

UNPLACED_NAME: Final = "Jeunes sans plateforme"
COUNTED: Final = (
    "psad", "campagne", "premier_signalement", "situation", "public", "suivi_mission_locale",
)  # fmt: skip


def count_platforms(
    folder: CampaignFolder, sortie: Path, workbooks: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """Count the lists of a campaign, empty ones included (schemas/tables/comptes.json).

    Args:
        folder: the campaign, prepared or released.
        sortie: the output folder, which knows the platforms' names.
        workbooks: SHA-256 of the workbooks made of the lists (`write_workbooks`), by platform.

    Raises:
        OutputError: a list cannot be read.
    """
    known = pl.col("premier_signalement") < pl.col("campagne")
    counted = (
        folder.lists(*COUNTED)
        .group_by("psad")
        .agg(
            inscrits=pl.len(),
            nouveaux=(~known.fill_null(value=False)).sum(),
            deja_signales=known.sum(),
            a_verifier=(pl.col("situation") == A_VERIFIER).sum(),
            mineurs=(pl.col("public") == "obligation_formation").sum(),
            suivis=(pl.col("suivi_mission_locale") == "oui").sum(),
        )
    )
    frame = (
        pl.DataFrame({"psad": folder.platforms()}, schema={"psad": pl.String})
        .join(_names(sortie), on="psad", how="left")
        .join(counted, on="psad", how="left")
        .with_columns(pl.col("nom").fill_null(pl.col("psad")), pl.col(pl.UInt32).fill_null(0))
        .with_columns(
            classeur_sha256=pl.col("psad").replace_strict(
                workbooks or {}, default=None, return_dtype=pl.String
            )
        )
        .sort("psad")
    )
    return conform(frame.with_columns(pl.col(pl.UInt32).cast(pl.Int64)), "tables/comptes")


def _names(sortie: Path) -> pl.DataFrame:
    """Return the platforms' names, which the analysts' database has."""
    own = pl.DataFrame({"psad": [UNPLACED], "nom": [UNPLACED_NAME]})
    return pl.concat([read_names(sortie), own]).unique("psad", keep="first")
