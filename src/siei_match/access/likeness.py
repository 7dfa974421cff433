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


def near_births(demande: PersonSought, annee: pl.Expr, mois: pl.Expr, jour: pl.Expr) -> pl.Expr:
    """Say whether a birth date may be the one given: two of three parts alike, or swapped.

    A part that is absent is like any.
    """
    if demande.naissance is None:
        return pl.lit(value=False)
    day = demande.naissance
    parts = ((annee, day.year), (mois, day.month), (jour, day.day))
    alike = pl.sum_horizontal(((c == v).fill_null(value=True)).cast(pl.Int8) for c, v in parts)
    swapped = (annee == day.year) & (mois == day.day) & (jour == day.month)
    near = (annee - day.year).abs().is_in(YEARS).fill_null(value=False)
    return (near & (alike >= 2)) | swapped.fill_null(value=False)


def near_names(
    demande: PersonSought, rows: pl.DataFrame, noms: Sequence[str], prenoms: Sequence[str]
) -> pl.Series:
    """Say of each row (normalised names) how like its names are those given, from 0 to 1."""
    if demande.nom is None or demande.prenom is None or rows.is_empty():
        return pl.Series([0.0] * rows.height, dtype=pl.Float32)
    nom, prenom = demande.nom, demande.prenom
    straight = np.minimum(_best(nom, rows, noms), _best(prenom, rows, prenoms))
    inverted = np.minimum(_best(nom, rows, prenoms), _best(prenom, rows, noms))
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
