"""Who a row may be: names that are nearly those given, on nearly the same day."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from siei_match.access.request import PersonSought

NEAR: Final = 0.8
"""Share of a name that must be as given: one fault in five letters."""
SURE: Final = 0.9
"""The same, where the day is not quite the one given."""
YEARS: Final = (0, 1, 10)
"""Years apart that a typing error makes."""

Scores = npt.NDArray[np.float32]


def near_births(visit: PersonSought, year: pl.Expr, month: pl.Expr, birth_day: pl.Expr) -> pl.Expr:
    """Say whether a birth date may be the one given: two of three parts alike, or swapped.

    A part that is absent is like any.
    """
    if visit.naissance is None:
        return pl.lit(value=False)
    day = visit.naissance
    parts = ((year, day.year), (month, day.month), (birth_day, day.day))
    alike = pl.sum_horizontal(((c == v).fill_null(value=True)).cast(pl.Int8) for c, v in parts)
    swapped = (year == day.year) & (month == day.day) & (birth_day == day.month)
    near = (year - day.year).abs().is_in(YEARS).fill_null(value=False)
    return (near & (alike >= 2)) | swapped.fill_null(value=False)


def near_names(
    visit: PersonSought, rows: pl.DataFrame, names: Sequence[str], prenoms: Sequence[str]
) -> pl.Series:
    """Say of each row (normalised names) how like its names are those given, from 0 to 1."""
    if visit.nom is None or visit.prenom is None or rows.is_empty():
        return pl.Series([0.0] * rows.height, dtype=pl.Float32)
    name, prenom = visit.nom, visit.prenom
    straight = np.minimum(_best(name, rows, names), _best(prenom, rows, prenoms))
    inverted = np.minimum(_best(name, rows, prenoms), _best(prenom, rows, names))
    return pl.Series(np.maximum(straight, inverted))


def _best(name: str, rows: pl.DataFrame, columns: Sequence[str]) -> Scores:
    scores = [_similarity(name, rows[column]) for column in columns]
    best: Scores = np.max(np.stack(scores), axis=0)
    return best


def _similarity(name: str, values: pl.Series) -> Scores:
    # Without spaces: JEAN PIERRE and JEANPIERRE are one first name.
    texts = values.fill_null("").str.replace_all(" ", "").to_list()
    found: Scores = cdist(
        [name.replace(" ", "")], texts, scorer=OSA.normalized_similarity, dtype=np.float32
    )[0]
    return found
