"""Beside each list, every way to reach those whom it names: coordonnees.parquet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import CampaignFolder
from siei_match.reference.files import PRIVATE, write_parquet

IDENTITY: Final = "id_signalement"
SHOWN: Final = (
    "adresse", "code_postal", "commune", "telephones", "courriel", "responsable_nom",
    "responsable_telephone", "responsable_courriel",
)  # fmt: skip
"""Columns of a list that say how to reach somebody."""


def write_contacts(
    contacts: pl.DataFrame, target: CampaignFolder, *, also: tuple[str, ...] = ()
) -> Iterator[tuple[Path, int]]:
    """Write the contacts of each list that has any beside it, and of those named in `also`; give each file and its rows."""
    parts = contacts.partition_by("psad", maintain_order=True, as_dict=True)
    for psad in sorted({str(code) for (code,) in parts} | set(also)):
        mine = parts.get((psad,), contacts.clear())
        metadata = {"campagne": target.code, "psad": psad}
        yield write_parquet(mine, target.contacts_path(psad), PRIVATE, metadata), mine.height


def write_left(
    source: CampaignFolder, target: CampaignFolder, shown: pl.DataFrame, lists: pl.DataFrame
) -> Iterator[tuple[Path, int]]:
    """Write what is left of the contacts once lists have changed; give each file and its rows.

    Args:
        source: the campaign as it stands.
        target: as it will be.
        shown: its lists as they stand.
        lists: as they will be.

    Who left a list leaves no contact; of whom a contact was put right, the list alone tells the rest.
    """
    psads = source.with_contacts()
    if not psads:
        return
    before = shown.select(IDENTITY, "psad", pl.struct(SHOWN).hash().alias("was"))
    after = lists.select(IDENTITY, "psad", pl.struct(SHOWN).hash().alias("is"))
    same = after.join(before, on=[IDENTITY, "psad"]).filter(pl.col("was") == pl.col("is"))
    kept = source.contacts().join(same, on=[IDENTITY, "psad"], how="semi", maintain_order="left")
    yield from write_contacts(kept, target, also=psads)
