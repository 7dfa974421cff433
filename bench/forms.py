"""One campaign in the contract's form and in its providers' own: the same people, decisions and lists?

python -m bench.forms [--personnes 20000] [--graine 5] [--folder DIR]

Simulates both from one seed, runs both under one key and compares: `identites` row by row, by the places that the
rows have in the contract's form (`verite/formes.parquet`), decisions, every list, byte by byte, and every way to
reach those listed and both their guardians. Ends with 1 where anything differs.

A person without a fingerprint of their own (a homonym of the same day without INE) is named after the place of
their first row, so after a file's name: such people are compared by their rows, and told.
"""

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from siei_match.campaign.story import run_campaign
from siei_match.output.audit import Actor
from siei_match.reference.settings import Settings
from siei_match.simulate import SimulatedRates, simulate

CODE: Final = "2026-10"
KEY: Final = "bench-forms-key-of-no-one-at-all-" * 2
PLACE: Final = ("extrait", "fichier", "ligne")
NAMES: Final = ("id_personne", "id_signalement")


def compare_forms(
    folder: Path,
    people: int,
    seed: int,
    settings: Settings,
    actor: Actor,
    rates: SimulatedRates | None = None,
) -> dict[str, Any]:
    """Simulate, run and compare; return what was counted.

    Returns: `personnes`, `lignes`, `fichiers`, `listes`; what differs: `lignes_autres` (rows of `identites` with
    another person's identifier or method), `groupes_autres` (people who hold other rows), `listes_autres`,
    `coordonnees_autres`; `rappels`, `seconds_responsables`: rows that only SIECLE's exports tell, and ways to reach a second
    guardian; `nommes_par_fichier`: people whose identifier comes from a file's name; and the `secondes` of each run.
    """
    runs, told = {}, {}
    for form in ("contrat", "reels"):
        made = simulate(
            folder / form, people, seed, rates, campagnes=[CODE],
            contrats=True, situations=True, siecle=True, formats=form,
        )  # fmt: skip
        start = time.monotonic()
        run_campaign(made.campagnes[CODE], folder / f"out-{form}", settings, actor=actor)
        told[form] = time.monotonic() - start
        runs[form] = folder / f"out-{form}" / "campagnes" / CODE
    ours, theirs = _identities(runs, folder / "reels" / "verite")
    return {
        "personnes": ours["id_personne"].n_unique(),
        "lignes": ours.height,
        "fichiers": len(list((folder / "reels" / CODE).iterdir())) - 1,
        **_compare_people(ours, theirs),
        **_compare_lists(runs, ours, theirs),
        **_compare_contacts(runs),
        "rappels": _count_recalled(folder / "reels" / "verite"),
        "secondes": told,
    }


def _identities(runs: dict[str, Path], truth: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return both `identites`, by the places that the rows have in the contract's form."""
    places = pl.read_parquet(truth / "formes.parquet").drop("campagne")
    names = {"fichier": "fichier_contrat", "ligne": "ligne_contrat"}
    read = {form: pl.read_parquet(path / "identites.parquet") for form, path in runs.items()}
    of_contract = read["reels"].join(places, on=PLACE, how="left").drop("fichier", "ligne")
    ours = of_contract.rename({new: old for old, new in names.items()}).select(
        read["contrat"].columns
    )
    return ours.sort(PLACE), read["contrat"].sort(PLACE)


def _compare_people(ours: pl.DataFrame, theirs: pl.DataFrame) -> dict[str, int]:
    both = theirs.join(ours, on=PLACE, how="full", coalesce=True, suffix="_ours")
    pairs = both.select("id_personne", "id_personne_ours").unique()
    split = pairs.filter(
        pl.col("id_personne").is_duplicated() | pl.col("id_personne_ours").is_duplicated()
        | pl.any_horizontal(pl.all().is_null())
    )  # fmt: skip
    renamed = pairs.filter(pl.col("id_personne") != pl.col("id_personne_ours"))
    return {
        "lignes_autres": both.filter(pl.col("methode").ne_missing(pl.col("methode_ours"))).height,
        "groupes_autres": split.height,
        "nommes_par_fichier": renamed.height,
    }


def _compare_lists(
    runs: dict[str, Path], ours: pl.DataFrame, theirs: pl.DataFrame
) -> dict[str, int]:
    """Compare lists, apart from the names of those who are named after a file."""
    renamed = set(theirs["id_personne"]).symmetric_difference(ours["id_personne"])
    paths = sorted(
        path.relative_to(runs["contrat"]) for path in runs["contrat"].glob("listes/*/liste.csv")
    )
    differing = [
        path
        for path in paths
        if (runs["reels"] / path).read_bytes() != (runs["contrat"] / path).read_bytes()
    ]
    if renamed:
        differing = [
            path
            for path in differing
            if _plain(runs["reels"] / path) != _plain(runs["contrat"] / path)
        ]
    decisions = [
        pl.read_parquet(path / "decisions.parquet").drop("id_personne").sort(pl.all())
        for path in runs.values()
    ]
    return {
        "listes": len(paths),
        "listes_autres": len(differing),
        "decisions_autres": int(not decisions[0].equals(decisions[1])),
    }


def _compare_contacts(runs: dict[str, Path]) -> dict[str, int]:
    """Compare how those listed may be reached, whoever is named after a file."""
    told = [
        pl.concat(
            pl.read_parquet(path) for path in sorted(run.glob("listes/*/coordonnees.parquet"))
        )
        .drop(*NAMES, strict=False)
        .sort(pl.all())
        for run in runs.values()
    ]
    second = told[0].filter(pl.col("de_qui") == "second_responsable")
    return {
        "seconds_responsables": second.height,
        "coordonnees_autres": int(not told[0].equals(told[1])),
    }


def _count_recalled(truth: Path) -> int:
    """Count the rows of a school year that a file of the next one tells."""
    places = pl.read_parquet(truth / "formes.parquet")
    year = pl.col("fichier_contrat").str.extract(r"(\d{4})-\d{4}")
    own = pl.col("fichier").str.extract(r"_(\d{4})\.(?:xml|zip)$")
    return places.filter(own != year).height


def _plain(path: Path) -> list[str]:
    """Return the lines of a list without their first column, the identifier."""
    lines = path.read_text("utf-8-sig").splitlines()
    return sorted(line.partition(";")[2] for line in lines)


def main() -> int:
    """Compare, print, and say by the exit code whether anything differs."""
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    asked.add_argument("--personnes", type=int, default=20_000)
    asked.add_argument("--graine", type=int, default=5)
    asked.add_argument("--folder", type=Path)
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="siei-formes-", dir=wanted.folder) as place:
        actor = Actor("bench", datetime(2026, 10, 16, 8, 30, tzinfo=UTC), KEY.encode())
        told = compare_forms(
            Path(place), wanted.personnes, wanted.graine, Settings(cle=KEY, psad=None), actor
        )
    for name, count in told.items():
        print(f"{name:20} {count}")
    return int(any(told[name] for name in told if name.endswith("_autres")))


if __name__ == "__main__":
    sys.exit(main())
