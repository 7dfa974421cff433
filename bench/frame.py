"""What recordlinkage's frame costs: the same pairs compared with it, and by the bare functions.

python bench/frame.py [--personnes 100000] [--graine 7] [--dossier DELIVERY] [--passages 3]

On one core, over the candidates of a campaign and one chunk at a time, in CPU seconds: `bare` calls the
kinds of traits one after the other; `ours` makes the pairs an index, runs our `Compare` and takes the
columns out again; `toolkit` runs recordlinkage's own `Compare` with the same features, on one chunk
in ten (it numbers the labels of the index again for each). All three must say the same.
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
EVERY = 10


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


def pairs_in(chunks: Chunks) -> int:
    return sum(len(a) for a, _ in chunks)


def seconds(way: Way, comparator: Comparator, chunks: Chunks) -> float:
    start = time.process_time()
    for chunk in chunks:
        way(comparator, chunk)
    return time.process_time() - start


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
    some = chunks[::EVERY]
    assert bare(comparator, some[0]).equals(ours(comparator, some[0]))
    assert bare(comparator, some[0]).equals(toolkit(comparator, some[0]))
    print(f"{pairs_in(chunks):,} pairs of {comparator.fiches.count:,} records")
    ways = {"bare": (bare, chunks), "ours": (ours, chunks), "toolkit": (toolkit, some)}
    spent: dict[str, list[float]] = {name: [] for name in ways}
    # Turn by turn: whatever else the machine does, it does to all.
    for _ in range(given.passages):
        for name, (way, part) in ways.items():
            spent[name].append(seconds(way, comparator, part) / pairs_in(part) * 1e6)
    for name, times in spent.items():
        share = median(times) / median(spent["bare"])
        print(f"{name:8} {median(times):8.3f} CPU seconds a million pairs, {share:.3f} x bare")


if __name__ == "__main__":
    main()
