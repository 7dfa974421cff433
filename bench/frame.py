"""What recordlinkage's frame costs: the same pairs compared with it, and by the bare functions.

python bench/frame.py [--personnes 100000] [--graine 7] [--dossier DELIVERY] [--passages 3]

On one core, over the candidates of a campaign and one chunk at a time, in CPU seconds: `bare` calls the
kinds of traits one after the other; `ours` makes the pairs an index, runs our `Compare` and takes the
columns out again; `toolkit` runs recordlinkage's own `Compare` with the same features. All three must
say the same.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import polars as pl
import recordlinkage
from worlds import CAMPAGNE, normalise_delivery

from siei_match.simulate import SimulatedRates, simulate
from siei_match.stages.link.blocks.blocking import build_index
from siei_match.stages.link.compare.comparator import CHUNK, Comparator
from siei_match.stages.link.compare.kinds.stays import stays
from siei_match.stages.link.people.sure import join_sure
from siei_match.stages.link.records.records import Ids, build_fiches
from siei_match.stages.link.toolkit import index_of_pairs, positions, table_of

Chunks = list[tuple[Ids, Ids]]
Way = Callable[[Comparator, tuple[Ids, Ids]], pl.DataFrame]


def prepare(dossier: Path) -> tuple[Comparator, Chunks]:
    """Return what compares a campaign's records, and its candidates in chunks."""
    traits, parcours = normalise_delivery(dossier)
    fiches = build_fiches(traits)
    comparator = Comparator(fiches, stays(fiches, parcours))
    sure = join_sure(fiches, comparator, lien_bits=4.2, people=8_000_000)
    index = build_index(fiches, comparator.words, sure.groups)
    a, b = positions(index.index(comparator.records))
    # Enough pairs to be timed: those of the identifier are compared as any other.
    more = sure.same_identifier
    pairs = pl.concat([pl.DataFrame({"a": a, "b": b}), more]).sort("a", "b")
    return comparator, list(chunks_of(pairs))


def chunks_of(pairs: pl.DataFrame) -> Iterator[tuple[Ids, Ids]]:
    for start in range(0, pairs.height, CHUNK):
        part = pairs.slice(start, CHUNK)
        yield part["a"].to_numpy(), part["b"].to_numpy()


def bare(comparator: Comparator, chunk: tuple[Ids, Ids]) -> pl.DataFrame:
    columns = {"a": chunk[0], "b": chunk[1]}
    for feature in comparator.comparison().features:
        columns |= zip(feature.label, feature.compare(*chunk), strict=True)
    return comparator.in_order(pl.DataFrame(columns))


def ours(comparator: Comparator, chunk: tuple[Ids, Ids]) -> pl.DataFrame:
    pairs = index_of_pairs(*chunk, comparator.fiches.count)
    vectors = comparator.comparison().compute(pairs, comparator.records)
    return comparator.in_order(table_of(vectors))


def toolkit(comparator: Comparator, chunk: tuple[Ids, Ids]) -> pl.DataFrame:
    pairs = index_of_pairs(*chunk, comparator.fiches.count)
    theirs = recordlinkage.Compare(comparator.comparison().features)
    return comparator.in_order(table_of(theirs.compute(pairs, comparator.records)))


WAYS: dict[str, Way] = {"bare": bare, "ours": ours, "toolkit": toolkit}


def race(comparator: Comparator, chunks: Chunks, turn: int) -> dict[str, float]:
    """Return the CPU seconds of each way, chunk by chunk in turn: a busy machine slows all alike."""
    spent = dict.fromkeys(WAYS, 0.0)
    names = list(WAYS)
    for number, chunk in enumerate(chunks, start=turn):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            start = time.process_time()
            WAYS[name](comparator, chunk)
            spent[name] += time.process_time() - start
    return spent


def main() -> None:
    options = argparse.ArgumentParser(description="The race of the frame against bare functions.")
    options.add_argument("--personnes", type=int, default=100_000)
    options.add_argument("--graine", type=int, default=7)
    options.add_argument("--dossier", type=Path)
    options.add_argument("--passages", type=int, default=3)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        dossier = given.dossier
        if dossier is None:
            made = simulate(
                Path(folder), given.personnes, given.graine, SimulatedRates(), campagnes=(CAMPAGNE,)
            )
            dossier = made.campagnes[CAMPAGNE]
        comparator, chunks = prepare(dossier)
    assert bare(comparator, chunks[0]).equals(ours(comparator, chunks[0]))
    assert bare(comparator, chunks[0]).equals(toolkit(comparator, chunks[0]))
    pairs = sum(len(a) for a, _ in chunks)
    print(f"{pairs:,} pairs of {comparator.fiches.count:,} records")
    rounds = [race(comparator, chunks, turn) for turn in range(given.passages)]
    for name in WAYS:
        a_million = median(spent[name] for spent in rounds) / pairs * 1e6
        share = median(spent[name] / spent["bare"] for spent in rounds)
        print(f"{name:8} {a_million:8.3f} CPU seconds a million pairs, {share:.3f} x bare")


if __name__ == "__main__":
    main()
