"""Whose identifier is hidden, for a run to measure itself: drawn by content, as they really go missing.

Every fiche that holds an identifier might have come without. Each source loses them at its own rate,
so a person is drawn, then the fiches whose identifier is hidden are drawn at these rates, given that
one at least is. The person then weighs P(one at least) over the chance to be drawn: weighted so, the
sample loses its identifiers just as the delivery would. All dice are keyed by identifier and content:
the order of rows leaves no trace.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.people.tiers import components
from siei_match.stages.link.records.records import Fiches

MOST_PEOPLE: Final = 8_000
"""More would cost time and say no more: the intervals are narrow enough."""
RAREST_ABSENCE: Final = 0.005
"""A source that always gives the identifier is tested all the same, seldom."""
Floats = npt.NDArray[np.float64]


def rows_per_fiche(fiches: Fiches) -> npt.NDArray[np.int64]:
    return np.bincount(fiches.lignes["fiche"].to_numpy(), minlength=fiches.count)


def absence_rates(fiches: Fiches) -> Floats:
    """Return, per source, the share of rows without identifier; 1 for a source without rows."""
    sources = fiches.table["source"].to_numpy()
    rows = rows_per_fiche(fiches).astype(float)
    without = identifiers_of(fiches) == 0
    count = len(fiches.spec.sources)
    total = np.bincount(sources, weights=rows, minlength=count)
    lacking = np.bincount(sources, weights=rows * without, minlength=count)
    return np.divide(lacking, total, out=np.ones(count), where=total > 0)


def people_by_identifier(fiches: Fiches, by_identifier: pl.DataFrame) -> npt.NDArray[np.int64]:
    """Return the person that the identifier alone makes of each fiche, -1 where it holds none."""
    person = components(fiches.count, by_identifier).astype(np.int64)
    person[identifiers_of(fiches) == 0] = -1
    return person


def identifiers_of(fiches: Fiches) -> npt.NDArray[np.uint64]:
    """Return the identifier of each fiche as a hash, 0 where it holds none."""
    if fiches.spec.identifier is None:
        return np.zeros(fiches.count, dtype=np.uint64)
    return fiches.hashes(fiches.spec.identifier.columns[0])


def draw(fiches: Fiches, person: npt.NDArray[np.int64], part: float) -> pl.DataFrame:
    """Draw people and the fiches whose identifier is hidden.

    Args:
        fiches: the campaign's records.
        person: see `people_by_identifier`.
        part: share of the people to draw.

    Returns: `fiche`, `personne`, `cache`, `poids`: every fiche of the people drawn.
    """
    rates = np.clip(absence_rates(fiches), RAREST_ABSENCE, 1 - RAREST_ABSENCE)
    source = fiches.codes("source")
    held = np.flatnonzero(person >= 0)
    people = int(person.max(initial=-1)) + 1
    # A person keeps every identifier with the product of what their fiches keep theirs with.
    loss = -np.expm1(np.bincount(person[held], np.log1p(-rates)[source[held]], people))
    identifier = np.full(people, np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(identifier, person[held], identifiers_of(fiches)[held])
    wanted = min(part * np.count_nonzero(loss), MOST_PEOPLE)
    # Who would seldom lack an identifier is drawn seldom, and weighs the more: all weigh about the same.
    drawn_at = np.minimum(loss * (wanted / max(1e-300, float(loss.sum()))), 1.0)
    thrown = pl.DataFrame({"identifier": identifier}).select(dice("identifier", 11)).to_series()
    rows = held[(thrown.to_numpy() < drawn_at)[person[held]]]
    whose = person[rows]
    drawn = (
        pl.DataFrame(
            {
                "fiche": rows.astype(np.uint32),
                "personne": whose,
                "garde": 1 - rates[source[rows]],
                "loss": loss[whose],
                "identifier": identifier[whose],
                "cle": fiches.codes("cle")[rows],
                "poids": loss[whose] / drawn_at[whose],
            }
        )
        .sort("personne", "fiche")
        .with_columns(shared=dice("identifier", 12), own=dice("cle", 13))
    )
    before = pl.col("garde").cum_prod().over("personne") / pl.col("garde")
    # The first hidden fiche is drawn given that there is one; those after it are drawn freely.
    return (
        drawn.with_columns(avant=before, place=pl.col("shared") * pl.col("loss"))
        .with_columns(
            premier=(pl.col("place") >= 1 - pl.col("avant"))
            & (pl.col("place") < 1 - pl.col("avant") * pl.col("garde")),
            afterwards=pl.col("place") < 1 - pl.col("avant"),
        )
        .with_columns(
            cache=pl.col("premier") | (pl.col("afterwards") & (pl.col("own") >= pl.col("garde")))
        )
        .select("fiche", "personne", "cache", "poids")
    )


def dice(key: pl.Expr | str, seed: int) -> pl.Expr:
    """Return a number from 0 to 1 that depends on the key alone."""
    of = pl.col(key) if isinstance(key, str) else key
    return of.hash(seed=seed).cast(pl.Float64) / 2.0**64
