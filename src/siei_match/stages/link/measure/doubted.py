"""What the model itself expects to have wrong, per pair of sources.

Where a source never gives the identifier nothing can be hidden. There, what is left is the model's own
probabilities: the chance of each pair that it left apart, and of the other side of each that it
joined. They say nothing of what blocking missed, nor of a model that is wrong: that is why
`errors_expected` gives them a wide range.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.declared.couples import Couples
from siei_match.stages.link.measure.hiding import identifiers_of, rows_per_fiche
from siei_match.stages.link.model.model import probability
from siei_match.stages.link.people.evidence import regroup
from siei_match.stages.link.people.trace import Trace

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.uint32]


def expected_by_model(trace: Trace) -> tuple[Floats, Floats]:
    """Return, per pair of sources, the missed and the false links that the model expects.

    Only between rows of which one at least has no identifier.
    """
    number = np.arange(len(trace.people), dtype=np.uint32)
    membership = pl.DataFrame({"groupe": number, "personne": trace.people})
    between = regroup(trace.gathered, membership, trace.model)
    missed = spread_pairs(
        trace, trace.people[trace.groups], missed_chances(between).rename({"pa": "a", "pb": "b"})
    )
    return missed, spread_pairs(trace, trace.groups, false_chances(trace))


def missed_chances(between: pl.DataFrame) -> pl.DataFrame:
    """Return `pa`, `pb`, `chance` that two people are one, given that each has one partner at most."""
    odds = between.with_columns(cote=pl.lit(2.0).pow(pl.col("bits")))
    ends = pl.concat([odds.select(p="pa", cote="cote"), odds.select(p="pb", cote="cote")])
    total = ends.group_by("p").agg(pl.col("cote").sum())
    return (
        odds.join(total.rename({"cote": "cote_a"}), left_on="pa", right_on="p")
        .join(total.rename({"cote": "cote_b"}), left_on="pb", right_on="p")
        .select("pa", "pb", chance=pl.col("cote") / (1 + pl.max_horizontal("cote_a", "cote_b")))
    )


def false_chances(trace: Trace) -> pl.DataFrame:
    """Return `a`, `b`, `chance` that two groups joined by likeness are two people.

    A group hangs on its person by its best edge: that one decides.
    """
    people = trace.people
    inner = trace.gathered.select("ga", "gb", "bits").filter(
        pl.Series(
            people[trace.gathered["ga"].to_numpy()] == people[trace.gathered["gb"].to_numpy()]
        )
    )
    ends = pl.concat([inner.select(g="ga", bits="bits"), inner.select(g="gb", bits="bits")])
    best = ends.group_by("g").agg(pl.col("bits").max())
    return (
        inner.join(best.rename({"bits": "mieux_a"}), left_on="ga", right_on="g")
        .join(best.rename({"bits": "mieux_b"}), left_on="gb", right_on="g")
        .select(a="ga", b="gb", chance=1 - probability(pl.min_horizontal("mieux_a", "mieux_b")))
    )


def spread_pairs(trace: Trace, labels: Labels, pairs: pl.DataFrame) -> Floats:
    """Sum chances over the pairs of rows, one at least without identifier, of labels `a` and `b`."""
    couples = Couples(trace.fiches.spec.sources)
    asked = np.zeros(int(labels.max(initial=0)) + 1, dtype=np.bool_)
    for side in ("a", "b"):
        asked[pairs[side].to_numpy()] = True
    # Most labels are in no pair: their rows are not brought together.
    held = np.flatnonzero(asked[labels])
    lines = rows_per_fiche(trace.fiches)[held].astype(np.float64)
    rows = (
        pl.DataFrame(
            {
                "source": trace.fiches.codes("source")[held].astype(np.int64),
                "label": labels[held],
                "n": lines,
                "with_identifier": lines * (identifiers_of(trace.fiches)[held] != 0),
            }
        )
        .group_by("label", "source")
        .agg(pl.col("n", "with_identifier").sum())
    )
    sums = (
        pairs.join(rows, left_on="a", right_on="label")
        .join(rows, left_on="b", right_on="label", suffix="_b")
        .group_by(couple=couples.number("source", "source_b"))
        .agg(
            (
                pl.col("chance")
                * (
                    pl.col("n") * pl.col("n_b")
                    - pl.col("with_identifier") * pl.col("with_identifier_b")
                )
            ).sum()
        )
    )
    expected = np.zeros(couples.count)
    expected[sums["couple"].to_numpy()] = sums["chance"].to_numpy()
    return expected
