"""Beside each list, who entered it and who left it since the campaign before: mouvements.csv."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import CampaignFolder
from siei_match.output.spreadsheet import csv_header, csv_lines, write_csv
from siei_match.reference.contracts import conform, declaration
from siei_match.reference.files import PRIVATE, create

TABLE: Final = "tables/mouvements_liste"
NAMES: Final = ("id_signalement", "nom_naissance", "nom_usage", "prenoms", "date_naissance")


def name_movements(
    movements: pl.DataFrame, campagne: str, lists: pl.DataFrame, before: CampaignFolder | None
) -> pl.DataFrame:
    """Tell each list its moves: tables/mouvements_liste, in the order of names.

    Args:
        movements: tables/mouvements.
        campagne: the code of this campaign.
        lists: tables/liste of this campaign, which names those who are on it.
        before: the campaign before, whose lists name those who left; theirs is the only name of them
            that a platform has seen.

    Who changed platform left the one list and entered the other.
    """
    entered = movements.filter(pl.col("psad").is_not_null()).select(
        "id_signalement", "campagne_avant", "cause", "psad",
        mouvement=pl.lit("entree"), autre_psad="psad_avant",
    )  # fmt: skip
    left = movements.filter(pl.col("psad_avant").is_not_null()).select(
        "id_signalement", "campagne_avant", "cause", psad="psad_avant",
        mouvement=pl.lit("sortie"), autre_psad="psad",
    )  # fmt: skip
    nobody = lists.select(NAMES).clear()
    former = before.lists(*NAMES) if before is not None and left.height else nobody
    told = pl.concat(
        [
            moved.select(entered.columns).join(names.select(NAMES), on="id_signalement", how="left")
            for moved, names in ((entered, lists), (left, former))
        ]
    ).with_columns(campagne=pl.lit(campagne))
    told = told.sort("psad", "mouvement", "nom_naissance", "prenoms", "id_signalement")
    return conform(told.select(declaration(TABLE).columns), TABLE)


def write_movements(
    told: pl.DataFrame, psads: Sequence[str], target: CampaignFolder
) -> Iterator[tuple[Path, int]]:
    """Write the moves of each list beside it, the headings alone where there is none.

    Input: `told`, see `name_movements`; every platform of the lists. Yields each file and its rows.
    """
    header = csv_header(told.columns)
    parts = told.with_columns(_csv=csv_lines(told)).partition_by(
        "psad", maintain_order=True, as_dict=True
    )
    empty = pl.Series("_csv", [], pl.String)
    for psad in sorted(psads):
        lines = parts[(psad,)]["_csv"] if (psad,) in parts else empty
        path = create(target.movements_path(psad), PRIVATE)
        yield write_csv(path, header, lines), len(lines)
