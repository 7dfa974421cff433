"""A few zones for the runs whose law is not the zones: a list less to write is two files less."""

from pathlib import Path

import polars as pl

SHIPPED = Path(__file__).parents[1] / "schemas" / "nomenclatures"
EACH, PAIR = 48, 2
"""Of each 48 zones that ship the first two are kept: neighbours, in eight places."""


def write_zones(folder: Path) -> Path:
    """Write the tables of the setting `psad`: sixteen of the zones that ship hold every commune."""
    shipped = pl.read_csv(SHIPPED / "psad.csv", separator=";", infer_schema=False)
    ranked = shipped.with_row_index("rank")
    zones = ranked.filter(pl.col("rank") % EACH < PAIR).with_row_index("kept")
    moved = ranked.select(psad="code", kept=pl.col("rank") % zones.height).join(
        zones.select("kept", now="code"), on="kept"
    )
    communes = pl.read_csv(SHIPPED / "psad_communes.csv", separator=";", infer_schema=False)
    placed = communes.join(moved, on="psad", maintain_order="left")
    folder.mkdir(parents=True, exist_ok=True)
    zones.select(shipped.columns).write_csv(folder / "psad.csv", separator=";")
    placed.select("code_commune", psad="now").write_csv(folder / "psad_communes.csv", separator=";")
    return folder
