"""How many people flicker: the same delivery twice, a hundredth of its rows changed, linked both times.

python bench/flicker.py [--personnes 5000] [--graines 9101 9102 …] [--part 0.01] [--dossier DIR]

Counts the people none of whose rows changed and whose rows are put together otherwise the second time:
linked anew, and linked with what the register of the first time remembers (`seuil_maintien`). A table in
Markdown; the pairs of rows missed and false of the second time, both ways, say what it costs.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from worlds import draw_worlds, read_world

from siei_match.reference.settings import load_settings
from siei_match.stages.identify.identities import PeopleRows, identify
from siei_match.stages.identify.recalling import recall
from siei_match.stages.link import Linkage, link
from siei_match.stages.link.model.model import to_bits
from siei_match.stages.link.people.held import Before

KEY = b"bench-flicker-key-of-no-one-at-all"
GRAINES = (9101, 9102, 9103)


def spoil(traits: pl.DataFrame, part: float, seed: int) -> tuple[pl.DataFrame, pl.Series]:
    """Change a share of the rows, each in one of four ways; return them and which (`rid`)."""
    dice = np.random.default_rng(seed)
    struck = pl.Series(dice.random(traits.height) < part)
    way = pl.Series(dice.integers(0, 4, traits.height))
    name = pl.col("nom_naissance")
    shorter = name.str.slice(0, 1) + name.str.slice(2)
    changed = traits.with_columns(struck=struck, way=way).with_columns(
        nom_naissance=pl.when("struck", pl.col("way") == 0, name.str.len_chars() > 3)
        .then(shorter)
        .otherwise(name),
        naissance_jour=pl.when("struck", pl.col("way") == 1).then(None).otherwise("naissance_jour"),
        ine=pl.when("struck", pl.col("way") == 2).then(None).otherwise("ine"),
        adresse=pl.when("struck", pl.col("way") == 3).then(None).otherwise("adresse"),
    )
    return changed.select(traits.columns), traits.filter(struck)["rid"]


def regrouped(first: pl.DataFrame, second: pl.DataFrame, struck: pl.Series) -> tuple[int, int]:
    """Return how many people without a changed row are put together otherwise, and how many there are."""
    touched = first.filter(pl.col("rid").is_in(struck.implode()))["personne"].unique()
    both = first.join(second, on="rid", suffix="_b").with_columns(
        n=pl.len().over("personne"), n_b=pl.len().over("personne_b")
    )
    same = (
        both.filter(~pl.col("personne").is_in(touched.implode()))
        .group_by("personne")
        .agg(whole=pl.col("personne_b").n_unique() == 1, alone=(pl.col("n") == pl.col("n_b")).all())
    )
    return same.filter(~(pl.col("whole") & pl.col("alone"))).height, same.height


def pairs(frame: pl.DataFrame, *keys: str) -> int:
    counted = frame.group_by(keys).len()["len"].cast(pl.Int64)
    return int((counted * (counted - 1) // 2).sum())


def errors(groupes: pl.DataFrame, truth: pl.DataFrame) -> str:
    rows = truth.select("rid", true="personne").join(groupes.select("rid", "personne"), on="rid")
    right = pairs(rows, "true", "personne")
    return f"{pairs(rows, 'true') - right} / {pairs(rows, 'personne') - right}"


def examine(world: Path, part: float, seed: int) -> list[str]:
    traits, parcours, truth = read_world(world)
    settings = load_settings()

    def linked(rows: pl.DataFrame, before: Before | None = None) -> Linkage:
        return link(
            rows, parcours, seuil_lien=settings.seuil_lien, seuil_doute=settings.seuil_doute,
            seuil_decision=settings.seuil_decision, before=before,
        )  # fmt: skip

    first = linked(traits).groupes
    register = identify(
        [PeopleRows(first, traits)],
        lambda rids: traits.join(rids, on="rid", how="semi"),
        [],
        [KEY],
        "2026-10",
    ).register
    changed, struck = spoil(traits, part, seed)

    def whose(rids: pl.Series) -> pl.DataFrame:
        asked = changed.filter(pl.col("rid").is_in(rids.implode()))
        return recall(asked, register, [KEY])

    anew = linked(changed)
    held = linked(changed, Before(whose, to_bits(settings.seuil_maintien)))
    told = []
    for found in (anew, held):
        moved, people = regrouped(first, found.groupes, struck)
        told += [f"{moved} of {people}", errors(found.groupes, truth)]
    return [*told, str(held.counts.held)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--personnes", type=int, default=5_000)
    parser.add_argument("--graines", type=int, nargs="+", default=list(GRAINES))
    parser.add_argument("--part", type=float, default=0.01)
    parser.add_argument("--dossier", type=Path)
    chosen = parser.parse_args()
    folder = chosen.dossier or Path(tempfile.mkdtemp(prefix="siei-flicker-"))
    print(
        "| world | regrouped, anew | missed / false | regrouped, with memory | missed / false | kept |"
    )
    print("|---|---|---|---|---|---|")
    for name, seed, world in draw_worlds(folder, chosen.personnes, chosen.graines):
        print(f"| {name} {seed} | {' | '.join(examine(world, chosen.part, seed))} |", flush=True)


if __name__ == "__main__":
    main()
