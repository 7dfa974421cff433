"""Who is alone in what analysts read: `python -m bench.uniqueness [--sortie DIR | --personnes 60000]`.

Of the sortants of the last campaign of an output folder (a simulated one where none is given): the share who are the only one, and
who are one of fewer than five, of each combination of what is known of somebody; before (`decisions.parquet`, its owner's) and
after (`siei.duckdb`, what the group reads). After, whoever knows a value that a row hides finds nothing by it, so a row counts by what it shows.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Final

import duckdb
import polars as pl
from pydantic import SecretStr

from siei_match.campaign.story import run_campaign
from siei_match.output import newest_prepared
from siei_match.reference.settings import load_settings
from siei_match.simulate import simulate

CAMPAGNE: Final = "2026-10"
KNOWN: Final = (
    ("dernier_uai", "age", "derniere_formation"),
    ("dernier_uai", "age"),
    ("psad", "age", "derniere_formation"),
    ("psad", "age"),
    ("psad", "age", "derniere_formation", "dernier_uai", "date_derniere_sortie"),
)
FEW: Final = 5


def alone(rows: pl.DataFrame, known: tuple[str, ...]) -> tuple[float, float]:
    """Return the shares of rows that are the only one, and one of fewer than `FEW`, that show these values.

    A row that hides one of them is found by nobody who knows that value.
    """
    size = pl.len().over(known)
    whole = pl.all_horizontal(pl.col(name).is_not_null() for name in known)
    told = rows.select(one=whole & (size == 1), few=whole & (size < FEW))
    return float(told["one"].mean() or 0), float(told["few"].mean() or 0)


def read_both(sortie: Path) -> tuple[str, pl.DataFrame, pl.DataFrame]:
    campaign = newest_prepared(sortie)
    assert campaign is not None
    before = campaign.table("decisions").filter(statut="sortant")
    with duckdb.connect(sortie / "siei.duckdb", read_only=True) as con:
        told = con.sql("FROM decisions JOIN masques USING (campagne, id_personne)").pl()
    after = told.filter(campagne=campaign.code, statut="sortant")
    return campaign.code, before, after


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sortie", type=Path)
    parser.add_argument("--personnes", type=int, default=60_000)
    parser.add_argument("--graine", type=int, default=4321)
    chosen = parser.parse_args()
    sortie = chosen.sortie
    if sortie is None:
        folder = Path(tempfile.mkdtemp(prefix="siei-uniqueness-"))
        made = simulate(folder / "france", chosen.personnes, chosen.graine, campagnes=(CAMPAGNE,))
        settings = load_settings().model_copy(update={"cle": SecretStr("0123456789abcdef" * 4)})
        sortie = folder / "out"
        run_campaign(made.campagnes[CAMPAGNE], sortie, settings)
    code, before, after = read_both(sortie)
    print(
        f"{code}: {before.height} sortants, {after['masque'].mean():.1%} with a value hidden in siei.duckdb\n"
    )
    print("| known of somebody | alone, before | after | fewer than five, before | after |")
    print("|---|---|---|---|---|")
    for known in KNOWN:
        (one, few), (one_now, few_now) = alone(before, known), alone(after, known)
        print(f"| {', '.join(known)} | {one:.1%} | {one_now:.1%} | {few:.1%} | {few_now:.1%} |")
    print(f"\n{tell_breakdowns(sortie, code)}")


def tell_breakdowns(sortie: Path, code: str) -> str:
    """Say how many counts of `ventilations` are hidden, and whether one of few people is told."""
    with duckdb.connect(sortie / "siei.duckdb", read_only=True) as con:
        [(every, hidden, few)] = con.execute(
            "SELECT count(*), count(*) FILTER (sortants IS NULL), count(*) FILTER (sortants BETWEEN 1 AND ?) "
            "FROM ventilations WHERE campagne = ?",
            [FEW - 1, code],
        ).fetchall()
    return f"ventilations: {hidden} of {every} counts hidden; of fewer than five people told: {few}"


if __name__ == "__main__":
    main()
