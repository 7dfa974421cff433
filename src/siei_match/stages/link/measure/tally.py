"""Count what a second linkage, made with hidden identifiers, missed and joined wrongly, by pairs of rows.

Truth is what identifiers say. A pair is *tested* when both rows are of one person by identifier and
that of one at least is hidden; *missed* when the second linkage parts them. It is *false* when the
second linkage joins two rows whose identifiers differ, one at least hidden, while the run, which saw
both, parts them: two identifiers of one person are not an error. What the run itself doubts counts
by halves, as its probability says.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.declared.couples import Couples
from siei_match.stages.link.measure.hiding import identifiers_of, rows_per_fiche
from siei_match.stages.link.model.model import probability
from siei_match.stages.link.people.trace import Trace

Labels = npt.NDArray[np.uint32]
COUNTS: Final = ("testees", "missed", "doubtful", "false_pairs")


def tally(
    trace: Trace,
    person: npt.NDArray[np.int64],
    drawn: pl.DataFrame,
    people: Labels,
    doubts: pl.DataFrame,
) -> pl.DataFrame:
    """Count pairs of rows per person drawn and pair of sources.

    Args:
        trace: the run's linkage.
        person: the person that identifiers make of each fiche, -1 without.
        drawn: `fiche`, `personne`, `cache`, `poids` (see `draw`).
        people: the person of each fiche in the second linkage.
        doubts: `pa` < `pb`, pairs of people that it doubts.

    Returns: `personne`, `couple` (see `Couples`), `poids`, and the columns `COUNTS`: pairs of rows
    tested, missed, missed but in doubt, and false.
    """
    couples = Couples(trace.fiches.spec.sources)
    facts = pl.DataFrame(
        {
            "fiche": trace.fiches.table["fiche"],
            "source": trace.fiches.table["source"].cast(pl.Int64),
            "lignes": rows_per_fiche(trace.fiches),
            "vrai": person,
            "rendu": people,
            "reel": trace.people[trace.groups],
        }
    )
    cases = pl.concat(
        [
            tested_pairs(drawn.join(facts, on="fiche"), doubts, couples),
            false_pairs(facts, drawn, trace.doubts, couples),
        ],
        how="diagonal",
    )
    return (
        cases.with_columns(pl.col(COUNTS).fill_null(0.0))
        .group_by("personne", "couple")
        .agg(pl.col("poids").first(), pl.col(COUNTS).sum())
        .sort("personne", "couple")
    )


def tested_pairs(drawn: pl.DataFrame, doubts: pl.DataFrame, couples: Couples) -> pl.DataFrame:
    """Return the pairs of rows of one person, one identifier at least hidden, and if they are found."""
    side = drawn.select("personne", "fiche", "source", "lignes", "cache", "rendu", "poids")
    doubtful = doubts.select("pa", "pb", doute=pl.lit(value=True))
    lines = pl.col("lignes").cast(pl.Float64)
    pairs = (
        side.join(side.drop("poids"), on="personne", suffix="_b")
        .filter((pl.col("fiche") <= pl.col("fiche_b")) & (pl.col("cache") | pl.col("cache_b")))
        .with_columns(
            testees=pl.when(pl.col("fiche") == pl.col("fiche_b"))
            .then(lines * (lines - 1) / 2)
            .otherwise(lines * pl.col("lignes_b")),
            pa=pl.min_horizontal("rendu", "rendu_b"),
            pb=pl.max_horizontal("rendu", "rendu_b"),
        )
        .join(doubtful, on=["pa", "pb"], how="left")
    )
    missed = pl.col("testees") * (pl.col("pa") != pl.col("pb"))
    return pairs.select(
        "personne",
        "poids",
        couple=couples.number("source", "source_b"),
        testees="testees",
        missed=missed,
        doubtful=missed * pl.col("doute").fill_null(value=False),
    )


def false_pairs(
    facts: pl.DataFrame, drawn: pl.DataFrame, doubts: pl.DataFrame, couples: Couples
) -> pl.DataFrame:
    """Return the pairs of rows of two people by identifier that the second linkage alone joins."""
    hidden = drawn.filter("cache").join(facts, on="fiche")
    unsure = doubts.select("pa", "pb", chance=probability(pl.col("bits")))
    others = facts.filter(pl.col("vrai") >= 0).join(
        drawn.select("fiche", "cache"), on="fiche", how="left"
    )
    pairs = (
        hidden.drop("cache")
        .join(others, on="rendu", suffix="_b")
        .filter((pl.col("vrai") != pl.col("vrai_b")) & (pl.col("reel") != pl.col("reel_b")))
        .with_columns(
            pa=pl.min_horizontal("reel", "reel_b"), pb=pl.max_horizontal("reel", "reel_b")
        )
        .join(unsure, on=["pa", "pb"], how="left")
    )
    # A pair whose two identifiers are hidden is met from both sides.
    once = pl.when(pl.col("cache").fill_null(value=False)).then(0.5).otherwise(1.0)
    return pairs.select(
        "personne",
        "poids",
        couple=couples.number("source", "source_b"),
        false_pairs=once
        * (pl.col("lignes") * pl.col("lignes_b"))
        * (1 - pl.col("chance").fill_null(0.0)),
    )


def links_made(trace: Trace) -> npt.NDArray[np.float64]:
    """Return, per pair of sources, the pairs of rows put together of which one has no identifier."""
    sources = len(trace.fiches.spec.sources)
    lines = rows_per_fiche(trace.fiches)
    identified = lines * (identifiers_of(trace.fiches) != 0)
    persons, source = trace.people[trace.groups], trace.fiches.codes("source")
    count = int(persons.max(initial=0)) + 1
    rows: list[Labels] = []
    known: list[Labels] = []
    for one in range(sources):
        here = np.flatnonzero(source == one)
        for held, of in ((rows, lines), (known, identified)):
            found = np.bincount(persons[here], weights=of[here], minlength=count)
            held.append(found.astype(np.uint32))
    made = np.zeros(sources * sources)
    for s in range(sources):
        for t in range(s, sources):
            made[s * sources + t] = _pairs(rows[s], rows[t], s == t) - _pairs(
                known[s], known[t], s == t
            )
    return made


def _pairs(a: Labels, b: Labels, same: bool) -> float:
    """Count the pairs of rows of one person: of two sources, or of the same."""
    one, other = a.astype(np.float64), b.astype(np.float64)
    return float((one * (one - 1) / 2).sum() if same else (one * other).sum())
