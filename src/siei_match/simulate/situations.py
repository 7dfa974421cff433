"""What a mission locale knows of each young person it follows: one situation after the other."""

from datetime import date
from typing import Final

import numpy as np
import polars as pl

from siei_match.simulate.cycles import CFA

EARLIER: Final = ("Demandeur d'emploi", "Demandeur d'emploi", "Formation", "Emploi", "Pmsmp")
LATER: Final = (
    "Demandeur d'emploi", "Demandeur d'emploi", "Demandeur d'emploi", "Emploi", "Formation",
    "Immersion", "Pmsmp", "Volontariat",
)  # fmt: skip
LEARNT: Final = 0.7
"""Share of those back in training whose adviser has learnt it: the rest is what was so before."""
STALE: Final = 0.02
"""Share of the others of whom a training that is over still stands as in progress."""
MOST_EARLIER: Final = 3
APPRENTICE, PUPIL = "Contrat en Alternance", "Scolarité"
IN_PROGRESS, OVER = "EN_COURS", "TERMINE"


def tell_histories(
    rng: np.random.Generator, suivis: pl.DataFrame, inscriptions: pl.DataFrame, day: date
) -> pl.DataFrame:
    """Return follow-ups with a row per situation (`situation`, `etat_situation`), the last one at the end.

    Args:
        rng: the dice.
        suivis: follow-ups as typed; each row of a history repeats its own.
        inscriptions: true enrolments that had begun by `day`.
        day: of the extraction.
    """
    n = suivis.height
    training = suivis.select("personne").join(
        _find_training(inscriptions, day), on="personne", how="left", maintain_order="left"
    )["training"]
    known = pl.Series(rng.random(n) < LEARNT) & training.is_not_null()
    stale = pl.Series(rng.random(n) < STALE) & training.is_null()
    other = pl.Series(LATER).gather(rng.integers(0, len(LATER), n))
    wrong = pl.Series([APPRENTICE, PUPIL]).gather(rng.integers(0, 2, n))
    last = wrong.zip_with(stale, training.zip_with(known, other))
    return _unfold(rng, suivis, last)


def _unfold(rng: np.random.Generator, suivis: pl.DataFrame, last: pl.Series) -> pl.DataFrame:
    """Repeat each row for what was before, and end it with what is so now."""
    before = rng.integers(0, MOST_EARLIER + 1, suivis.height)
    which = np.repeat(np.arange(suivis.height), before + 1)
    is_last = np.append(which[1:] != which[:-1], True)[: len(which)]
    drawn = pl.Series(EARLIER).gather(rng.integers(0, len(EARLIER), len(which)))
    rows = suivis[which].with_columns(last=pl.lit(pl.Series(is_last)))
    return rows.with_columns(
        situation=last.gather(which).zip_with(pl.Series(is_last), drawn),
        etat_situation=pl.when(pl.col("last") & pl.col("fin").is_null())
        .then(pl.lit(IN_PROGRESS))
        .otherwise(pl.lit(OVER)),
    ).drop("last")


def _find_training(inscriptions: pl.DataFrame, day: date) -> pl.DataFrame:
    """Return `personne`, `training`: what a mission locale would call the enrolment of the day."""
    first = pl.date(pl.col("annee").cast(pl.Int32), 9, 1)
    of_day = inscriptions.filter(
        (first <= day)
        & (day <= pl.date(pl.col("annee").cast(pl.Int32) + 1, 8, 31))
        & (pl.col("debut").fill_null(first) <= day)
        & (pl.col("fin").is_null() | (pl.col("fin") >= day))
        & (pl.col("rupture").is_null() | (pl.col("rupture") > day))
    )
    return of_day.group_by("personne").agg(
        training=pl.when((pl.col("extrait") == CFA).any())
        .then(pl.lit(APPRENTICE))
        .otherwise(pl.lit(PUPIL))
    )
