"""Blocking passes suggested from the data, and how many pairs those declared do not bring together.

What no pass meets is never seen, so it is estimated on a sample: some records are compared with all
others, without any blocking, and the chances of the pairs that no pass brings together are summed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.blocks.blocking import BlockingPass, build_index
from siei_match.stages.link.blocks.counting import MEETING
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.compare.kinds.stays import stays
from siei_match.stages.link.declared.names import PassSpec
from siei_match.stages.link.declared.spec import Spec
from siei_match.stages.link.model.estimation import chances, start_model
from siei_match.stages.link.records.records import Fiches, build_fiches

MOST_COMPARED: Final = 3_000_000
"""Pairs that are compared for a sample."""
FEWEST: Final = 20
"""Records of a sample, however many there are."""
LIKELY: Final = 0.1
"""A pair of less chance is a stranger's: their many small chances would outweigh the true pairs."""
MOST_PAIRS: Final = 30.0
"""Pairs per record that a suggested pass may make."""
WORTH_A_PASS: Final = 0.004
"""The share of likely pairs that one more pass must bring together first."""
MET_AGAIN: Final = (1.0, 0.2, 0.0)
"""What it is worth that a pass brings together a pair that none, one, two others do: a sample does not
hold every error, and a pair of two passes survives the one that spoils either."""
MOST_PARTS: Final = 3
FIRST_LETTERS: Final = 4
DEGREES: Final = 1.96
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class SuggestedPass:
    """A key for `blocs.passes`.

    pairs: that it makes. alone: the share of likely pairs that it brings together. together: that
    share for it and all suggested before it.
    """

    key: tuple[str, ...]
    pairs: int
    alone: float
    together: float


@dataclass(frozen=True)
class UnmetPairs:
    """True pairs that no declared pass brings together, as a sample tells.

    expected, low, high: how many, and 95 % limits of the sampling (not of the model). met: true pairs
    brought together. sample: records that were compared with all others.
    """

    expected: float
    low: float
    high: float
    met: float
    sample: int


@dataclass(frozen=True)
class Sampled:
    """Pairs of sampled records `a` with any other `b` that are likely one person, and their chances."""

    count: int
    a: npt.NDArray[np.uint32]
    b: npt.NDArray[np.uint32]
    chance: Floats


@dataclass(frozen=True)
class _Tried:
    """A key, the pairs that it makes, and which likely pairs are among them."""

    key: tuple[str, ...]
    pairs: int
    met: Bools


def suggest_passes(
    rows: pl.DataFrame, spec: Spec, *, most_pairs: float = MOST_PAIRS, seed: int = 0
) -> list[SuggestedPass]:
    """Propose blocking passes for a declared data set, the most worth first.

    Keys are made of what traits compare and of `blocs.colonnes`, of three parts at most; each next one
    is that which brings together most of the likely pairs still unmet, or met once, for the pairs that
    it makes.

    Args:
        rows: see `read_rows`.
        spec: the declaration; its own passes play no part.
        most_pairs: per record, that a pass may make.
        seed: of the sample.
    """
    fiches = build_fiches(rows, spec)
    comparator = Comparator(fiches, stays(fiches, None))
    likely = sample_likely(fiches, comparator, seed)
    total = float(likely.chance.sum())
    times = np.zeros(len(likely.chance), dtype=np.int64)
    tried = list(_tried(fiches, comparator, likely, most_pairs * fiches.count))
    chosen: list[_Tried] = []
    while tried and total:
        value = likely.chance * np.array(MET_AGAIN)[np.minimum(times, 2)]
        gains = [float(value[one.met].sum()) for one in tried]
        worth = [gain / (one.pairs + fiches.count) for gain, one in zip(gains, tried, strict=True)]
        best = int(np.argmax(worth))
        if gains[best] < WORTH_A_PASS * total:
            break
        chosen.append(tried.pop(best))
        times += chosen[-1].met
    return _told(chosen, likely.chance)


def _told(chosen: list["_Tried"], chance: Floats) -> list[SuggestedPass]:
    """Return what is suggested, less the keys that a coarser one chosen later makes idle."""
    kept = [one for one in chosen if not any({*other.key} < {*one.key} for other in chosen)]
    met = np.zeros(len(chance), dtype=np.bool_)
    found = []
    for one in kept:
        met |= one.met
        alone, together = (float(chance[m].sum() / chance.sum()) for m in (one.met, met))
        found.append(SuggestedPass(one.key, one.pairs, alone, together))
    return found


def estimate_unmet(rows: pl.DataFrame, spec: Spec, *, seed: int = 0) -> UnmetPairs:
    """Estimate how many true pairs the declared passes do not bring together.

    Args:
        rows: see `read_rows`.
        spec: the declaration, with its passes.
        seed: of the sample.
    """
    fiches = build_fiches(rows, spec)
    comparator = Comparator(fiches, stays(fiches, None))
    likely = sample_likely(fiches, comparator, seed)
    if not likely.count:
        return UnmetPairs(0.0, 0.0, 0.0, 0.0, 0)
    met = np.zeros(len(likely.chance), dtype=np.bool_)
    for passe in _passes(fiches, comparator, spec.file.blocs.passes):
        met |= brings_together(passe, likely)
    # Each pair has two ends, of which any may be in the sample.
    scale = fiches.count / 2
    sums = np.zeros(likely.count)
    _, record = np.unique(likely.a, return_inverse=True)
    unmet = np.bincount(record, weights=np.where(met, 0.0, likely.chance), minlength=1)
    sums[: len(unmet)] = unmet
    expected = scale * float(sums.mean())
    error = DEGREES * scale * float(sums.std()) / float(np.sqrt(likely.count))
    # Where the sample holds none, three in it would still be no surprise (the rule of three).
    high = expected + error if expected else 3.0 * scale / likely.count
    of_met = scale * float(likely.chance[met].sum()) / likely.count
    return UnmetPairs(expected, max(0.0, expected - error), high, of_met, likely.count)


def sample_likely(fiches: Fiches, comparator: Comparator, seed: int) -> Sampled:
    """Compare some records with all others; return the likely pairs."""
    count = min(fiches.count, max(FEWEST, MOST_COMPARED // max(1, fiches.count)))
    model = start_model(fiches, comparator, seed)
    drawn = np.sort(np.random.default_rng(seed).choice(fiches.count, count, replace=False))
    source, once = fiches.codes("source"), fiches.spec.once
    everybody = np.arange(fiches.count, dtype=np.uint32)
    parts = [pl.DataFrame(schema={"a": pl.UInt32, "b": pl.UInt32})]
    for one in drawn.astype(np.uint32):
        others = everybody[everybody != one]
        if once[source[one]]:
            others = others[source[others] != source[one]]
        parts.append(pl.DataFrame({"a": np.full(len(others), one), "b": others}))
    kept = [parts[0].with_columns(p=pl.lit(0.0))]
    for pairs in pl.concat(parts).iter_slices(250_000):
        compared = comparator.compare(pairs)
        chance = chances(model, compared)
        likely = chance >= LIKELY
        kept.append(
            compared.select("a", "b").filter(likely).with_columns(p=pl.Series(chance[likely]))
        )
    found = pl.concat(kept)
    return Sampled(count, *(found[c].to_numpy() for c in ("a", "b", "p")))


def _passes(
    fiches: Fiches, comparator: Comparator, declared: Iterable[PassSpec]
) -> Iterator[BlockingPass]:
    """Return the blocks of passes, cut as a run would cut them."""
    alone = np.arange(fiches.count, dtype=np.uint32)
    for passe in declared:
        blocs = fiches.spec.file.blocs.model_copy(update={"passes": (passe,)})
        spec = replace(fiches.spec, file=fiches.spec.file.model_copy(update={"blocs": blocs}))
        yield from build_index(replace(fiches, spec=spec), comparator.words, alone).algorithms


def brings_together(passe: BlockingPass, likely: Sampled) -> Bools:
    """Tell which likely pairs a pass brings together to be compared."""
    places = np.arange(len(passe.members))
    blocks = pl.DataFrame(
        {
            "fiche": passe.members,
            "block": places + passe.after,
            "sort": passe.sorts,
        },
        schema={"fiche": pl.UInt32, "block": pl.Int64, "sort": pl.UInt8},
    )
    pairs = pl.DataFrame({"a": likely.a, "b": likely.b}).with_row_index("pair")
    met = pairs.join(blocks, left_on="a", right_on="fiche").join(
        blocks, left_on=["b", "block"], right_on=["fiche", "block"], suffix="_b"
    )
    found = np.zeros(pairs.height, dtype=np.bool_)
    found[met["pair"].to_numpy()[MEETING[met["sort"].to_numpy(), met["sort_b"].to_numpy()]]] = True
    return found if passe.alike is None else found & passe.alike.holds(likely.a, likely.b)


def _tried(
    fiches: Fiches, comparator: Comparator, likely: Sampled, most: float
) -> Iterator["_Tried"]:
    """Return each key that makes no more pairs than allowed, with these and whom it brings together.

    A key that makes few is not made finer: it would only meet fewer.
    """
    fine: set[frozenset[str]] = set()
    parts = parts_of_keys(fiches.spec)
    for length in range(1, MOST_PARTS + 1):
        for key in combinations(parts, length):
            if any(done <= {*key} for done in fine) or not is_a_key(fiches.spec, key):
                continue
            (passe,) = _passes(fiches, comparator, [PassSpec(nom="tried", cle=key)])
            pairs, met = passe.counts.pairs, brings_together(passe, likely)
            if pairs <= most:
                yield _Tried(key, pairs, met)
            if pairs <= fiches.count or not met.any():
                fine.add(frozenset(key))


def parts_of_keys(spec: Spec) -> list[str]:
    """Return what keys may be made of: sounds, columns, and the first letters of long texts."""
    kinds = {t.kind for t in spec.traits}
    parts = []
    if "nom_complet" in kinds or {"noms", "prenoms"} <= kinds:
        parts += ["paire", "son"]
    elif kinds & {"noms", "prenoms"}:
        parts.append("son")
    names = {
        c for t in spec.traits if t.kind in ("noms", "prenoms", "nom_complet") for c in t.columns
    }
    free = {c for t in spec.traits if t.kind == "texte" for c in t.columns}
    free |= {
        c for t in spec.traits for p, c in t.declared.parties.items() if p in ("rue", "localite")
    }
    columns = [*spec.columns, *spec.file.blocs.colonnes]
    for column in dict.fromkeys(columns):
        if column not in names:
            parts.append(f"{column}:{FIRST_LETTERS}" if column in free else column)
    if "date" in kinds:
        parts.append("jour_et_mois")
    return parts


def is_a_key(spec: Spec, key: tuple[str, ...]) -> bool:
    several = [p for p in key if p in ("son", "paire") or spec.readings.get(p) == "list"]
    return len(several) <= 1


def with_passes(spec: Spec, suggested: Iterable[SuggestedPass]) -> Spec:
    """Return a declaration with suggested passes in the place of its own."""
    passes = tuple(PassSpec(nom="_".join(s.key).replace(":", "_"), cle=s.key) for s in suggested)
    blocs = spec.file.blocs.model_copy(update={"passes": passes})
    return replace(spec, file=spec.file.model_copy(update={"blocs": blocs}))
