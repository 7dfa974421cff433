"""What blocking missed: links that no candidate pair could make, estimated without any blocking.

Neither hidden identifiers nor the model's doubts tell it well: the first are of people whose rows have
one, the second of pairs that were compared. So records without an identifier that ended alone, whose
links may have been lost, are drawn and compared with everybody of another source; the chances of the pairs that the run never
looked at are summed, each record having one partner at most. The model's own errors stay in it.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import packed
from siei_match.stages.link.measure.errors_expected import model_range
from siei_match.stages.link.measure.hiding import identifiers_of, rows_per_fiche
from siei_match.stages.link.measure.rates import Interval
from siei_match.stages.link.model.estimation import chances
from siei_match.stages.link.people.trace import Trace

MOST_COMPARED: Final = 1_000_000
LIKELY: Final = 0.1
"""A pair of less chance is a stranger's: their many small chances would outweigh the true pairs."""
DEGREES: Final = 1.96
Floats = npt.NDArray[np.float64]


def estimate_unmet_links(trace: Trace, seed: int = 0) -> Interval | None:
    """Estimate how many links of lone records without identifier no candidate pair could make.

    Args:
        trace: the linkage.
        seed: of the sample.

    Returns: people to whom such a record belongs and was never compared with; a range of the sampling, of
        chance and of the model (`errors_expected.model_range`). None where there is no such record.
    """
    lone = lone_records(trace)
    if not len(lone):
        return None
    wanted = max(1, min(len(lone), MOST_COMPARED // max(1, trace.fiches.count)))
    drawn = np.sort(np.random.default_rng(seed).choice(lone, wanted, replace=False))
    found = np.array([lost_chance(trace, int(one)) for one in drawn])
    scale = len(lone) / wanted
    expected = float(found.sum()) * scale
    # A sample of all has no error left.
    spread = DEGREES * scale * float(found.std()) * np.sqrt(wanted * max(0.0, 1 - 1 / scale))
    # Where the sample holds none, three in it would still be no surprise (the rule of three).
    high = expected + spread if expected else 3.0 * (scale - 1)
    low, high = max(0.0, expected - spread), max(expected, high)
    return Interval(expected, model_range(low).low, model_range(high).high).rounded()


def lone_records(trace: Trace) -> npt.NDArray[np.uint32]:
    """Return the records without an identifier whose person stands in no other source."""
    person = trace.people[trace.groups]
    source = np.asarray(trace.fiches.codes("source"))
    sources = pl.DataFrame({"person": person, "source": source}).with_columns(
        several=pl.col("source").n_unique().over("person") > 1
    )
    alone = (identifiers_of(trace.fiches) == 0) & ~sources["several"].to_numpy()
    return np.flatnonzero(alone & (rows_per_fiche(trace.fiches) > 0)).astype(np.uint32)


def lost_chance(trace: Trace, one: int) -> float:
    """Return the chance that a record is of somebody with whom it was never compared."""
    source, person = trace.fiches.codes("source"), trace.people[trace.groups]
    others = np.flatnonzero((source != source[one]) & (person != person[one])).astype(np.uint32)
    low, high = np.minimum(others, one), np.maximum(others, one)
    met = np.isin(packed(low, high), met_of(trace, one))
    pairs = pl.DataFrame({"a": low[~met], "b": high[~met]}, {"a": pl.UInt32, "b": pl.UInt32})
    compared = trace.comparator.compare(pairs)
    chance = chances(trace.model, compared)
    likely = chance >= LIKELY
    kept = compared.filter(likely)
    other = np.where(kept["a"].to_numpy() == one, kept["b"].to_numpy(), kept["a"].to_numpy())
    # A person counts once, by their row that fits best; of several people one at most is right.
    best = (
        pl.DataFrame({"person": person[other], "chance": chance[likely]})
        .group_by("person")
        .agg(pl.col("chance").max())
    )
    odds = float((best["chance"] / (1 - best["chance"].clip(upper_bound=1 - 1e-9))).sum())
    return odds / (1 + odds)


def met_of(trace: Trace, one: int) -> npt.NDArray[np.uint64]:
    """Return the candidate pairs of a record, packed."""
    mine = trace.near.filter((pl.col("a") == one) | (pl.col("b") == one))
    a, b = mine["a"].to_numpy(), mine["b"].to_numpy()
    return np.asarray(packed(np.minimum(a, b), np.maximum(a, b)))
