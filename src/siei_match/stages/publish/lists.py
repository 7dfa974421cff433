"""One list per platform, as Parquet and as CSV: all of them in one pass over one frame."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import CampaignFolder
from siei_match.output.spreadsheet import csv_header, csv_lines, write_csv
from siei_match.reference.contracts import declaration
from siei_match.reference.errors import ContractError
from siei_match.reference.files import PRIVATE, create, write_parquet

TABLE: Final = "tables/liste"
FOLDER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
"""What a platform's code may be, since it names a folder."""


def write_lists(
    lists: pl.DataFrame, psads: Sequence[str], target: CampaignFolder
) -> Iterator[tuple[Path, int]]:
    """Write the list of each code into `target`, as Parquet and as CSV, empty lists included.

    Input: `lists` as schemas/tables/liste.json, sorted as each list is to be read; `psads`, all
    platforms and `non_affecte`. Yields each file and its rows.

    Raises:
        ContractError: a code cannot name a folder, or a list's platform is not among `psads`.
    """
    _require_codes(lists, psads)
    columns = declaration(TABLE).columns
    header = csv_header(columns)
    parts = lists.with_columns(_csv=csv_lines(lists)).partition_by(
        "psad", maintain_order=True, as_dict=True
    )
    empty = lists.clear().with_columns(_csv=pl.lit("", pl.String))
    target.lists_folder.mkdir(mode=0o700)
    for psad in sorted(psads):
        liste = parts.get((psad,), empty)
        target.list_folder(psad).mkdir(mode=0o700)
        parquet, csv = (target.list_path(psad, kind) for kind in ("parquet", "csv"))
        metadata = {"campagne": target.code, "psad": psad}
        yield write_parquet(liste.select(columns), parquet, PRIVATE, metadata), liste.height
        yield write_csv(create(csv, PRIVATE), header, liste["_csv"]), liste.height


def _require_codes(lists: pl.DataFrame, psads: Sequence[str]) -> None:
    unfit = [code for code in psads if not FOLDER.fullmatch(code)]
    unknown = sorted(set(lists["psad"].unique().to_list()) - set(psads))
    if unfit or unknown or len(set(psads)) != len(psads):
        raise ContractError(
            f"Lists: {len(unfit)} platform codes cannot name a folder, {len(unknown)} lists are of "
            "an unknown platform, or a code stands twice.",
            remedy="Correct the table of platforms: letters, digits, hyphens, each code once.",
        )
